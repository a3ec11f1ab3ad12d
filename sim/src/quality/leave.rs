//! Members leave: how soon does everybody know that they did?

use std::time::Duration;

use swim_core::{Config, Fact, Instant, Name, Node};

use super::samples::{Samples, at_most};
use super::town::Town;
use super::{Effort, Row};
use crate::NodeId;

const ONE_MAX: Duration = Duration::from_secs(2);
const HALF_MAX: Duration = Duration::from_secs(5);
/// How long the news is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let nodes = effort.pick(128, 1_000);
    vec![one_by_one(nodes, effort.pick(10, 30)), half(nodes)]
}

fn one_by_one(nodes: usize, leavers: usize) -> Row {
    let mut town = Town::at_peace(8, nodes, Config::lan());
    let times: Samples = town.some(leavers).into_iter().map(|leaver| goodbye(&mut town, leaver)).collect();
    let good = at_most(times.p99(), ONE_MAX);
    Row::new(format!("one of {nodes} leaves"), times.len(), times.summary()).demand("p99 <= 2 s", good)
}

fn goodbye(town: &mut Town, leaver: NodeId) -> Option<Duration> {
    let begun = town.now();
    let name = leave(town, leaver);
    town.run_for(Duration::from_secs(4));
    let others = town.running().count();
    everywhere(town, begun, &name, others)
}

fn half(nodes: usize) -> Row {
    let mut town = Town::at_peace(9, nodes, Config::lan());
    let begun = town.now();
    let leavers: Vec<_> = town.some(nodes / 2).into_iter().map(|leaver| leave(&mut town, leaver)).collect();
    town.run_for(PATIENCE);
    let others = town.running().count();
    let times: Samples = leavers.iter().map(|name| everywhere(&town, begun, name, others)).collect();
    let good = at_most(times.max(), HALF_MAX);
    Row::new(format!("half of {nodes} leave at once"), times.len(), times.summary()).demand("<= 5 s", good)
}

/// A node begins to leave; its process ends when it has.
pub(super) fn leave(town: &mut Town, node: NodeId) -> Name {
    let name = town.name(node);
    town.with(node, Node::leave);
    let exit = Config::lan().leave_timeout + Duration::from_secs(1);
    town.cluster.at(town.now() + exit, move |cluster| {
        cluster.crash(node);
    });
    name
}

/// When the last of so many others knew that it left; `None` if some never did, or took it for dead.
fn everywhere(town: &Town, begun: Instant, leaver: &Name, others: usize) -> Option<Duration> {
    let news: Vec<_> = town
        .events_since(begun)
        .iter()
        .filter(|happened| {
            matches!(&happened.event.fact, Fact::Left { member } if member.name == *leaver)
                && town.node(happened.node).is_some()
        })
        .collect();
    news.last().filter(|_| news.len() == others).map(|last| last.at.since(begun))
}
