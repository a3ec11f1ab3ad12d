//! One node in a hundred crashes at once: when do the others know?

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use sim::{NodeId, Step};
use swim_core::{Instant, Node};

use crate::foca::FocaPeer;
use crate::part::{Effort, Outcome};
use crate::peer::Peer;
use crate::plot::{Axis, Panel, Plot, Scale};
use crate::stopwatch::Watched;
use crate::table::{Figure, Row};
use crate::town::Town;

const SETTLE: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of one crash.
struct Crash {
    /// When the first death was told, after the crash, in seconds.
    first: Option<f64>,
    /// For each who heard of a death, how long after the first who heard of that one, in seconds.
    delays: Vec<f64>,
    /// How many should have heard of one.
    informed: usize,
}

/// The crashes of all seeds.
struct Crashes {
    nodes: u32,
    swim: Vec<Crash>,
    foca: Vec<Crash>,
}

pub(crate) fn measure(effort: Effort) -> Outcome {
    let sizes: &[u32] = effort.pick(&[64], &[64, 256, 1_000]);
    let all: Vec<_> = sizes.iter().map(|&nodes| Crashes::of(nodes, effort)).collect();
    Outcome {
        table: all.iter().flat_map(Crashes::rows).collect(),
        plots: vec![("infection.svg", plot(&all))],
    }
}

impl Crashes {
    fn of(nodes: u32, effort: Effort) -> Self {
        let (swim, foca) =
            effort.turns(|seed| crash::<Node>(nodes, seed), |seed| crash::<FocaPeer>(nodes, seed));
        Self { nodes, swim, foca }
    }

    fn rows(&self) -> [Row; 2] {
        let row = |what: &str, of: fn(&Crash) -> Option<f64>| {
            let middle = |runs: &[Crash]| Figure::middle(PATIENCE.as_secs_f64(), runs.iter().map(of));
            let what = format!("1 % of {} crash: {what}", self.nodes);
            Row { what, swim: middle(&self.swim), foca: middle(&self.foca) }
        };
        [
            row("first death told after, s", |run| run.first),
            row("last told after the first, s", Crash::spread),
        ]
    }

    fn panel(&self) -> Panel {
        let title = format!("{} nodes", self.nodes);
        Panel { title, swim: curve(&self.swim), foca: curve(&self.foca) }
    }
}

impl Crash {
    /// Until everybody knew; none if somebody never did.
    fn spread(&self) -> Option<f64> {
        let all = self.delays.len() >= self.informed;
        self.delays.iter().copied().max_by(f64::total_cmp).filter(|_| all)
    }
}

/// The share of those who know, in percent, against the time since the first knew.
fn curve(runs: &[Crash]) -> Vec<(f64, f64)> {
    let informed: usize = runs.iter().map(|run| run.informed).sum();
    let mut delays: Vec<f64> = runs.iter().flat_map(|run| &run.delays).copied().collect();
    delays.sort_by(f64::total_cmp);
    let steps = (0..=200).map(|step| f64::from(step) * LONGEST / 200.0);
    let known = |by: f64| delays.partition_point(|&delay| delay <= by) as f64 / informed as f64;
    steps.map(|time| (time, 100.0 * known(time))).collect()
}

/// Of the plot, in seconds.
const LONGEST: f64 = 2.0;

fn plot(all: &[Crashes]) -> String {
    let percents = [0.0, 25.0, 50.0, 75.0, 100.0].map(|share| (share, format!("{share:.0} %")));
    let seconds = [0.0, 0.5, 1.0, 1.5, LONGEST].map(|time| (time, format!("{time:.1}")));
    Plot {
        title: "How news of a crash spreads",
        x: Axis { title: "seconds since the first knew", scale: Scale::Linear, marks: seconds.into() },
        y: Axis { title: "", scale: Scale::Linear, marks: percents.into() },
        panels: all.iter().map(Crashes::panel).collect(),
    }
    .svg()
}

fn crash<P: Peer + 'static>(nodes: u32, seed: u64) -> Crash {
    let mut town = Town::<P>::start(nodes, seed);
    town.boot(SETTLE);
    town.run_for(Duration::from_secs(30));
    let count = nodes.div_ceil(100);
    let victims: Vec<u32> = (1..=count).map(|i| i * (nodes / (count + 1))).collect();
    let begin = town.cluster.now();
    let news: Rc<RefCell<Vec<(u32, Instant)>>> = Rc::default();
    let told = news.clone();
    town.cluster.watch(move |step: &Step<'_, Watched<P>>| {
        let buried = step.events.iter().filter_map(P::buried);
        told.borrow_mut().extend(buried.map(|victim| (victim, step.now)));
        Ok(())
    });
    for &victim in &victims {
        town.cluster.crash(NodeId(victim));
    }
    let informed = victims.len() * (nodes as usize - victims.len());
    town.cluster.run_until(begin + PATIENCE, |_| news.borrow().len() >= informed);
    let news = news.borrow();
    let heard = |victim: u32| news.iter().filter(move |(who, _)| *who == victim).map(|&(_, at)| at);
    let delays = victims.iter().filter_map(|&victim| {
        let first = heard(victim).min()?;
        Some(heard(victim).map(move |at| at.since(first).as_secs_f64()))
    });
    Crash {
        first: news.iter().map(|&(_, at)| at.since(begin).as_secs_f64()).min_by(f64::total_cmp),
        delays: delays.flatten().collect(),
        informed,
    }
}
