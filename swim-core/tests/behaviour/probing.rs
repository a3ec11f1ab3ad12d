//! Finding out who is alive.

use std::time::Duration;

use swim_codec::{Ack, Coordinate, Fingerprint, Message, Nack, Nonce, Ping, PingReq, State, Status};
use swim_core::{DropReason, Fact};

use crate::lab::{Lab, MS, Puppet, SECOND, ack, addr, nonces_of_pings};

fn ping(nonce: u64) -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(nonce), fingerprint: Fingerprint::default() })
}

fn ping_reqs(lab: &Lab, helper: &Puppet) -> Vec<PingReq> {
    let told = lab.told(helper).into_iter();
    told.filter_map(|message| if let Message::PingReq(ping_req) = message { Some(ping_req) } else { None })
        .collect()
}

fn nonces_of_acks(lab: &Lab, to: &Puppet) -> Vec<Nonce> {
    let told = lab.told(to).into_iter();
    told.filter_map(|message| if let Message::Ack(ack) = message { Some(ack.nonce) } else { None }).collect()
}

fn nonces_of_nacks(lab: &Lab, to: &Puppet) -> Vec<Nonce> {
    let told = lab.told(to).into_iter();
    told.filter_map(|message| if let Message::Nack(nack) = message { Some(nack.nonce) } else { None })
        .collect()
}

#[test]
fn one_member_is_probed_per_interval_and_everybody_once_per_round() {
    let puppets: Vec<_> = (2..7).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 5, &all);
    lab.clear();
    lab.pass_with(SECOND * 10, &all);
    for puppet in all {
        assert_eq!(nonces_of_pings(&lab, puppet).len(), 2, "{}", puppet.name);
    }
    assert_eq!(lab.node.stats().probes_failed, 0);
}

#[test]
fn a_member_that_answers_is_never_suspected() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    lab.pass_with(SECOND * 1_000, &[&bob]);
    assert_eq!(lab.facts, []);
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn a_silent_member_is_suspected_at_the_end_of_the_interval_and_not_before() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.until_pinged(&bob, &[]);
    let begun = lab.datagrams().last().expect("the ping").1;
    lab.pass((begun + SECOND - MS).since(lab.now));
    assert_eq!(lab.state(&bob), Some(State::Alive));
    lab.pass(MS * 2);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
    let by = Some(crate::lab::name("node"));
    assert!(lab.facts.iter().any(|fact| matches!(fact, Fact::Suspected { by: b, .. } if *b == by)));
}

#[test]
fn an_ack_with_another_nonce_changes_nothing() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let nonce = lab.until_pinged(&bob, &[]);
    lab.hear(&bob, &[ack(Nonce::from_u64(nonce.get() ^ 1))]);
    assert_eq!(lab.dropped(DropReason::UnexpectedAnswer), 1);
    lab.pass(SECOND);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
}

#[test]
fn an_ack_from_somebody_who_was_not_asked_changes_nothing() {
    let (bob, eve) = (Puppet::new("bob", 2), Puppet::new("eve", 3));
    let mut lab = Lab::knowing(&[&bob, &eve]);
    let nonce = lab.until_pinged(&bob, &[&eve]);
    lab.hear(&eve, &[ack(nonce)]);
    assert_eq!(lab.dropped(DropReason::UnexpectedAnswer), 1);
}

#[test]
fn an_ack_counts_once() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let nonce = lab.until_pinged(&bob, &[]);
    lab.hear(&bob, &[ack(nonce)]);
    lab.hear(&bob, &[ack(nonce)]);
    assert_eq!(lab.dropped(DropReason::UnexpectedAnswer), 1);
}

