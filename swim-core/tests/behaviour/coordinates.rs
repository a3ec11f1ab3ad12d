//! Knowing how far the others are, without measuring every pair.

use std::time::Duration;

use proptest::prelude::{any, prop_assert, proptest};
use swim_codec::{Coordinate, Fingerprint, Message, Nonce, Ping, Status};
use swim_core::{DropReason, StreamId, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, ack};

/// So many seconds from the middle, along the first axis.
fn at(seconds: f32) -> Coordinate {
    Coordinate { vector: [seconds, 0., 0., 0., 0., 0., 0., 0.], height: 1e-5, adjustment: 0., error: 0.1 }
}

/// The node pings `target`, which answers after `rtt` and says where it is.
fn probe(lab: &mut Lab, target: &Puppet, rtt: Duration, coordinate: Coordinate) {
    lab.clear();
    let nonce = lab.until_pinged(target, &[]);
    lab.pass(rtt);
    lab.hear(target, &[ack(nonce), Message::Coordinate(coordinate)]);
}

fn coordinates_told(lab: &Lab, to: &Puppet) -> Vec<Coordinate> {
    let told = lab.told(to).into_iter();
    told.filter_map(|message| if let Message::Coordinate(it) = message { Some(it) } else { None }).collect()
}

#[test]
fn an_ack_to_a_member_brings_a_coordinate_in_46_bytes() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass_with(SECOND * 60, &[&bob]);
    lab.clear();
    let ping = Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() };
    lab.hear(&bob, &[Message::Ping(ping)]);
    let (_, _, len, messages) = lab.datagrams().next().expect("the answer");
    assert!(matches!(messages, [Message::Ack(_), Message::Coordinate(_)]), "{messages:?}");
    assert_eq!(len, 36 + 18 + 46 + 16);
    assert_eq!(coordinates_told(&lab, &bob), [lab.node.coordinate()]);
}

#[test]
fn a_ping_and_gossip_bring_none() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass(SECOND * 3);
    assert!(lab.datagrams().count() > 3);
    assert_eq!(coordinates_told(&lab, &bob), []);
}

#[test]
fn estimates_come_to_match_the_round_trips() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    for _ in 0..100 {
        probe(&mut lab, &bob, MS * 80, at(0.02));
    }
    let estimate = lab.node.estimate_rtt("node", "bob").expect("both are known");
    assert!((MS * 78..MS * 82).contains(&estimate), "{estimate:?}");
    assert_eq!(lab.node.estimate_rtt("bob", "node"), Some(estimate));
    assert!(lab.node.coordinate().error < 0.2);
}

#[test]
fn two_others_are_as_far_from_each_other_as_they_say() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    for (puppet, place) in [(&bob, at(0.03)), (&carol, at(-0.02))] {
        lab.clear();
        let other = if puppet.addr == bob.addr { &carol } else { &bob };
        let nonce = lab.until_pinged(puppet, &[other]);
        lab.hear(puppet, &[ack(nonce), Message::Coordinate(place)]);
    }
    let estimate = lab.node.estimate_rtt("bob", "carol").expect("both are known");
    assert!(estimate.abs_diff(MS * 50) < MS / 10, "{estimate:?}");
}

#[test]
fn there_is_no_estimate_for_the_unknown_and_the_unheard() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    assert_eq!(lab.node.estimate_rtt("node", "nobody"), None);
    assert_eq!(lab.node.estimate_rtt("nobody", "nobody"), None);
    assert_eq!(lab.node.estimate_rtt("node", "bob"), None);
    assert_eq!(lab.node.estimate_rtt("node", "node"), Some(Duration::ZERO));
    probe(&mut lab, &bob, MS, at(0.01));
    assert!(lab.node.estimate_rtt("node", "bob").is_some());
    assert_eq!(lab.node.estimate_rtt("bob", "bob"), Some(Duration::ZERO));
}

#[test]
fn a_member_that_says_no_coordinate_is_probed_as_ever() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass_with(SECOND * 60, &[&bob]);
    assert_eq!(lab.node.stats().probes_failed, 0);
    assert_eq!(lab.node.estimate_rtt("node", "bob"), None);
}

#[test]
fn one_late_ack_moves_nobody() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    for _ in 0..50 {
        probe(&mut lab, &bob, MS * 10, at(0.005));
    }
    let before = lab.node.estimate_rtt("node", "bob").expect("both are known");
    probe(&mut lab, &bob, MS * 400, at(0.005));
    let after = lab.node.estimate_rtt("node", "bob").expect("both are known");
    assert!(before.abs_diff(after) < MS, "{before:?} {after:?}");
}

