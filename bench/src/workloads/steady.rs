//! A cluster in which nothing happens: what does that cost?

use std::time::Duration;

use swim_core::Node;

use crate::foca::FocaPeer;
use crate::part::Effort;
use crate::peer::Peer;
use crate::stopwatch::Bill;
use crate::table::{Row, Table, median};
use crate::town::Town;

/// How long a cluster has to get to know itself; in what follows it is at rest.
const SETTLE: Duration = Duration::from_secs(300);
const MEASURED: Duration = Duration::from_secs(60);

/// What a node cost.
#[derive(Default)]
struct Cost {
    packet_mean: f64,
    packet_median: f64,
    micros: f64,
    packets: f64,
    bytes: f64,
    allocations: f64,
}

pub(crate) fn measure(effort: Effort) -> Table {
    let sizes: &[u32] = effort.pick(&[64], &[64, 256, 1_000]);
    sizes.iter().flat_map(|&nodes| of(nodes, effort)).collect()
}

fn of(nodes: u32, effort: Effort) -> [Row; 6] {
    let (swim, foca) = effort.turns(|seed| cost::<Node>(nodes, seed), |seed| cost::<FocaPeer>(nodes, seed));
    let row = |what: &str, of: fn(&Cost) -> f64| {
        let middle = |costs: &[Cost]| median(costs.iter().map(of).collect());
        Row::new(format!("idle, {nodes} nodes: {what}"), middle(&swim), middle(&foca))
    };
    [
        row("ns for a packet and its answer, mean", |cost| cost.packet_mean),
        row("ns for a packet and its answer, median", |cost| cost.packet_median),
        row("µs of CPU per node and second", |cost| cost.micros),
        row("packets per node and second", |cost| cost.packets),
        row("bytes per node and second", |cost| cost.bytes),
        row("allocations per call", |cost| cost.allocations),
    ]
}

fn cost<P: Peer + 'static>(nodes: u32, seed: u64) -> Cost {
    let mut town = Town::<P>::start(nodes, seed);
    town.boot(SETTLE);
    town.come_to_rest();
    town.begin();
    town.run_for(MEASURED);
    let bills: Vec<&Bill> = town.bills().collect();
    let node_seconds = f64::from(nodes) * MEASURED.as_secs_f64();
    let mut packets: Vec<f64> =
        bills.iter().flat_map(|bill| &bill.packets).map(|&ns| f64::from(ns)).collect();
    let sum = |of: fn(&Bill) -> f64| bills.iter().map(|bill| of(bill)).sum::<f64>();
    let count = packets.len();
    packets.sort_by(f64::total_cmp);
    // The slowest in a thousand were interrupted by something else.
    packets.truncate(count - count / 1_000);
    Cost {
        packet_mean: packets.iter().sum::<f64>() / packets.len() as f64,
        packet_median: median(packets),
        micros: sum(|bill| bill.time.as_secs_f64()) * 1e6 / node_seconds,
        packets: sum(|bill| bill.sent as f64) / node_seconds,
        bytes: sum(|bill| bill.bytes as f64) / node_seconds,
        allocations: sum(|bill| bill.allocations as f64) / sum(|bill| bill.calls as f64),
    }
}