#[test]
fn different_helpers_are_asked_once_the_direct_ping_had_its_time() {
    let bob = Puppet::new("bob", 2);
    let helpers: Vec<_> = (3..10).map(|port| Puppet::new(&format!("h{port}"), port)).collect();
    let all: Vec<_> = helpers.iter().chain([&bob]).collect();
    let others: Vec<_> = helpers.iter().collect();
    let mut lab = Lab::knowing(&all);
    let nonce = lab.until_pinged(&bob, &others);
    lab.pass_with(MS * 490, &others);
    assert!(all.iter().all(|helper| ping_reqs(&lab, helper).is_empty()));
    lab.pass_with(MS * 20, &others);
    let asked: Vec<_> = all.iter().flat_map(|helper| ping_reqs(&lab, helper)).collect();
    assert_eq!(asked, vec![PingReq { nonce, target: bob.id() }; 3]);
    assert!(ping_reqs(&lab, &bob).is_empty());
}

/// Lets bob answer so many probes, each after `rtt`.
fn answered(lab: &mut Lab, bob: &Puppet, rtt: Duration, times: u32, others: &[&Puppet]) {
    for _ in 0..times {
        lab.clear();
        let nonce = lab.until_pinged(bob, others);
        lab.pass_with(rtt, others);
        lab.hear(bob, &[ack(nonce), Message::Coordinate(Coordinate::from_bits([0; 11]))]);
    }
}

/// How long the next ping to bob may take before helpers are asked.
fn wait(lab: &mut Lab, bob: &Puppet, others: &[&Puppet]) -> Duration {
    lab.clear();
    lab.until_pinged(bob, others);
    let begun = lab.now;
    let asked = |lab: &Lab| others.iter().any(|helper| !ping_reqs(lab, helper).is_empty());
    while !asked(lab) {
        lab.pass_with(MS, others);
        assert!(lab.now.since(begun) < SECOND * 20, "nobody is asked");
    }
    lab.now.since(begun)
}

#[test]
fn a_member_that_usually_answers_soon_is_waited_for_less_but_never_less_than_a_quarter_of_the_timeout() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    assert_eq!(wait(&mut lab, &bob, &[&carol]), MS * 500, "nothing is known of it");
    let mut lab = Lab::knowing(&[&bob, &carol]);
    answered(&mut lab, &bob, MS * 2, 20, &[&carol]);
    assert_eq!(wait(&mut lab, &bob, &[&carol]), MS * 125);
    let mut lab = Lab::knowing(&[&bob, &carol]);
    answered(&mut lab, &bob, MS * 200, 40, &[&carol]);
    let usual = wait(&mut lab, &bob, &[&carol]);
    assert!((MS * 200..MS * 220).contains(&usual), "{usual:?}");
}

#[test]
fn a_member_that_never_answered_is_waited_for_as_long_as_others_took_when_they_answered_first() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    for (first, usual) in [(MS, 125), (MS * 80, 200), (MS * 100, 250), (MS * 300, 500)] {
        let mut lab = Lab::knowing(&[&bob, &carol]);
        answered(&mut lab, &carol, first, 1, &[&bob]);
        let waited = wait(&mut lab, &bob, &[&carol]);
        assert!((MS * usual..MS * (usual + 5)).contains(&waited), "{waited:?} after {first:?}");
    }
}

#[test]
fn no_member_is_waited_for_longer_than_the_timeout() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    for rtt in [10, 480, 10, 900, 700] {
        answered(&mut lab, &bob, MS * rtt, 1, &[&carol]);
    }
    assert_eq!(wait(&mut lab, &bob, &[&carol]), MS * 500);
}

#[test]
fn an_answer_through_a_helper_teaches_no_round_trip() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    for _ in 0..10 {
        lab.clear();
        let nonce = lab.until_pinged(&bob, &[&carol]);
        lab.pass_with(MS * 510, &[&carol]);
        lab.hear(&carol, &[ack(nonce), Message::Coordinate(Coordinate::from_bits([0; 11]))]);
    }
    assert_eq!(wait(&mut lab, &bob, &[&carol]), MS * 500);
}

