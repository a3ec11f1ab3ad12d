//! One node in a hundred crashes at once: when do the others know?

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use sim::{NodeId, Step};
use swim_core::{Instant, Node};

use super::Effort;
use crate::foca::FocaPeer;
use crate::peer::Peer;
use crate::stopwatch::Watched;
use crate::table::{Figure, Row, median};
use crate::town::Town;

const SETTLE: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn rows(effort: Effort) -> Vec<Row> {
    let nodes = if effort.quick { 64 } else { 1_000 };
    let runs = |run: fn(u32, u64) -> [Option<f64>; 2]| -> Vec<_> {
        (1..=effort.seeds).map(|seed| run(nodes, seed)).collect()
    };
    let (swim, foca) = (runs(run::<Node>), runs(run::<FocaPeer>));
    let row = |what: &str, which: usize| {
        let middle = |runs: &[[Option<f64>; 2]]| {
            let times = runs.iter().map(|run| run[which].unwrap_or(f64::INFINITY)).collect();
            Figure::within(PATIENCE.as_secs_f64(), Some(median(times)).filter(|time| time.is_finite()))
        };
        Row { what: format!("1 % of {nodes} crash: {what}"), swim: middle(&swim), foca: middle(&foca) }
    };
    vec![row("first death told after, s", 0), row("last told after the first of it, s", 1)]
}

/// When the first heard of a death, and how long after the first news of a victim the last heard, in seconds.
fn run<P: Peer + 'static>(nodes: u32, seed: u64) -> [Option<f64>; 2] {
    let mut town = Town::<P>::start(nodes, seed);
    town.boot(SETTLE);
    town.run_for(Duration::from_secs(30));
    let victims: Vec<u32> =
        (1..=nodes.div_ceil(100)).map(|i| i * (nodes / (nodes.div_ceil(100) + 1))).collect();
    let crash = town.cluster.now();
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
    town.cluster.run_until(crash + PATIENCE, |_| news.borrow().len() >= informed);
    let news = news.borrow();
    let all = news.len() >= informed;
    let first = |victim| news.iter().filter(move |(who, _)| *who == victim).map(|&(_, at)| at).min();
    let last = |victim| news.iter().filter(move |(who, _)| *who == victim).map(|&(_, at)| at).max();
    let first_of_all = news.iter().map(|&(_, at)| at.since(crash).as_secs_f64()).min_by(f64::total_cmp);
    let spread = victims.iter().filter_map(|&victim| Some(last(victim)?.since(first(victim)?).as_secs_f64()));
    [first_of_all, spread.max_by(f64::total_cmp).filter(|_| all)]
}
