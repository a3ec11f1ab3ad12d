//! The three failures under which the Rapid paper (Suresh et al. 2018, §7) found others unstable.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Config, Fact, Instant, Name};

use super::town::Town;
use super::{Effort, Row};
use crate::{Link, NodeId};

/// How long a failure goes on.
const TIME: Duration = Duration::from_secs(120);
/// How long links of the flip-flop work, and do not.
const TURN: Duration = Duration::from_secs(20);
/// A bad member comes and goes at an observer at most so often in a minute, on average.
const FLAPS_MAX: f64 = 1.0;

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let (nodes, seeds) = effort.pick((100, 1), (1_000, 5));
    let percent = nodes / 100;
    let tolls = |bad, fault: fn(&mut Town, &[NodeId])| -> Vec<_> {
        (1..=seeds).map(|seed| toll(seed, nodes, bad, fault)).collect()
    };
    let mut rows = vec![removals(&format!("10 of {nodes} crash at once"), &tolls(10, crash))];
    rows.extend(tell(&format!("1 % of {nodes} hear nothing every other 20 s"), &tolls(percent, flip_flop)));
    rows.extend(tell(&format!("1 % of {nodes} lose 80 % of what they send"), &tolls(percent, lose)));
    rows
}

/// What came of one run.
struct Toll {
    /// Healthy members, removed on the word of healthy ones.
    by_healthy: usize,
    by_bad: usize,
    /// Removals of a bad member per observer and minute.
    flaps: f64,
}

/// So many of a cluster have that fault, for as long as it takes.
fn toll(seed: u64, nodes: usize, bad: usize, fault: fn(&mut Town, &[NodeId])) -> Toll {
    let mut town = Town::at_peace(seed, nodes, Config::lan());
    let bad = town.some(bad);
    let names: BTreeMap<_, _> = town.running().map(|node| (town.name(node), node)).collect();
    let begun = town.now();
    fault(&mut town, &bad);
    Toll::of(&town, begun, &bad, &names)
}

fn crash(town: &mut Town, bad: &[NodeId]) {
    for &node in bad {
        town.cluster.crash(node);
    }
    town.run_for(TIME);
}

fn flip_flop(town: &mut Town, bad: &[NodeId]) {
    let all: Vec<_> = town.running().collect();
    for _ in 0..TIME.as_secs() / TURN.as_secs() / 2 {
        town.cluster.network.partition_oneway(&all, bad);
        town.run_for(TURN);
        town.cluster.network.repair();
        town.run_for(TURN);
    }
}

fn lose(town: &mut Town, bad: &[NodeId]) {
    let all: Vec<_> = town.running().collect();
    for (&from, &to) in bad.iter().flat_map(|from| all.iter().map(move |to| (from, to))) {
        town.cluster.network.set_link(from, to, Link { loss: 0.8, ..Link::default() });
    }
    town.run_for(TIME);
}

impl Toll {
    /// As the healthy ones saw it.
    fn of(town: &Town, begun: Instant, bad: &[NodeId], names: &BTreeMap<Name, NodeId>) -> Self {
        let is_bad = |name: &Name| names.get(name).is_some_and(|node| bad.contains(node));
        let (mut by_healthy, mut by_bad, mut flaps) = (0, 0, 0_usize);
        for happened in town.events_since(begun).iter().filter(|happened| !bad.contains(&happened.node)) {
            let Fact::Failed { member, by } = &happened.event.fact else { continue };
            if is_bad(&member.name) {
                flaps += 1;
            } else if by.as_ref().is_some_and(is_bad) {
                by_bad += 1;
            } else {
                by_healthy += 1;
            }
        }
        let minutes = town.now().since(begun).as_secs_f64() / 60.0;
        let pairs = (names.len() - bad.len()) * bad.len();
        Self { by_healthy, by_bad, flaps: flaps as f64 / pairs as f64 / minutes }
    }
}

/// Who was removed though healthy, and how often the others came and went.
fn tell(what: &str, tolls: &[Toll]) -> Vec<Row> {
    let flaps = tolls.iter().map(|toll| toll.flaps).fold(0.0, f64::max);
    vec![
        removals(what, tolls),
        Row::new("  deaths of a bad member per observer and minute", tolls.len(), format!("max {flaps:.2}"))
            .demand("<= 1", flaps <= FLAPS_MAX),
    ]
}

fn removals(what: &str, tolls: &[Toll]) -> Row {
    let by_healthy: usize = tolls.iter().map(|toll| toll.by_healthy).sum();
    let by_bad: usize = tolls.iter().map(|toll| toll.by_bad).sum();
    let ours = format!("{by_healthy} by healthy, {by_bad} by bad members");
    Row::new(format!("healthy members removed: {what}"), tolls.len(), ours)
        .demand("0 by healthy ones", by_healthy == 0)
}