#[test]
fn an_answer_through_a_helper_counts() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    let nonce = lab.until_pinged(&bob, &[&carol]);
    lab.pass(MS * 550);
    assert_eq!(ping_reqs(&lab, &carol).len(), 1);
    lab.hear(&carol, &[ack(nonce)]);
    lab.pass(MS * 500);
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn a_nack_alone_saves_nobody() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    let nonce = lab.until_pinged(&bob, &[&carol]);
    lab.pass(MS * 550);
    lab.hear(&carol, &[Message::Nack(Nack { nonce })]);
    assert_eq!(lab.dropped(DropReason::UnexpectedAnswer), 0);
    lab.pass_with(MS * 500, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
}

#[test]
fn a_helper_pings_with_a_nonce_of_its_own_and_passes_the_answer_on() {
    let (asker, target) = (Puppet::new("asker", 2), Puppet::new("target", 3));
    let mut lab = Lab::knowing(&[&asker, &target]);
    lab.clear();
    let asked = Nonce::from_u64(77);
    lab.hear(&asker, &[Message::PingReq(PingReq { nonce: asked, target: target.id() })]);
    let [nonce] = nonces_of_pings(&lab, &target)[..] else { panic!("one ping") };
    assert_ne!(nonce, asked);
    assert_eq!(nonces_of_acks(&lab, &asker), []);
    lab.hear(&asker, &[ack(nonce)]);
    assert_eq!(nonces_of_acks(&lab, &asker), [], "the asker cannot answer for the target");
    lab.hear(&target, &[ack(nonce)]);
    assert_eq!(nonces_of_acks(&lab, &asker), [asked]);
}

#[test]
fn a_helper_without_an_answer_says_so_in_time_and_still_passes_a_late_one_on() {
    let (asker, target) = (Puppet::new("asker", 2), Puppet::new("target", 3));
    let mut lab = Lab::knowing(&[&asker, &target]);
    lab.clear();
    let asked = Nonce::from_u64(77);
    lab.hear(&asker, &[Message::PingReq(PingReq { nonce: asked, target: target.id() })]);
    let nonce = nonces_of_pings(&lab, &target)[0];
    lab.pass(MS * 399);
    assert_eq!(nonces_of_nacks(&lab, &asker), []);
    lab.pass(MS);
    assert_eq!(nonces_of_nacks(&lab, &asker), [asked]);
    lab.hear(&target, &[ack(nonce)]);
    assert_eq!(nonces_of_acks(&lab, &asker), [asked]);
}

#[test]
fn a_helper_whose_driver_takes_nothing_does_not_say_that_there_is_no_answer() {
    for waiting in [0, 2_000] {
        let (asker, target) = (Puppet::new("asker", 2), Puppet::new("target", 3));
        let mut lab = Lab::knowing(&[&asker, &target]);
        lab.clear();
        lab.pass_untaken(waiting, SECOND);
        let request = PingReq { nonce: Nonce::from_u64(77), target: target.id() };
        lab.hear_untaken(&asker, &[Message::PingReq(request)]);
        lab.pass_untaken(10, MS * 100);
        lab.drain();
        assert_eq!(nonces_of_nacks(&lab, &asker), [], "behind {waiting} s");
    }
}

#[test]
fn a_helper_forgets_a_ping_that_was_never_answered() {
    let (asker, target) = (Puppet::new("asker", 2), Puppet::new("target", 3));
    let mut lab = Lab::knowing(&[&asker, &target]);
    lab.clear();
    lab.hear(&asker, &[Message::PingReq(PingReq { nonce: Nonce::from_u64(77), target: target.id() })]);
    let nonce = nonces_of_pings(&lab, &target)[0];
    lab.pass(MS * 1_401);
    lab.hear(&target, &[ack(nonce)]);
    assert_eq!(nonces_of_acks(&lab, &asker), []);
    assert_eq!(lab.dropped(DropReason::UnexpectedAnswer), 1);
}

