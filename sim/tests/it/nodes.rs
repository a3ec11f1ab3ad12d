//! Nodes come, go and come back.

use std::cell::Cell;
use std::rc::Rc;

use sim::Cluster;
use swim_core::Instant;

use crate::toy::{Heard, Toy, addr, busy, calm, ms, texts};

#[test]
fn a_command_takes_effect_at_once_and_its_output_arrives_later() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.with(a, |toy, _| toy.send(addr(1), "hello"));
    assert!(texts(&cluster, b).is_empty());
    cluster.run_for(ms(2));
    let event = Heard::Datagram { from: addr(0), text: "hello".into() };
    assert_eq!(cluster.events().iter().map(|seen| &seen.event).collect::<Vec<_>>(), [&event]);
}

#[test]
fn a_crashed_node_hears_nothing_and_takes_no_command() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.with(a, |toy, _| toy.send(addr(1), "hello"));
    assert!(cluster.crash(b).is_some());
    assert!(cluster.crash(b).is_none());
    cluster.run_for(ms(10));
    assert!(texts(&cluster, b).is_empty());
    assert!(cluster.with(b, |_, _| ()).is_none());
    assert_eq!(cluster.network.traffic().unheard, 1);
}

#[test]
fn the_timers_of_a_crashed_node_never_fire() {
    let mut cluster = busy(1, 3);
    cluster.run_for(ms(100));
    for node in cluster.machines().nodes() {
        cluster.crash(node);
    }
    let calls = cluster.calls();
    cluster.run_for(ms(1000));
    assert_eq!(cluster.calls(), calls);
}

#[test]
fn every_life_of_a_node_has_another_seed() {
    let mut cluster = Cluster::new(1);
    let mut seeds = Vec::new();
    let node = cluster.add(addr(0), |seed, now| {
        seeds.push(seed);
        Toy::calm(seed, now)
    });
    for _ in 0..2 {
        cluster.restart(node, |seed, now| {
            seeds.push(seed);
            Toy::calm(seed, now)
        });
    }
    assert!(seeds[0] != seeds[1] && seeds[1] != seeds[2] && seeds[0] != seeds[2]);
}

#[test]
fn a_restarted_node_hears_again() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.crash(b);
    cluster.restart(b, Toy::calm);
    cluster.with(a, |toy, _| toy.send(addr(1), "welcome"));
    cluster.run_for(ms(2));
    assert_eq!(texts(&cluster, b), ["welcome"]);
}

#[test]
fn actions_run_at_their_time_and_may_do_anything() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.at(Instant::ZERO + ms(50), move |cluster| {
        cluster.with(a, |toy, _| toy.send(addr(1), "on time"));
    });
    cluster.run_for(ms(49));
    assert!(texts(&cluster, b).is_empty());
    cluster.run_for(ms(3));
    assert_eq!(texts(&cluster, b), ["on time"]);
}

#[test]
fn run_until_answers_the_moment_when_it_was_done() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.with(a, |toy, _| toy.send(addr(1), "hello"));
    let heard = cluster.run_until(Instant::ZERO + ms(5), |cluster| !texts(cluster, b).is_empty());
    assert_eq!(heard, Some(cluster.events()[0].at));
    let deadline = Instant::ZERO + ms(9);
    assert_eq!(cluster.run_until(deadline, |_| false), None);
    assert_eq!(cluster.now(), deadline);
}

#[test]
fn events_wait_in_the_machine_while_nobody_listens() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.set_listening(b, false);
    cluster.with(a, |toy, _| toy.send(addr(1), "hello"));
    cluster.run_for(ms(2));
    assert!(texts(&cluster, b).is_empty());
    cluster.set_listening(b, true);
    assert_eq!(texts(&cluster, b), ["hello"]);
}

#[test]
fn a_datagram_can_come_from_nowhere() {
    let mut cluster = Cluster::new(1);
    let [a] = calm(&mut cluster);
    cluster.inject(addr(99), a, b"boo");
    cluster.run_for(ms(0));
    assert_eq!(cluster.events()[0].event, Heard::Datagram { from: addr(99), text: "boo".into() });
}

#[test]
fn an_observer_sees_events_that_are_not_kept() {
    let mut cluster = Cluster::new(1);
    let [a, _] = calm(&mut cluster);
    let seen = Rc::new(Cell::new(0));
    let counter = Rc::clone(&seen);
    cluster.watch(move |step: &sim::Step<'_, Toy>| {
        counter.set(counter.get() + step.events.len());
        Ok(())
    });
    cluster.keep_events(false);
    cluster.with(a, |toy, _| toy.send(addr(1), "hello"));
    cluster.run_for(ms(2));
    assert_eq!((seen.get(), cluster.events().len()), (1, 0));
}
