//! A cluster in which nothing happens: it accuses nobody, and says next to nothing.

use std::time::Duration;

use swim_core::{Config, Fact, Instant, Node};

use super::town::Town;
use super::{Effort, Row};
use crate::Link;

const NODES: usize = 256;

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let periods = effort.pick(20_000, 1_000_000);
    let mut rows = lan(periods);
    rows.push(slow_links(periods / 4));
    rows
}

fn lan(periods: usize) -> Vec<Row> {
    let mut town = Town::at_peace(1, NODES, Config::lan());
    let (begun, before, gossip) = (town.now(), town.cluster.network.traffic(), gossip(&town));
    let time = rest(&mut town, periods);
    let after = town.cluster.network.traffic();
    let told = self::gossip(&town) - gossip;
    let per_node = |count: u64| count as f64 / time.as_secs_f64() / NODES as f64;
    let packets = per_node(after.sent - before.sent);
    let bytes = per_node(after.bytes - before.bytes);
    let suspicions = suspicions(&town, begun);
    vec![
        Row::new("suspicions, round trips 1 to 3 ms", periods, suspicions.to_string())
            .demand("0 in 10^6 probe periods", suspicions == 0),
        Row::new("packets per node-second", periods, format!("{packets:.2}"))
            .demand("<= 2.2", packets <= 2.2)
            .foca("2.0"),
        Row::new("bytes per node-second, frames included", periods, format!("{bytes:.0}")).foca("42"),
        Row::new("datagrams of gossip", periods, told.to_string()).demand("0", told == 0),
    ]
}

fn slow_links(periods: usize) -> Row {
    let latency = Duration::ZERO..=Duration::from_millis(200);
    let mut town = Town::at_peace(2, NODES, Config::lan());
    town.cluster.network.set_links(Link { latency, loss: 0.0 });
    let begun = town.now();
    rest(&mut town, periods);
    let suspicions = suspicions(&town, begun);
    Row::new("suspicions, round trips 0 to 400 ms", periods, suspicions.to_string())
        .demand("0", suspicions == 0)
}

/// Lets so many probe periods pass over the whole cluster.
fn rest(town: &mut Town, periods: usize) -> Duration {
    let time = Duration::from_secs((periods / NODES) as u64 + 1);
    town.run_for(time);
    time
}

fn suspicions(town: &Town, since: Instant) -> usize {
    let events = town.events_since(since).iter();
    events.filter(|happened| matches!(happened.event.fact, Fact::Suspected { .. })).count()
}

fn gossip(town: &Town) -> u64 {
    town.nodes().map(|node: &Node| node.stats().gossip_sent).sum()
}
