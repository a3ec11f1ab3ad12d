//! News by rounds of gossip alone: how often does a change miss somebody for good?
//!
//! Nobody probes, so news rides on nothing else and no tables are compared. One after the other sets a register, and
//! whoever has not heard of it when all gossip about it has ended was missed.

use std::time::Duration;

use swim_core::{Config, Node};

use super::town::Town;
use super::{Effort, Row};
use crate::population::addr;

/// Longer than any change is gossiped about.
const ROUND: Duration = Duration::from_secs(8);
/// Of a hundred changes so many may miss somebody where nine of ten datagrams arrive at eight nodes.
const MISSES_MAX: f64 = 1.0;

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let quick = [(8, 500)];
    let full = [(4, 2_000), (8, 5_000), (16, 2_000), (64, 500), (256, 50)];
    let mut rows = Vec::new();
    for &(nodes, changes) in effort.pick(&quick[..], &full[..]) {
        for loss in [0.0, 0.1, 0.3] {
            let told = Config::lan().retransmit_limit(nodes);
            let share = share(nodes, loss, changes, Config::lan());
            let what = format!("n = {nodes}, told {told} times, {:.0} % loss", loss * 100.0);
            let row = Row::new(what, changes, format!("{share:.2} %"));
            rows.push(if nodes == 8 && loss == 0.1 {
                row.demand("<= 1 %", share <= MISSES_MAX)
            } else {
                row
            });
        }
    }
    rows
}

/// Of a hundred changes, how many missed somebody.
pub(super) fn share(nodes: usize, loss: f64, changes: usize, mut config: Config) -> f64 {
    config.probe_interval = Duration::from_secs(3_600);
    let mut town = boot(nodes, config);
    town.lose(loss);
    let missed = (0..changes).filter(|&change| misses_somebody(&mut town, change)).count();
    missed as f64 * 100.0 / changes as f64
}

/// Without comparing tables the last news of who is there may miss somebody: then all ask the seed once more.
fn boot(nodes: usize, config: Config) -> Town {
    let mut town = Town::new(nodes as u64, config);
    town.start_all(nodes);
    town.run_for(ROUND);
    for node in town.running().collect::<Vec<_>>() {
        town.with(node, |node, now| node.join(now, &[addr(0)]));
        town.run_for(Duration::from_millis(100));
    }
    town.whole(ROUND).expect("everybody knows everybody");
    town
}

fn misses_somebody(town: &mut Town, change: usize) -> bool {
    let (owner, value) = (town.any(), change.to_le_bytes());
    let name = town.name(owner);
    let set = town.with(owner, |node, now| node.set(now, "change", &value));
    set.expect("it runs").expect("a small register");
    town.run_for(ROUND);
    let heard = |node: &Node| {
        let owner = node.member(name.as_str());
        owner.is_some_and(|owner| owner.register("change").is_some_and(|register| *register == value))
    };
    !town.nodes().all(heard)
}
