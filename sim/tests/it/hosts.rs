//! Computers that pause, dawdle, move and have clocks of their own.

use std::time::Duration;

use sim::{Arrival, Cluster, Flush, Link, NodeId};
use swim_core::{Instant, Machine as _};

use crate::toy::{Heard, Toy, addr, arrivals, calm, ms, texts};

#[test]
fn a_paused_node_does_nothing_and_finds_afterwards_all_that_waited() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.pause(b);
    for number in 0..5 {
        cluster.with(a, |toy, _| toy.send(addr(1), &number.to_string()));
        cluster.run_for(ms(100));
    }
    assert!(texts(&cluster, b).is_empty());
    cluster.resume(b);
    cluster.run_for(ms(1));
    assert_eq!(texts(&cluster, b), ["0", "1", "2", "3", "4"]);
    assert_eq!(cluster.events().last().expect("it heard").at, Instant::ZERO + ms(500));
}

#[test]
fn a_paused_node_misses_its_deadlines_and_is_woken_once_it_goes_on() {
    let mut cluster = Cluster::new(1);
    let node = cluster.add(addr(0), |seed, now| Toy::busy(seed, now, 1));
    cluster.run_for(ms(100));
    cluster.pause(node);
    let before = cluster.calls();
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(cluster.calls(), before);
    cluster.resume(node);
    cluster.run_for(ms(10));
    assert!(cluster.calls() > before);
}

#[test]
fn a_node_that_crashes_while_paused_starts_again_without_what_waited() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.pause(b);
    cluster.with(a, |toy, _| toy.send(addr(1), "lost"));
    cluster.run_for(ms(10));
    cluster.restart(b, Toy::calm);
    cluster.with(a, |toy, _| toy.send(addr(1), "heard"));
    cluster.run_for(ms(10));
    assert_eq!(texts(&cluster, b), ["heard"]);
}

#[test]
fn whoever_dials_a_paused_or_busy_node_that_crashes_is_refused() {
    let hinder: [fn(&mut Cluster<Toy>, NodeId); 3] = [
        |cluster, node| cluster.pause(node),
        |cluster, node| {
            cluster.set_service_time(node, ms(5_000));
            cluster.nudge(node);
        },
        |_, _| (),
    ];
    for (case, hinder) in hinder.into_iter().enumerate() {
        let mut cluster = Cluster::new(1);
        let [a, b] = calm(&mut cluster);
        hinder(&mut cluster, b);
        cluster.with(a, |toy, _| toy.connect(addr(1)));
        cluster.run_for(if case < 2 { ms(100) } else { Duration::ZERO });
        cluster.crash(b);
        cluster.run_for(ms(10));
        assert_eq!(arrivals(&cluster, a), [Arrival::Failed], "case {case}");
    }
}

#[test]
fn whoever_dials_a_node_that_crashed_while_it_was_paused_is_refused() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.pause(b);
    cluster.crash(b);
    cluster.with(a, |toy, _| toy.connect(addr(1)));
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a), [Arrival::Failed]);
}

#[test]
fn what_is_under_way_to_a_node_that_moves_does_not_reach_it() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(5)..=ms(5), loss: 0.0 });
    cluster.with(a, |toy, _| {
        toy.send(addr(1), "to the old address");
        toy.connect(addr(1));
    });
    cluster.restart_at(b, addr(9), Toy::calm);
    let c = cluster.add(addr(1), Toy::calm);
    cluster.run_for(ms(20));
    assert_eq!((texts(&cluster, b).len(), texts(&cluster, c)), (0, vec!["to the old address"]));
    assert_eq!((arrivals(&cluster, a), arrivals(&cluster, b)), (vec![Arrival::Failed], vec![]));
}

#[test]
fn what_is_held_comes_from_where_it_was_sent_and_goes_to_where_it_was_sent() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.hold(&[a], &[b]);
    cluster.network.hold(&[b], &[a]);
    cluster.with(a, |toy, _| toy.send(addr(1), "to the old address"));
    cluster.with(b, |toy, _| toy.send(addr(0), "from the old address"));
    cluster.restart_at(b, addr(9), Toy::calm);
    cluster.release();
    cluster.run_for(ms(10));
    assert_eq!((texts(&cluster, a), texts(&cluster, b).len()), (vec!["from the old address"], 0));
    let Heard::Datagram { from, .. } = &cluster.events()[0].event else { panic!("no datagram") };
    assert_eq!((from, cluster.network.traffic().unheard), (&addr(1), 1));
}

#[test]
fn a_slow_node_takes_one_thing_after_the_other() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(1)..=ms(1), loss: 0.0 });
    cluster.set_service_time(b, ms(100));
    for _ in 0..4 {
        cluster.with(a, |toy, _| toy.send(addr(1), "x"));
    }
    cluster.run_for(Duration::from_secs(1));
    let heard: Vec<_> = cluster.events().iter().map(|seen| seen.at.since(Instant::ZERO)).collect();
    assert_eq!(heard, [ms(1), ms(101), ms(201), ms(301)]);
}

