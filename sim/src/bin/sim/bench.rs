//! `sim bench`: how fast and how large the simulator is on this machine, on one thread, by the time that it worked.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use sim::swarm::{self, Class, Plan};
use sim::{Cluster, NodeId};
use swim_core::{Addr, ClusterId, Config, Epoch, Keyring, Local, Name, Node};

use crate::args::Bench;
use crate::clock::Stopwatch;
use crate::interrupt::Interrupt;
use crate::memory::{GIB, must_fit, of_process};
use crate::output;
use crate::progress::Progress;
use crate::verdict::{Misuse, Verdict};

/// One measurement.
pub(crate) struct Row {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// The largest cluster in it.
    nodes: fn(&Bench) -> u32,
    measure: fn(&Bench, &Interrupt) -> Measured,
}

/// What there is to measure, the largest last: what a process once had in memory is remembered.
pub(crate) const ROWS: [Row; 5] = [
    Row { name: "seeds", nodes: |_| 8, measure: seeds },
    Row {
        name: "events-1000",
        nodes: |_| 1_000,
        measure: |bench, interrupt| events(1_000, bench, interrupt),
    },
    Row { name: "month", nodes: |_| 32, measure: month },
    Row {
        name: "events-10000",
        nodes: |_| 10_000,
        measure: |bench, interrupt| events(10_000, bench, interrupt),
    },
    Row { name: "size", nodes: |bench| bench.nodes, measure: size },
];
/// What one node takes for each member at the peak of a start, with all that stands around it, in bytes: as measured
/// with 10 000 nodes. Smaller clusters take up to half as much again, which is little.
const BYTES_PER_PAIR: u32 = 135;
const MIB: f64 = 1_048_576.0;

struct Measured {
    what: String,
    value: f64,
    unit: &'static str,
    target: &'static str,
    /// Below this the command fails; other targets are only shown.
    least: f64,
    more: String,
}

impl Measured {
    fn is_enough(&self) -> bool {
        self.value >= self.least
    }
}

pub(crate) fn bench(bench: &Bench) -> Result<Verdict, Misuse> {
    let rows: Vec<_> =
        ROWS.iter().filter(|row| bench.only.as_ref().is_none_or(|only| only == row.name)).collect();
    rows.iter().try_for_each(|row| must_fit((row.nodes)(bench), BYTES_PER_PAIR))?;
    let interrupt = Interrupt::watch()?;
    let mut enough = true;
    for row in rows {
        let measured = (row.measure)(bench, &interrupt);
        if interrupt.is_pressed() {
            return Ok(Verdict::Interrupted);
        }
        tell(&measured, bench.json);
        enough &= measured.is_enough();
    }
    Ok(Verdict::of(enough))
}

fn tell(measured: &Measured, as_json: bool) {
    let Measured { what, value, unit, target, more, .. } = measured;
    if as_json {
        output::line(json!({ "what": what, "value": value, "unit": unit, "target": target, "more": more }));
    } else {
        output::line(format_args!("{what:<42} {value:>8.2} {unit:<10} {target:<7} {more}"));
    }
}

/// Class S, one after the other on one thread, with everything checked.
fn seeds(bench: &Bench, interrupt: &Interrupt) -> Measured {
    let count = if bench.quick { 100 } else { 1_000 };
    let (progress, watch) = (Progress::new(count, "seeds"), Stopwatch::start());
    let mut done = 0.0;
    for seed in (0..count).take_while(|_| !interrupt.is_pressed()) {
        let _outcome = swarm::run(&Plan::draw(seed, Some(Class::S)), Vec::new());
        progress.step("checking all");
        done += 1.0;
    }
    seeds_in(done, watch.seconds())
}

fn seeds_in(done: f64, seconds: f64) -> Measured {
    Measured {
        what: "class-S seeds, all properties checked".into(),
        value: done / seconds,
        unit: "seeds/s",
        target: ">= 20",
        least: 20.0,
        more: format!("{done:.0} seeds"),
    }
}

/// An idle cluster in which everybody knows everybody, with plain frames and nothing checked.
fn events(members: u32, bench: &Bench, interrupt: &Interrupt) -> Measured {
    let seconds = if bench.quick { 5 } else { 300_000 / u64::from(members) };
    let mut cluster = boot(members, interrupt);
    let (calls, watch) = (cluster.calls(), Stopwatch::start());
    pass(&mut cluster, seconds, interrupt);
    Measured {
        what: format!("calls of {members} machines, nothing checked"),
        value: (cluster.calls() - calls) as f64 / watch.seconds() / 1e6,
        unit: "M calls/s",
        target: if members > 1_000 { ">= 2.5" } else { ">= 5" },
        least: 0.0,
        more: format!("{seconds} s of an idle cluster"),
    }
}

