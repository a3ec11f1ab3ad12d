//! The three failures under which the Rapid paper (Suresh et al. 2018, §7) found others unstable.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Config, Fact, Instant};

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
    let nodes = effort.pick(100, 1_000);
    let mut rows = crashes(nodes);
    rows.extend(flip_flop(nodes));
    rows.extend(egress_loss(nodes));
    rows
}

/// A cluster and the 1 % of it with which something is wrong; ten crash.
fn town(seed: u64, nodes: usize, bad: usize) -> (Town, Vec<NodeId>) {
    let mut town = Town::at_peace(seed, nodes, Config::lan());
    let bad = town.some(bad);
    (town, bad)
}

fn crashes(nodes: usize) -> Vec<Row> {
    let (mut town, bad) = town(5, nodes, 10);
    let begun = town.now();
    let names: Vec<_> = bad.iter().map(|&node| town.name(node)).collect();
    for &node in &bad {
        town.cluster.crash(node);
    }
    town.run_for(TIME);
    let deaths = town.deaths_since(begun).filter(|(_, subject)| !names.contains(subject)).count();
    vec![removals(&format!("10 of {nodes} crash at once"), deaths, 0)]
}

fn flip_flop(nodes: usize) -> Vec<Row> {
    let (mut town, bad) = town(6, nodes, nodes / 100);
    let begun = town.now();
    let all: Vec<_> = town.running().collect();
    while town.now().since(begun) < TIME {
        town.cluster.network.partition_oneway(&all, &bad);
        town.run_for(TURN);
        town.cluster.network.repair();
        town.run_for(TURN);
    }
    tell(&town, begun, &bad, &format!("1 % of {nodes} hear nothing every other 20 s"))
}

fn egress_loss(nodes: usize) -> Vec<Row> {
    let (mut town, bad) = town(7, nodes, nodes / 100);
    let begun = town.now();
    let all: Vec<_> = town.running().collect();
    for (&from, &to) in bad.iter().flat_map(|from| all.iter().map(move |to| (from, to))) {
        town.cluster.network.set_link(from, to, Link { loss: 0.8, ..Link::default() });
    }
    town.run_for(TIME);
    tell(&town, begun, &bad, &format!("1 % of {nodes} lose 80 % of what they send"))
}

/// Who was removed though healthy, and how often the others came and went.
fn tell(town: &Town, begun: Instant, bad: &[NodeId], what: &str) -> Vec<Row> {
    let names: BTreeMap<_, _> = town.running().map(|node| (town.name(node), node)).collect();
    let (mut by_healthy, mut by_bad, mut flaps) = (0, 0, 0_usize);
    for happened in town.events_since(begun).iter().filter(|happened| !bad.contains(&happened.node)) {
        let Fact::Failed { member, by } = &happened.event.fact else { continue };
        let is_bad = |name| names.get(name).is_some_and(|node| bad.contains(node));
        if is_bad(&member.name) {
            flaps += 1;
        } else if by.as_ref().is_some_and(is_bad) {
            by_bad += 1;
        } else {
            by_healthy += 1;
        }
    }
    let pairs = (names.len() - bad.len()) * bad.len();
    let flaps = flaps as f64 / pairs as f64 / (town.now().since(begun).as_secs_f64() / 60.0);
    vec![
        removals(what, by_healthy, by_bad),
        Row::new("  deaths of a bad member per observer and minute", 1, format!("{flaps:.2}"))
            .demand("<= 1", flaps <= FLAPS_MAX),
    ]
}

fn removals(what: &str, by_healthy: usize, by_bad: usize) -> Row {
    let ours = format!("{by_healthy} by healthy, {by_bad} by bad members");
    Row::new(format!("healthy members removed: {what}"), 1, ours).demand("0 by healthy ones", by_healthy == 0)
}
