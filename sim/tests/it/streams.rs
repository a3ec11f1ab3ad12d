//! Streams by the contract.

use sim::{Arrival, Cluster, Link, NodeId};
use swim_core::{Instant, StreamId};

use crate::toy::{Heard, Toy, addr, arrivals, calm, ms};

/// A stream between two nodes, connected.
fn connected(cluster: &mut Cluster<Toy>) -> ([NodeId; 2], StreamId, StreamId) {
    let [a, b] = calm(cluster);
    let dialed = cluster.with(a, |toy, _| toy.connect(addr(1))).unwrap();
    cluster.run_for(ms(10));
    let accepted = cluster.events().iter().find_map(|seen| match seen.event {
        Heard::Stream(stream @ StreamId::Accepted(_), _) => Some(stream),
        _ => None,
    });
    ([a, b], dialed, accepted.unwrap())
}

fn data(bytes: &[u8]) -> Arrival {
    Arrival::Data(bytes.to_vec())
}

#[test]
fn a_connection_shows_the_host_of_the_dialler_but_not_its_port() {
    let mut cluster = Cluster::new(1);
    let ([a, b], ..) = connected(&mut cluster);
    assert_eq!(arrivals(&cluster, a), [Arrival::Connected]);
    let [Arrival::Accepted { from }] = &arrivals(&cluster, b)[..] else { panic!("not accepted") };
    assert_eq!(from.as_ip().unwrap().ip(), addr(0).as_ip().unwrap().ip());
    assert_ne!(*from, addr(0));
}

#[test]
fn a_whole_exchange_ends_at_both_ends() {
    let mut cluster = Cluster::new(1);
    let ([a, b], dialed, accepted) = connected(&mut cluster);
    cluster.with(a, |toy, _| {
        toy.write(dialed, b"what is new?");
        toy.finish(dialed);
    });
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a)[1..], [Arrival::Written]);
    assert_eq!(arrivals(&cluster, b)[1..], [data(b"what is new?"), Arrival::Finished]);
    cluster.with(b, |toy, _| toy.write(accepted, b"nothing"));
    cluster.run_for(ms(10));
    cluster.with(b, |toy, _| toy.finish(accepted));
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a)[2..], [data(b"nothing"), Arrival::Finished]);
    assert_eq!(arrivals(&cluster, b)[3..], [Arrival::Written]);
    assert_eq!(cluster.violation(), None);
}

#[test]
fn a_long_write_arrives_in_pieces_and_in_order_even_with_loss() {
    let mut cluster = Cluster::new(1);
    let ([a, b], dialed, _) = connected(&mut cluster);
    cluster.network.set_links(Link { loss: 0.5, ..Link::default() });
    let long: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    cluster.with(a, |toy, _| toy.write(dialed, &long));
    cluster.run_for(ms(20_000));
    let pieces =
        cluster.events().iter().filter(|seen| matches!(seen.event, Heard::Stream(_, Arrival::Data(_))));
    assert!(pieces.count() > 3);
    assert_eq!(arrivals(&cluster, b)[1..], [data(&long)]);
    assert_eq!(arrivals(&cluster, a)[1..], [Arrival::Written]);
}

#[test]
fn an_abort_fails_at_the_peer_and_what_was_under_way_is_lost() {
    let mut cluster = Cluster::new(1);
    let ([a, b], dialed, _) = connected(&mut cluster);
    cluster.with(a, |toy, _| {
        toy.write(dialed, b"never mind");
        toy.abort(dialed);
    });
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a)[1..], []);
    assert_eq!(arrivals(&cluster, b)[1..], [Arrival::Failed]);
}

#[test]
fn a_connection_to_nobody_is_refused() {
    let mut cluster = Cluster::new(1);
    let [a] = calm(&mut cluster);
    cluster.with(a, |toy, _| toy.connect(addr(9)));
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a), [Arrival::Failed]);
}

#[test]
fn a_connection_to_a_node_that_is_down_is_refused() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.crash(b);
    cluster.with(a, |toy, _| toy.connect(addr(1)));
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a), [Arrival::Failed]);
}

#[test]
fn a_crash_fails_its_streams_at_the_other_ends_only() {
    let mut cluster = Cluster::new(1);
    let ([a, b], dialed, _) = connected(&mut cluster);
    cluster.with(a, |toy, _| toy.write(dialed, b"last words"));
    cluster.crash(a);
    cluster.restart(a, Toy::calm);
    cluster.run_for(ms(10));
    assert_eq!(arrivals(&cluster, a), [Arrival::Connected]);
    assert_eq!(arrivals(&cluster, b)[1..], [Arrival::Failed]);
}

#[test]
fn a_stream_outlives_a_short_partition() {
    let mut cluster = Cluster::new(1);
    let ([a, b], dialed, _) = connected(&mut cluster);
    cluster.network.isolate(b);
    cluster.with(a, |toy, _| toy.write(dialed, b"patience"));
    cluster.run_for(ms(5000));
    assert_eq!(arrivals(&cluster, b)[1..], []);
    cluster.network.repair();
    cluster.run_for(ms(1000));
    assert_eq!(arrivals(&cluster, b)[1..], [data(b"patience")]);
    assert_eq!(arrivals(&cluster, a)[1..], [Arrival::Written]);
}

#[test]
fn a_long_partition_fails_a_stream_at_both_ends() {
    let mut cluster = Cluster::new(1);
    let ([a, b], dialed, _) = connected(&mut cluster);
    cluster.network.isolate(b);
    cluster.with(a, |toy, _| toy.write(dialed, b"patience"));
    cluster.run_for(ms(12_000));
    assert_eq!(arrivals(&cluster, a)[1..], [Arrival::Failed]);
    assert_eq!(arrivals(&cluster, b)[1..], [Arrival::Failed]);
}

#[test]
fn a_connection_across_a_partition_fails_in_the_end() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.partition(&[&[a], &[b]]);
    cluster.with(a, |toy, _| toy.connect(addr(1)));
    cluster.run_for(ms(9000));
    assert_eq!(arrivals(&cluster, a), []);
    cluster.run_for(ms(3000));
    assert_eq!(arrivals(&cluster, a), [Arrival::Failed]);
    assert_eq!(arrivals(&cluster, b), []);
}

#[test]
fn a_machine_that_breaks_the_contract_stops_the_run() {
    let breach = |command: fn(&mut Toy, StreamId)| {
        let mut cluster = Cluster::new(1);
        let ([a, _], dialed, _) = connected(&mut cluster);
        cluster.with(a, |toy, _| command(toy, dialed));
        let violation = cluster.violation().expect("no violation");
        assert_eq!((violation.rule, violation.node), ("contract", a));
        cluster.run_for(ms(10));
        assert_eq!(cluster.now(), Instant::ZERO + ms(10));
    };
    breach(|toy, _| toy.write(StreamId::Dialed(99), b"who?"));
    breach(|toy, stream| {
        toy.write(stream, b"one");
        toy.write(stream, b"two");
    });
    breach(|toy, stream| {
        toy.finish(stream);
        toy.write(stream, b"oh, and");
    });
    breach(|toy, stream| {
        toy.abort(stream);
        toy.finish(stream);
    });
    breach(|toy, _| {
        let stream = toy.connect(addr(1));
        toy.write(stream, b"hasty");
    });
}