#[test]
fn a_node_that_wakes_late_is_late_by_no_more_than_was_set() {
    let mut cluster = Cluster::new(1);
    let node = cluster.add(addr(0), |seed, now| Toy::busy(seed, now, 1));
    cluster.set_lateness(node, ms(500)..=ms(500));
    cluster.run_for(Duration::from_secs(10)); // some two thousand calls, were it in time
    assert!(cluster.calls() < 100, "{} calls in ten seconds", cluster.calls());
}

#[test]
fn what_a_node_that_batches_has_to_send_waits_until_it_is_woken() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(1)..=ms(1), loss: 0.0 });
    cluster.set_lateness(a, ms(50)..=ms(50));
    cluster.set_flush(a, Flush::WhenWoken { at_most: None });
    for text in ["one", "two"] {
        cluster.with(a, |toy, _| toy.send(addr(1), text));
        cluster.run_for(ms(20));
    }
    assert!(texts(&cluster, b).is_empty());
    cluster.run_for(ms(20));
    let heard: Vec<_> = cluster.events().iter().map(|seen| seen.at.since(Instant::ZERO)).collect();
    assert_eq!((texts(&cluster, b), heard), (vec!["one", "two"], vec![ms(51), ms(51)]));
    cluster.set_flush(a, Flush::AtOnce);
    cluster.with(a, |toy, _| toy.send(addr(1), "three"));
    cluster.run_for(ms(2));
    assert_eq!(texts(&cluster, b).len(), 3);
}

#[test]
fn of_what_waits_a_node_takes_no_more_at_a_time_than_was_set() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(1)..=ms(1), loss: 0.0 });
    cluster.set_lateness(a, ms(10)..=ms(10));
    cluster.set_flush(a, Flush::WhenWoken { at_most: Some(2) });
    for text in ["one", "two", "three", "four", "five"] {
        cluster.with(a, |toy, _| toy.send(addr(1), text));
    }
    cluster.run_for(ms(1_000));
    let heard: Vec<_> = cluster.events().iter().map(|seen| seen.at.since(Instant::ZERO)).collect();
    assert_eq!(texts(&cluster, b), ["one", "two", "three", "four", "five"]);
    assert_eq!(heard, [ms(11), ms(11), ms(21), ms(21), ms(31)]);
}

#[test]
fn a_nudge_wakes_a_machine_that_did_not_ask() {
    let mut cluster = Cluster::<Toy>::new(1);
    let [a] = calm(&mut cluster);
    let before = cluster.calls();
    cluster.nudge(a);
    assert_eq!(cluster.calls(), before + 1);
}

#[test]
fn a_fast_clock_brings_deadlines_forward_and_a_slow_one_puts_them_off() {
    let calls = |rate| {
        let mut cluster = Cluster::new(1);
        let node = cluster.add(addr(0), |seed, now| Toy::busy(seed, now, 1));
        cluster.set_clock_rate(node, rate);
        cluster.run_for(Duration::from_secs(10));
        cluster.calls() as f64
    };
    let (slow, right, fast) = (calls(500), calls(1_000), calls(2_000));
    assert!((0.4..0.6).contains(&(slow / right)), "{slow} and {right}");
    assert!((1.8..2.2).contains(&(fast / right)), "{fast} and {right}");
}

#[test]
fn a_clock_that_stands_still_has_no_deadlines_until_it_goes_on() {
    let mut cluster = Cluster::new(1);
    let node = cluster.add(addr(0), |seed, now| Toy::busy(seed, now, 1));
    cluster.run_for(ms(50));
    cluster.set_clock_rate(node, 0);
    cluster.run_for(ms(50));
    let before = cluster.calls();
    cluster.run_for(Duration::from_secs(10));
    assert!(cluster.calls() <= before + 1);
    cluster.set_clock_rate(node, 1_000);
    cluster.run_for(Duration::from_secs(1));
    assert!(cluster.calls() > before + 10);
}

#[test]
fn a_clock_can_be_set_back_and_forward_and_shows_what_it_was_set_to() {
    let mut cluster = Cluster::<Toy>::new(1);
    let [a] = calm(&mut cluster);
    cluster.run_for(Duration::from_secs(100));
    cluster.set_clock(a, Instant::ZERO + ms(7));
    cluster.run_for(ms(3));
    assert_eq!(cluster.clock(a), Instant::ZERO + ms(10));
    let seen = cluster.with(a, |_, now| now);
    assert_eq!(seen, Some(Instant::ZERO + ms(10)));
    cluster.set_clock(a, Instant::ZERO + Duration::from_secs(5_000));
    cluster.run_for(ms(1));
    assert!(cluster.machines().get(a).is_some_and(|toy| toy.poll_timeout().is_some()));
}

#[test]
fn a_node_that_moved_is_found_at_its_new_address_only() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.restart_at(b, addr(9), Toy::calm);
    for place in [1, 9] {
        cluster.with(a, |toy, _| toy.send(addr(place), &place.to_string()));
    }
    cluster.run_for(ms(10));
    assert_eq!(texts(&cluster, b), ["9"]);
}

#[test]
fn a_node_that_bounces_is_away_for_a_while() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.bounce(b, ms(100), Toy::calm);
    for _ in 0..3 {
        cluster.with(a, |toy, _| toy.send(addr(1), "x"));
        cluster.run_for(ms(70));
    }
    assert_eq!(texts(&cluster, b).len(), 1);
}