#[test]
fn a_helper_pings_only_members_that_it_knows_to_be_there() {
    let (asker, left) = (Puppet::new("asker", 2), Puppet::new("left", 3));
    let mut lab = Lab::knowing(&[&asker, &left]);
    lab.part(&left, 0);
    for target in [Puppet::new("stranger", 4).id(), left.id(), lab.id()] {
        lab.clear();
        lab.hear(&asker, &[Message::PingReq(PingReq { nonce: Nonce::from_u64(1), target })]);
        assert_eq!(lab.sent.len(), 0, "{:?}", lab.sent);
    }
    assert_eq!(lab.dropped(DropReason::UnknownTarget), 3);
}

#[test]
fn a_helper_serves_64_pings_at_a_time() {
    let (asker, target) = (Puppet::new("asker", 2), Puppet::new("target", 3));
    let mut lab = Lab::knowing(&[&asker, &target]);
    for nonce in 0..70 {
        let nonce = Nonce::from_u64(nonce);
        lab.hear(&asker, &[Message::PingReq(PingReq { nonce, target: target.id() })]);
    }
    assert_eq!(lab.dropped(DropReason::TooManyRelays), 6);
    lab.pass(SECOND * 2);
    lab.hear(&asker, &[Message::PingReq(PingReq { nonce: Nonce::from_u64(99), target: target.id() })]);
    assert_eq!(lab.dropped(DropReason::TooManyRelays), 6);
}

#[test]
fn a_helper_sends_the_target_no_more_bytes_than_it_was_sent() {
    let (asker, target) = (Puppet::new("asker", 2), Puppet::new("target", 3));
    let mut lab = Lab::knowing(&[&asker, &target]);
    let request = Message::PingReq(PingReq { nonce: Nonce::from_u64(1), target: target.id() });
    lab.clear();
    lab.hear(&asker, &[request]);
    let (to, _, len, _) = lab.datagrams().next().expect("the ping");
    assert_eq!(*to, target.addr);
    assert!(len <= asker.datagram(lab.id().destination(), &[request]).len());
}

#[test]
fn a_ping_is_answered_to_where_it_came_from_and_with_its_nonce() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    let mut datagram = bob.datagram(lab.id().destination(), &[ping(5)]);
    lab.hear_bytes(&addr(999), &mut datagram);
    let (to, _, _, messages) = lab.datagrams().next().expect("an ack");
    assert_eq!(*to, addr(999));
    assert!(matches!(messages[..], [Message::Ack(Ack { nonce, .. })] if nonce.get() == 5));
}

#[test]
fn an_unknown_address_gets_no_more_bytes_than_it_sent() {
    let puppets: Vec<_> = (2..40).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    lab.clear();
    for (from, port) in [(Puppet::new("stranger", 99), 99), (Puppet::new("m2", 99), 99)] {
        let mut datagram = from.datagram(lab.id().destination(), &[ping(5)]);
        let len = datagram.len();
        lab.hear_bytes(&addr(port), &mut datagram);
        let answered: usize = lab.datagrams().map(|(_, _, len, _)| len).sum();
        assert!(answered <= len, "{answered} bytes for {len}");
        lab.clear();
    }
}

#[test]
fn a_ping_to_a_suspected_member_bears_the_suspicion() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.pass_with(SECOND * 30, &[&bob, &carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Suspect { by: carol.id() }))]);
    lab.clear();
    lab.until_pinged(&bob, &[&carol]);
    let told = lab.told(&bob);
    let suspicion = Message::Claim(bob.claim(0, Status::Suspect { by: carol.id() }));
    assert!(told.contains(&suspicion), "{told:?}");
}

#[test]
fn a_dead_member_that_pings_is_told_that_it_is_dead() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    let death = Message::Claim(bob.claim(0, Status::Dead { by: carol.id() }));
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    lab.hear(&bob, &[ping(1)]);
    assert!(lab.told(&bob).contains(&death));
}

#[test]
fn a_lonely_node_sends_nothing_and_has_a_deadline_all_the_same() {
    use swim_core::Machine as _;
    let mut lab = Lab::new();
    lab.pass(SECOND * 100);
    assert_eq!(lab.sent.len(), 0);
    assert!(lab.node.poll_timeout().is_some());
}
