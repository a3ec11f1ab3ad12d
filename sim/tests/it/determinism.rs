//! One seed, one run.

use sim::{Cluster, Link, TraceHash, Verdict};
use swim_core::Instant;

use crate::toy::{Toy, busy, ms};

/// A run with a bit of everything.
fn run(seed: u64) -> Cluster<Toy> {
    let mut cluster = busy(seed, 6);
    let nodes: Vec<_> = cluster.machines().nodes().collect();
    cluster.network.set_links(Link { loss: 0.1, ..Link::default() });
    cluster.network.add_rule(move |now: Instant, _, to, _: &[u8]| {
        if to == nodes[5] && now.as_nanos().is_multiple_of(3) {
            Verdict::Duplicate(ms(7))
        } else {
            Verdict::Pass
        }
    });
    cluster.run_for(ms(500));
    let nodes: Vec<_> = cluster.machines().nodes().collect();
    cluster.network.partition(&[&nodes[..2], &nodes[2..]]);
    cluster.crash(nodes[3]);
    cluster.run_for(ms(500));
    cluster.network.repair();
    cluster.restart(nodes[3], |seed, now| Toy::busy(seed, now, 6));
    cluster.run_for(ms(12_000));
    assert_eq!(cluster.violation(), None);
    cluster
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (one, two) = (run(1), run(1));
    assert_eq!(one.trace_hash(), two.trace_hash());
    assert_eq!(one.events(), two.events());
    assert!(one.calls() > 10_000, "only {} calls", one.calls());
}

#[test]
fn another_seed_is_another_run() {
    assert_ne!(run(1).trace_hash(), run(2).trace_hash());
}

#[test]
fn a_run_is_the_same_on_another_thread() {
    let elsewhere = std::thread::spawn(|| run(1).trace_hash());
    assert_eq!(run(1).trace_hash(), elsewhere.join().unwrap());
}

/// Changes only when the simulator itself changes what a seed means; say so where you change it.
#[test]
fn the_run_of_seed_1_never_changes() {
    assert_eq!(run(1).trace_hash(), TraceHash(0xb29dfc516817cfdf4df24e4c136b53c0));
}
