//! A member sets a register: how soon does everybody know it?

use std::time::Duration;

use swim_core::{Config, Fact, Instant};

use super::samples::{Samples, at_most};
use super::town::Town;
use super::{Effort, Row};

/// From one change to the next: news is no news any more by then.
const PAUSE: Duration = Duration::from_secs(6);

/// So many changes in a cluster of so many at that loss, and how long they may take at the median and the 99th
/// percentile, in milliseconds.
type Case = (usize, f64, usize, u64, u64);

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let quick: [Case; 2] = [(64, 0.0, 50, 1_200, 1_400), (64, 0.1, 50, 1_200, 1_400)];
    let full: [Case; 6] = [
        (8, 0.0, 500, 600, 800),
        (8, 0.1, 500, 600, 1_000),
        (64, 0.0, 200, 1_200, 1_400),
        (64, 0.1, 200, 1_200, 1_400),
        (1_000, 0.0, 30, 1_800, 2_000),
        (1_000, 0.1, 30, 1_800, 2_000),
    ];
    effort.pick(&quick[..], &full[..]).iter().map(row).collect()
}

fn row(&(nodes, loss, changes, p50, p99): &Case) -> Row {
    let (times, _) = spread(nodes, loss, changes, Config::lan());
    let bound = Duration::from_millis;
    let good = at_most(times.p50(), bound(p50)) && at_most(times.p99(), bound(p99));
    let target = format!("p50 {:.1} p99 {:.1} s", p50 as f64 / 1e3, p99 as f64 / 1e3);
    let what = format!("n = {nodes}, {:.0} % loss", loss * 100.0);
    Row::new(what, times.len(), times.summary()).demand(target, good)
}

/// How long each of so many changes took to be known everywhere, and how many packets were sent per change.
pub(super) fn spread(nodes: usize, loss: f64, changes: usize, config: Config) -> (Samples, f64) {
    let mut town = Town::at_peace(10, nodes, config);
    town.lose(loss);
    let before = town.cluster.network.traffic().sent;
    let starts: Vec<_> = (0..changes).map(|change| set(&mut town, change)).collect();
    let times = starts.iter().enumerate().map(|(change, start)| everywhere(&town, change, *start, nodes));
    let packets = town.cluster.network.traffic().sent - before;
    (times.collect(), packets as f64 / changes as f64)
}

fn set(town: &mut Town, change: usize) -> Instant {
    let phase = town.rng.duration(&(Duration::ZERO..=Duration::from_secs(1)));
    town.run_for(phase);
    let (owner, begun) = (town.any(), town.now());
    let set = town.with(owner, |node, now| node.set(now, "change", &change.to_le_bytes()));
    set.expect("it runs").expect("a small register");
    town.run_for(PAUSE);
    begun
}

/// When the last of so many was told.
fn everywhere(town: &Town, change: usize, begun: Instant, nodes: usize) -> Option<Duration> {
    let bytes = change.to_le_bytes();
    let window = town.events_since(begun).iter().take_while(|happened| happened.at.since(begun) <= PAUSE);
    let told: Vec<_> = window
        .filter(|happened| {
            matches!(&happened.event.fact, Fact::Updated { value: Some(value), .. } if **value == bytes)
        })
        .collect();
    told.last().filter(|_| told.len() == nodes).map(|last| last.at.since(begun))
}
