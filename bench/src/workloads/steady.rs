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
/// Share of packets that are lost in the last minute.
const LOSS: f64 = 0.05;

/// What a node cost.
struct Cost {
    packet_mean: f64,
    packet_median: f64,
    micros: f64,
    packets: f64,
    bytes: f64,
    allocations: f64,
}

/// One cluster, in a quiet minute and in one with loss.
struct Run {
    idle: Cost,
    lossy: Cost,
}

pub(crate) fn measure(effort: Effort) -> Table {
    let sizes: &[u32] = effort.pick(&[64], &[64, 256, 1_000]);
    sizes.iter().flat_map(|&nodes| of(nodes, effort)).collect()
}

fn of(nodes: u32, effort: Effort) -> [Row; 7] {
    let (swim, foca) = effort.turns(|seed| run::<Node>(nodes, seed), |seed| run::<FocaPeer>(nodes, seed));
    let row = |when: &str, what: &str, of: fn(&Run) -> f64| {
        let middle = |runs: &[Run]| median(runs.iter().map(of).collect());
        Row::new(format!("{when}, {nodes} nodes: {what}"), middle(&swim), middle(&foca))
    };
    [
        row("idle", "ns for a packet and its answer, mean", |run| run.idle.packet_mean),
        row("idle", "ns for a packet and its answer, median", |run| run.idle.packet_median),
        row("idle", "µs of CPU per node and second", |run| run.idle.micros),
        row("idle", "packets per node and second", |run| run.idle.packets),
        row("idle", "bytes per node and second", |run| run.idle.bytes),
        row("idle", "allocations per call", |run| run.idle.allocations),
        row("5 % loss", "allocations per call", |run| run.lossy.allocations),
    ]
}

fn run<P: Peer + 'static>(nodes: u32, seed: u64) -> Run {
    let mut town = Town::<P>::start(nodes, seed);
    town.boot(SETTLE);
    town.come_to_rest();
    let idle = cost(&mut town);
    town.lose(LOSS);
    Run { idle, lossy: cost(&mut town) }
}

/// Of the time that follows.
fn cost<P: Peer + 'static>(town: &mut Town<P>) -> Cost {
    town.begin();
    town.run_for(MEASURED);
    let bills: Vec<&Bill> = town.bills().collect();
    let node_seconds = f64::from(town.nodes) * MEASURED.as_secs_f64();
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