/// Many nodes at once: what a node keeps of the others is all that counts.
fn size(bench: &Bench, interrupt: &Interrupt) -> Measured {
    let members = bench.nodes;
    let watch = Stopwatch::start();
    let mut cluster = boot(members, interrupt);
    pass(&mut cluster, 60, interrupt);
    let known: usize = nodes(&cluster).map(|node| node.members().len()).sum();
    let peak = of_process("VmHWM:");
    let per_pair = peak / known as f64;
    Measured {
        what: format!("{members} nodes, boot and 60 s"),
        value: peak / GIB,
        unit: "GiB",
        target: "<= 16",
        least: 0.0,
        more: format!(
            "{per_pair:.0} B per node and member: 16 GiB hold {:.0} nodes; {:.0} s of work",
            (16.0 * GIB / per_pair).sqrt(),
            watch.seconds()
        ),
    }
}

/// Nothing may grow with the age of a cluster.
fn month(bench: &Bench, interrupt: &Interrupt) -> Measured {
    let days: u64 = if bench.quick { 1 } else { 30 };
    let watch = Stopwatch::start();
    let mut cluster = boot(32, interrupt);
    let progress = Progress::new(days * 24, "hours");
    let mut first_day = 0.0;
    for hour in (0..days * 24).take_while(|_| !interrupt.is_pressed()) {
        cluster.run_for(Duration::from_secs(3_600));
        progress.step("32 nodes");
        if hour == 23 {
            first_day = of_process("VmRSS:");
        }
    }
    Measured {
        what: format!("32 nodes, {days} days"),
        value: watch.seconds() / 60.0,
        unit: "min",
        target: "<= 15",
        least: 0.0,
        more: format!(
            "{:.1} MiB after a day, {:.1} MiB at the end",
            first_day / MIB,
            of_process("VmRSS:") / MIB
        ),
    }
}

/// A cluster that grew within ten seconds through three seeds, and has told itself everything.
fn boot(members: u32, interrupt: &Interrupt) -> Cluster<Node> {
    let mut cluster = Cluster::new(1);
    cluster.keep_events(false);
    let seeds: Vec<_> = (0..3).map(addr).collect();
    let progress = Progress::new(members.into(), "nodes started");
    for number in (0..members).take_while(|_| !interrupt.is_pressed()) {
        cluster.add(addr(number), |seed, now| {
            let local = Local {
                cluster: ClusterId::from_name("bench"),
                name: Name::new(&format!("node-{number}")).expect("short"),
                addr: addr(number),
                epoch: Epoch::default(),
            };
            let mut node = Node::new(Config::lan(), local, Keyring::plain(), seed, now).expect("valid");
            node.join(now, &seeds);
            node
        });
        cluster.run_for(Duration::from_secs(10) / members);
        progress.step("joining");
    }
    drop(progress);
    let progress = Progress::new(SETTLE, "seconds at most");
    let is_full =
        |cluster: &Cluster<Node>| nodes(cluster).all(|node| node.members().len() == members as usize);
    for _ in (0..SETTLE).take_while(|_| !interrupt.is_pressed()) {
        cluster.run_for(Duration::from_secs(1));
        progress.step("meeting");
        if is_full(&cluster) {
            break;
        }
    }
    pass(&mut cluster, 30, interrupt);
    cluster
}

/// Seconds within which everybody knows everybody.
const SETTLE: u64 = 120;

fn pass(cluster: &mut Cluster<Node>, seconds: u64, interrupt: &Interrupt) {
    let progress = Progress::new(seconds, "seconds");
    for _ in (0..seconds).take_while(|_| !interrupt.is_pressed()) {
        cluster.run_for(Duration::from_secs(1));
        progress.step("running");
    }
}

fn nodes(cluster: &Cluster<Node>) -> impl Iterator<Item = &Node> {
    let machines = cluster.machines();
    machines.nodes().filter_map(|node: NodeId| machines.get(node))
}

fn addr(number: u32) -> Addr {
    SocketAddr::from((Ipv4Addr::from(0x0a00_0001 + number), 7946)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_twenty_seeds_a_second_are_not_enough() {
        assert!(seeds_in(40.0, 2.0).is_enough());
        assert!(!seeds_in(39.0, 2.0).is_enough());
    }
}