#[test]
fn absurd_coordinates_are_ignored_and_counted() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    probe(&mut lab, &bob, MS * 10, at(0.01));
    let (before, estimate) = (lab.node.coordinate(), lab.node.estimate_rtt("node", "bob"));
    let absurd = [
        at(f32::NAN),
        at(f32::INFINITY),
        at(10.5),
        Coordinate { height: -1.0, ..at(0.0) },
        Coordinate { adjustment: f32::NEG_INFINITY, ..at(0.0) },
        Coordinate { error: 1.6, ..at(0.0) },
    ];
    for coordinate in absurd {
        probe(&mut lab, &bob, MS * 10, coordinate);
    }
    assert_eq!(lab.dropped(DropReason::AbsurdCoordinate), 6);
    assert_eq!((lab.node.coordinate(), lab.node.estimate_rtt("node", "bob")), (before, estimate));
    assert_eq!(lab.node.stats().probes_failed, 0, "the acks counted all the same");
}

#[test]
fn a_coordinate_counts_once_and_only_behind_the_ack_that_measured_its_way() {
    let (bob, eve) = (Puppet::new("bob", 2), Puppet::new("eve", 3));
    let mut lab = Lab::knowing(&[&bob, &eve]);
    let unasked = [Message::Coordinate(at(1.0))];
    lab.hear(&bob, &unasked);
    lab.hear(&bob, &[ack(Nonce::from_u64(7)), unasked[0]]);
    let nonce = lab.until_pinged(&bob, &[&eve]);
    lab.pass(MS * 5);
    lab.hear(&bob, &[ack(nonce)]);
    lab.hear(&bob, &unasked);
    assert_eq!((lab.node.coordinate().vector, lab.node.estimate_rtt("node", "bob")), ([0.0; 8], None));
    lab.clear();
    let nonce = lab.until_pinged(&bob, &[&eve]);
    lab.pass(MS * 5);
    lab.hear(&bob, &[ack(nonce), unasked[0]]);
    let moved = lab.node.coordinate();
    assert_ne!(moved.vector, [0.0; 8]);
    lab.hear(&bob, &[ack(nonce), unasked[0]]);
    assert_eq!(lab.node.coordinate(), moved);
}

#[test]
fn the_ack_of_a_helper_measures_no_way() {
    let (bob, helper) = (Puppet::new("bob", 2), Puppet::new("helper", 3));
    let mut lab = Lab::knowing(&[&bob, &helper]);
    let nonce = lab.until_pinged(&bob, &[&helper]);
    lab.pass(MS * 600);
    lab.hear(&helper, &[ack(nonce), Message::Coordinate(at(1.0))]);
    assert_eq!(lab.node.coordinate().vector, [0.0; 8]);
    assert_eq!(lab.node.stats().probes_failed, 0);
}

#[test]
fn who_restarts_nearby_is_heard_anew() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    probe(&mut lab, &bob, MS, at(0.5));
    let far = lab.node.estimate_rtt("node", "bob").expect("both are known");
    probe(&mut lab, &bob, MS, at(0.0));
    assert!(lab.node.estimate_rtt("node", "bob").expect("both are known") < far);
}

#[test]
fn a_coordinate_on_a_stream_is_out_of_place() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let stream = StreamId::Accepted(0);
    lab.stream(stream, StreamInput::Accepted { from: bob.addr.clone() });
    let mut frame = bob.stream_frame(lab.id().destination(), &[Message::Coordinate(at(0.0))]);
    lab.stream(stream, StreamInput::Data(&mut frame));
    assert_eq!(lab.dropped(DropReason::OutOfPlace), 1);
    assert!(matches!(lab.sent.last(), Some(Sent::Abort { .. })));
}

#[test]
fn a_forgotten_member_leaves_no_coordinate() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    probe(&mut lab, &bob, MS, at(0.01));
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Left))]);
    lab.pass(lab.node.config().tombstone + SECOND);
    assert_eq!(lab.node.estimate_rtt("node", "bob"), None);
    lab.hear(&bob, &[Message::Claim(bob.claim(1, Status::Alive))]);
    assert_eq!(lab.node.estimate_rtt("node", "bob"), None);
}

proptest! {
    #[test]
    fn no_coordinate_leads_a_node_astray(bits in any::<[u32; 11]>(), rtt in 0u64..490) {
        let bob = Puppet::new("bob", 2);
        let mut lab = Lab::knowing(&[&bob]);
        probe(&mut lab, &bob, MS * u32::try_from(rtt).expect("small"), Coordinate::from_bits(bits));
        let here = lab.node.coordinate();
        prop_assert!(here.vector.iter().all(|component| component.abs() < 10.0), "{here:?}");
        prop_assert!((0.0..=10.0).contains(&here.height) && (0.0..=1.5).contains(&here.error), "{here:?}");
        let estimate = lab.node.estimate_rtt("node", "bob");
        prop_assert!(estimate.is_none_or(|estimate| estimate < SECOND * 80), "{estimate:?}");
    }
}
