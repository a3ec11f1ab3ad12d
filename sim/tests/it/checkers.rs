//! Checkers see everything and can stop everything.

use sim::{Broken, Call, Cluster, Step};

use crate::toy::{Toy, addr, busy, calm, ms};

#[test]
fn a_checker_that_objects_stops_the_run_there() {
    let mut cluster = busy(5, 3);
    cluster.watch(|step: &Step<'_, Toy>| match step.call {
        Call::Datagram { bytes, .. } if step.now.as_nanos() > 30_000_000 => {
            Err(Broken { rule: "peace", text: format!("{} bytes", bytes.len()) })
        }
        _ => Ok(()),
    });
    cluster.run_for(ms(1000));
    let violation = cluster.violation().expect("no violation").clone();
    assert_eq!((violation.rule, violation.seed), ("peace", 5.into()));
    assert_eq!(violation.time, cluster.now());
    let hash = cluster.trace_hash();
    cluster.run_for(ms(1000));
    assert_eq!(cluster.trace_hash(), hash);
}

#[test]
fn an_explanation_names_the_seed_and_shows_what_the_node_saw_last() {
    let mut cluster = Cluster::new(77);
    let [a, _] = calm(&mut cluster);
    cluster.watch(|step: &Step<'_, Toy>| match step.events {
        [] => Ok(()),
        _ => Err(Broken { rule: "silence", text: "it heard something".into() }),
    });
    cluster.with(a, |toy, _| toy.send(addr(1), "psst"));
    cluster.run_for(ms(10));
    let text = cluster.explain().expect("no violation");
    for part in ["silence broken by n1 at 0.00", "seed 77: it heard something", "datagram of 4 bytes", "psst"]
    {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[test]
fn checkers_see_the_bytes_as_they_arrived_and_the_machine_after_the_call() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.watch(move |step: &Step<'_, Toy>| {
        assert!(step.machines.get(b).is_some() || step.node == a);
        match step.call {
            Call::Datagram { bytes: b"hello", .. } => Err(Broken { rule: "seen", text: String::new() }),
            _ => Ok(()),
        }
    });
    cluster.with(a, |toy, _| toy.send(addr(1), "hello"));
    cluster.run_for(ms(10));
    assert_eq!(cluster.violation().map(|violation| violation.rule), Some("seen"));
}

#[test]
fn a_machine_that_wants_to_be_woken_at_once_for_ever_is_stuck() {
    let mut cluster = Cluster::new(1);
    let node = cluster.add(addr(0), Toy::stuck);
    cluster.run_for(ms(10));
    let violation = cluster.violation().expect("no violation");
    assert_eq!((violation.rule, violation.node), ("S10", node));
}
