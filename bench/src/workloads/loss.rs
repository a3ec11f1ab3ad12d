//! Every packet is lost with some probability, and everybody is alive: how many are buried?

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use sim::Step;
use swim_core::Node;

use crate::foca::FocaPeer;
use crate::part::{Effort, Outcome};
use crate::peer::Peer;
use crate::plot::{Axis, Panel, Plot, Scale};
use crate::stopwatch::Watched;
use crate::table::Row;
use crate::town::Town;

const NODES: u32 = 256;
const SETTLE: Duration = Duration::from_secs(300);
const MEASURED: Duration = Duration::from_secs(120);

/// How often somebody told that a live member is dead, in all runs.
struct Deaths {
    percent: u32,
    swim: f64,
    foca: f64,
}

pub(crate) fn measure(effort: Effort) -> Outcome {
    let losses: &[u32] = effort.pick(&[10], &[1, 5, 10, 20]);
    let all: Vec<_> = losses.iter().map(|&percent| Deaths::at(percent, effort)).collect();
    let row = |deaths: &Deaths| {
        let what =
            format!("{} % loss, {NODES} nodes, {} × 120 s: false deaths told", deaths.percent, effort.seeds);
        Row::new(what, deaths.swim, deaths.foca)
    };
    Outcome { table: all.iter().map(row).collect(), plots: vec![("loss.svg", plot(&all))] }
}

impl Deaths {
    fn at(percent: u32, effort: Effort) -> Self {
        let share = f64::from(percent) / 100.0;
        let (swim, foca) =
            effort.turns(|seed| deaths::<Node>(share, seed), |seed| deaths::<FocaPeer>(share, seed));
        let sum = |deaths: Vec<u64>| deaths.into_iter().sum::<u64>() as f64;
        Self { percent, swim: sum(swim), foca: sum(foca) }
    }
}

/// Where a logarithmic axis has its zero.
const NONE: f64 = 0.1;

fn plot(all: &[Deaths]) -> String {
    let line = |of: fn(&Deaths) -> f64| {
        all.iter().map(|deaths| (f64::from(deaths.percent), of(deaths).max(NONE))).collect()
    };
    let losses = [0, 5, 10, 15, 20].map(|percent| (f64::from(percent), format!("{percent} %")));
    let counts = [
        (NONE, "0"),
        (1.0, "1"),
        (10.0, "10"),
        (100.0, "100"),
        (1e3, "1 000"),
        (1e4, "10 000"),
        (1e5, "100 000"),
    ];
    let title = format!("{NODES} nodes for 120 s, all seeds together");
    Plot {
        title: "Live members declared dead",
        x: Axis { title: "packets lost", scale: Scale::Linear, marks: losses.into() },
        y: Axis { title: "", scale: Scale::Log, marks: counts.map(|(n, text)| (n, text.into())).into() },
        panels: vec![Panel { title, swim: line(|d| d.swim), foca: line(|d| d.foca) }],
    }
    .svg()
}

fn deaths<P: Peer + 'static>(share: f64, seed: u64) -> u64 {
    let mut town = Town::<P>::start(NODES, seed);
    town.boot(SETTLE);
    town.run_for(Duration::from_secs(30));
    town.lose(share);
    let deaths: Rc<Cell<u64>> = Rc::default();
    let told = deaths.clone();
    town.cluster.watch(move |step: &Step<'_, Watched<P>>| {
        told.set(told.get() + step.events.iter().filter_map(P::buried).count() as u64);
        Ok(())
    });
    town.run_for(MEASURED);
    deaths.get()
}
