//! `sim bench`: how fast and how large the simulator is on this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use sim::swarm::{self, Class, Plan};
use sim::{Cluster, NodeId};
use swim_core::{Addr, ClusterId, Config, Epoch, Keyring, Local, Name, Node};

use crate::args::Bench;
use crate::clock;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Progress;
use crate::verdict::{Misuse, Verdict};

/// One measurement.
pub(crate) struct Row {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    measure: fn(&Bench, &Interrupt) -> Measured,
}

/// What there is to measure, the largest last: what a process once had in memory is remembered.
pub(crate) const ROWS: [Row; 5] = [
    Row { name: "seeds", measure: seeds },
    Row { name: "events-1000", measure: |bench, interrupt| events(1_000, bench, interrupt) },
    Row { name: "month", measure: month },
    Row { name: "events-10000", measure: |bench, interrupt| events(10_000, bench, interrupt) },
    Row { name: "size", measure: size },
];

struct Measured {
    what: String,
    value: f64,
    unit: &'static str,
    target: &'static str,
    more: String,
}

pub(crate) fn bench(bench: &Bench) -> Result<Verdict, Misuse> {
    let interrupt = Interrupt::watch()?;
    for row in ROWS.iter().filter(|row| bench.only.as_ref().is_none_or(|only| only == row.name)) {
        tell(&(row.measure)(bench, &interrupt), bench.json);
        if interrupt.is_pressed() {
            return Ok(Verdict::Interrupted);
        }
    }
    Ok(Verdict::Good)
}

fn tell(measured: &Measured, as_json: bool) {
    let Measured { what, value, unit, target, more } = measured;
    if as_json {
        output::line(json!({ "what": what, "value": value, "unit": unit, "target": target, "more": more }));
    } else {
        output::line(format_args!("{what:<48} {value:>10.2} {unit:<12} {target:<10} {more}"));
    }
}

/// Class S, one after the other on one thread, with everything checked.
fn seeds(bench: &Bench, interrupt: &Interrupt) -> Measured {
    let count = if bench.quick { 100 } else { 1_000 };
    let (progress, start) = (Progress::new(count, "seeds"), clock::now());
    let mut done = 0.0;
    for seed in (0..count).take_while(|_| !interrupt.is_pressed()) {
        let _outcome = swarm::run(&Plan::draw(seed, Some(Class::S)), Vec::new());
        progress.step("checking all");
        done += 1.0;
    }
    Measured {
        what: "class-S seeds, all properties checked".into(),
        value: done / start.elapsed().as_secs_f64(),
        unit: "seeds/s",
        target: ">= 20",
        more: String::from("one thread"),
    }
}

/// An idle cluster in which everybody knows everybody, with plain frames and nothing checked.
fn events(members: u32, bench: &Bench, interrupt: &Interrupt) -> Measured {
    let seconds = if bench.quick { 5 } else { 60 };
    let mut cluster = boot(members, interrupt);
    let (calls, start) = (cluster.calls(), clock::now());
    pass(&mut cluster, seconds, interrupt);
    Measured {
        what: format!("calls of {members} machines, nothing checked"),
        value: (cluster.calls() - calls) as f64 / start.elapsed().as_secs_f64() / 1e6,
        unit: "M calls/s",
        target: if members > 1_000 { ">= 2.5" } else { ">= 5" },
        more: format!("{seconds} s of the cluster; one thread"),
    }
}

/// Many nodes at once: what a node keeps of the others is all that counts.
fn size(bench: &Bench, interrupt: &Interrupt) -> Measured {
    let members = bench.nodes;
    let start = clock::now();
    let mut cluster = boot(members, interrupt);
    pass(&mut cluster, 60, interrupt);
    let known: usize = nodes(&cluster).map(|node| node.members().len()).sum();
    Measured {
        what: format!("{members} nodes, boot and 60 s"),
        value: memory("VmHWM:") / 1_048_576.0,
        unit: "GiB at most",
        target: "<= 16",
        more: format!(
            "{:.0} B per node and member; {:.0} s of time",
            memory("VmHWM:") * 1_024.0 / known as f64,
            start.elapsed().as_secs_f64()
        ),
    }
}

/// Nothing may grow with the age of a cluster.
fn month(bench: &Bench, interrupt: &Interrupt) -> Measured {
    let days: u64 = if bench.quick { 1 } else { 30 };
    let start = clock::now();
    let mut cluster = boot(32, interrupt);
    let progress = Progress::new(days * 24, "hours");
    let mut first_day = 0.0;
    for hour in (0..days * 24).take_while(|_| !interrupt.is_pressed()) {
        cluster.run_for(Duration::from_secs(3_600));
        progress.step("32 nodes");
        if hour == 23 {
            first_day = memory("VmRSS:");
        }
    }
    Measured {
        what: format!("32 nodes, {days} days"),
        value: start.elapsed().as_secs_f64() / 60.0,
        unit: "min",
        target: "<= 15",
        more: format!("{first_day:.0} KiB after a day, {:.0} KiB at the end", memory("VmRSS:")),
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
    let is_full = |cluster: &Cluster<Node>| nodes(cluster).all(|node| node.members().len() == members as usize);
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

/// What the kernel says of this process, in KiB; 0 where it says nothing.
fn memory(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0.0)
}
