//! Changing a node while it runs.

use std::time::Duration;

use swim_codec::{Ack, Key, Keyring, Message, Mode, State, Status};
use swim_core::{Config, DropReason, Fact, Instant, Local, Machine as _, Node, StreamId, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, addr, cluster, crowd, epoch, keyring, name};
use crate::streams::connects;
use crate::suspicion::{itself, suspected};

fn pings(lab: &Lab, to: &Puppet) -> usize {
    lab.told(to).iter().filter(|message| matches!(message, Message::Ping(_))).count()
}

fn change(lab: &mut Lab, change: impl FnOnce(&mut Config)) {
    let mut config = lab.node.config().clone();
    change(&mut config);
    lab.node.reconfigure(lab.now, config).expect("a valid config");
}

/// Pings within ten seconds after the interval changed from one to the other.
fn pings_after(from: Duration, to: Duration) -> usize {
    let bob = Puppet::new("bob", 2);
    let mut config = Config::lan();
    config.probe_interval = from;
    let mut lab = Lab::with_members(config, &[&bob]);
    lab.pass_with(from + SECOND, &[&bob]);
    change(&mut lab, |config| config.probe_interval = to);
    lab.clear();
    lab.pass_with(SECOND * 10, &[&bob]);
    pings(&lab, &bob)
}

#[test]
fn a_shorter_interval_holds_at_once() {
    assert_eq!(pings_after(SECOND * 3_600, SECOND), 10);
}

#[test]
fn a_longer_interval_holds_from_the_next_round_on() {
    assert_eq!(pings_after(SECOND, SECOND * 3_600), 1);
}

#[test]
fn a_lower_bound_of_members_forgets_nobody_and_lets_nobody_new_in() {
    let puppets = crowd(6);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.hear(all[0], &[Message::Claim(all[0].claim(0, Status::Left))]);
    lab.pass_with(SECOND * 3, &all[1..]);
    assert_eq!(lab.state(all[0]), Some(State::Left));
    change(&mut lab, |config| config.max_members = 3);
    let newcomer = Puppet::new("newcomer", 99);
    let claim = Message::Claim(newcomer.claim(0, Status::Alive));
    lab.hear(&newcomer, &[claim]);
    assert_eq!((lab.state(&newcomer), lab.state(all[0])), (None, Some(State::Left)), "{:?}", lab.facts);
    change(&mut lab, |config| config.max_members = 7);
    lab.hear(&newcomer, &[claim]);
    assert_eq!((lab.state(&newcomer), lab.state(all[0])), (Some(State::Alive), None), "{:?}", lab.facts);
}

#[test]
fn streams_that_are_open_end_within_a_shorter_timeout() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::new();
    lab.node.join(lab.now, std::slice::from_ref(&bob.addr));
    lab.stream(StreamId::Accepted(1), StreamInput::Accepted { from: carol.addr.clone() });
    lab.pass(SECOND / 2);
    change(&mut lab, |config| config.stream_timeout = SECOND / 4);
    let aborted = |lab: &Lab| lab.sent.iter().filter(|sent| matches!(sent, Sent::Abort { .. })).count();
    lab.pass(SECOND / 8);
    assert_eq!(aborted(&lab), 1, "the one that was accepted had its time");
    lab.pass(SECOND / 4);
    assert_eq!(aborted(&lab), 2);
}

#[test]
fn the_next_seeds_are_tried_within_a_shorter_probe_timeout() {
    let seeds: Vec<_> = (2..9).map(addr).collect();
    let mut lab = Lab::new();
    lab.node.join(lab.now, &seeds);
    change(&mut lab, |config| config.probe_timeout = SECOND / 10);
    lab.drain();
    lab.pass(SECOND / 5);
    assert_eq!(connects(&lab), seeds[..6]);
}

#[test]
fn a_probe_under_way_ends_within_a_shorter_interval_and_its_helpers_are_asked_within_a_shorter_timeout() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut config = Config::lan();
    (config.probe_interval, config.probe_timeout) = (SECOND * 3_600, SECOND * 1_800);
    let mut lab = Lab::with_members(config, &[&bob, &carol]);
    lab.pass(SECOND * 3_601);
    let suspected = |lab: &Lab| lab.facts.iter().any(|fact| matches!(fact, Fact::Suspected { .. }));
    change(&mut lab, |config| {
        (config.probe_interval, config.probe_timeout) = (SECOND, SECOND / 2);
    });
    lab.clear();
    lab.pass(SECOND / 2);
    let asked = lab.datagrams().any(|(.., messages)| matches!(messages[0], Message::PingReq(_)));
    assert!(asked && !suspected(&lab));
    lab.pass(SECOND / 2);
    assert!(suspected(&lab));
}

#[test]
fn a_refutation_that_is_due_comes_within_a_shorter_gossip_interval() {
    let bob = Puppet::new("bob", 2);
    let mut config = Config::lan();
    config.gossip_interval = SECOND * 10;
    let mut lab = Lab::with_members(config, &[&bob]);
    for incarnation in 0..2 {
        lab.hear(&bob, &[suspected(&itself(), incarnation, &bob)]);
    }
    assert_eq!(lab.node.stats().refutations, 1, "the second one waits");
    change(&mut lab, |config| config.gossip_interval = SECOND / 5);
    lab.pass(SECOND / 5);
    assert_eq!(lab.node.stats().refutations, 2);
}

#[test]
fn a_question_that_was_answered_is_asked_anew_within_a_shorter_heal_interval() {
    let (bob, twin) = (Puppet::new("bob", 2), Puppet { epoch: epoch(11), ..Puppet::new("bob", 3) });
    let elsewhere = [Message::Claim(twin.claim(0, Status::Alive))];
    let mut config = Config::lan();
    config.heal_interval = SECOND * 3_600;
    let mut lab = Lab::with_members(config, &[&bob]);
    lab.clear();
    lab.hear(&twin, &elsewhere);
    let asked = lab.told(&bob).into_iter().find_map(|message| match message {
        Message::Ping(ping) => Some(Message::Ack(Ack { nonce: ping.nonce, fingerprint: ping.fingerprint })),
        _ => None,
    });
    lab.hear(&bob, &[asked.expect("the old address is asked")]);
    change(&mut lab, |config| config.heal_interval = SECOND * 10);
    lab.pass_with(SECOND * 11, &[&bob]);
    lab.clear();
    lab.hear(&twin, &elsewhere);
    assert_eq!(pings(&lab, &bob), 1);
}

#[test]
fn a_namesake_that_did_not_answer_is_asked_anew_within_a_shorter_heal_interval() {
    let (bob, former) = (Puppet::new("bob", 2), Puppet { epoch: epoch(5), ..Puppet::new("node", 66) });
    let mut config = Config::lan();
    config.heal_interval = SECOND * 3_600;
    let mut lab = Lab::with_members(config, &[&bob]);
    lab.hear(&bob, &[Message::Claim(former.claim(3, Status::Alive))]);
    lab.pass_with(SECOND * 2, &[&bob]);
    assert_eq!(pings(&lab, &former), 3);
    lab.clear();
    change(&mut lab, |config| config.heal_interval = SECOND * 10);
    lab.pass_with(SECOND * 11, &[&bob]);
    assert_eq!(pings(&lab, &former), 3);
}

#[test]
fn a_configuration_out_of_range_changes_nothing() {
    let mut lab = Lab::new();
    let mut config = lab.node.config().clone();
    config.probe_interval = Duration::ZERO;
    let error = lab.node.reconfigure(lab.now, config).expect_err("out of range");
    assert_eq!(error.to_string(), "probe_interval must be at least 1ms");
    assert_eq!(*lab.node.config(), Config::lan());
}

#[test]
fn a_smaller_datagram_limit_holds_for_the_next_datagram() {
    let members: Vec<_> = (0..60).map(|i| Puppet::new(&format!("member{i:020}"), 100 + i)).collect();
    let mut lab = Lab::with_members(Config::lan(), &members.iter().collect::<Vec<_>>());
    let largest = |lab: &Lab| lab.datagrams().map(|(_, _, len, _)| len).max();
    lab.pass(SECOND * 2);
    assert!(largest(&lab) > Some(1_100));
    change(&mut lab, |config| config.datagram_limit = 1_024);
    lab.clear();
    lab.pass(SECOND * 2);
    assert!(largest(&lab) <= Some(1_024));
}

#[test]
fn doubt_falls_to_a_lower_limit() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let addr = lab.node.local().addr();
    for incarnation in 0..5 {
        let claim = swim_codec::Claim {
            name: "node",
            addr: addr.as_ref(),
            epoch: lab.node.local().epoch(),
            incarnation: swim_codec::Incarnation::new(incarnation * 2),
            status: Status::Suspect { by: bob.id() },
        };
        let mut datagram = bob.datagram(lab.id().destination(), &[Message::Claim(claim)]);
        lab.hear_bytes(&bob.addr, &mut datagram);
        lab.pass(SECOND);
    }
    assert!(lab.node.health() > 2, "{}", lab.node.health());
    change(&mut lab, |config| config.health_max = 2);
    assert_eq!(lab.node.health(), 2);
}

#[test]
fn a_key_is_exchanged_while_the_node_runs() {
    let bob = Puppet::new("bob", 2);
    let fresh = Key::from_bytes([77; 32]);
    let mut bob_later = Puppet { keyring: Keyring::sealed(fresh.clone()), ..Puppet::new("bob", 2) };
    let mut lab = Lab::knowing(&[&bob]);
    let destination = lab.id().destination();
    let claim = |puppet: &Puppet, incarnation| {
        puppet.datagram(destination, &[Message::Claim(puppet.claim(incarnation, Status::Alive))])
    };
    let heard = |lab: &mut Lab, mut datagram: Vec<u8>, reason| {
        let before = lab.dropped(reason);
        lab.hear_bytes(&bob.addr, &mut datagram);
        lab.dropped(reason) == before
    };
    assert!(!heard(&mut lab, claim(&bob_later, 1), DropReason::UnknownKey));
    let old = lab.node.keyring().key_ids().next().expect("the one that seals");
    let id = lab.node.keyring_mut().install(fresh).expect("there is room");
    assert!(heard(&mut lab, claim(&bob_later, 2), DropReason::UnknownKey));
    lab.node.keyring_mut().use_key(id).expect("it is installed");
    lab.node.keyring_mut().remove(old).expect("it seals no more");
    assert!(!heard(&mut lab, claim(&bob, 3), DropReason::UnknownKey));
    let mut sent = Vec::new();
    lab.node.handle_timeout(lab.now + SECOND * 2);
    assert!(lab.node.poll_transmit(&mut sent).is_some());
    assert!(bob_later.keyring.open(cluster(), &mut sent).is_ok());
}

#[test]
fn plain_packets_are_believed_no_longer_than_the_mode_of_the_keyring_lasts() {
    let bob = Puppet { keyring: Keyring::plain(), ..Puppet::new("bob", 2) };
    let mut lab = Lab::new();
    let until = (lab.now + SECOND).as_nanos();
    lab.node.keyring_mut().set_mode(Mode::AcceptPlain { until }).expect("there is a key");
    lab.hear(&bob, &[Message::Claim(bob.claim(1, Status::Alive))]);
    assert!(lab.node.member("bob").is_some());
    assert_eq!(lab.dropped(DropReason::PlainRefused), 0);
    lab.now = lab.now + SECOND;
    lab.hear(&bob, &[Message::Claim(bob.claim(2, Status::Alive))]);
    assert_eq!(lab.dropped(DropReason::PlainRefused), 1);
    assert_eq!(lab.node.keyring().mode(), Some(Mode::Strict));
}

#[test]
fn a_member_with_another_key_is_reported_once_a_minute_and_a_stranger_never() {
    let bob = Puppet::new("bob", 2);
    let key = Key::from_bytes([77; 32]);
    let id = key.id();
    let mut lab = Lab::knowing(&[&bob]);
    let laggard = Puppet { keyring: Keyring::sealed(key.clone()), ..Puppet::new("bob", 2) };
    let stranger = Puppet { keyring: Keyring::sealed(key), ..Puppet::new("mallory", 3) };
    lab.clear();
    for _ in 0..3 {
        lab.hear(&laggard, &[]);
        lab.hear(&stranger, &[]);
    }
    let report = Fact::KeyMismatch { member: name("bob"), key: Some(id) };
    assert_eq!(lab.facts, std::slice::from_ref(&report));
    lab.now = lab.now + SECOND * 60;
    lab.hear(&laggard, &[]);
    assert_eq!(lab.facts.iter().filter(|&fact| *fact == report).count(), 2);
}

#[test]
fn a_member_with_another_key_is_reported_once_in_any_minute() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let laggard =
        |key| Puppet { keyring: Keyring::sealed(Key::from_bytes([key; 32])), ..Puppet::new("bob", 2) };
    lab.pass_with(SECOND * 59, &[&bob]);
    lab.clear();
    for key in [77, 77, 78] {
        lab.hear(&laggard(key), &[]);
        lab.pass_with(SECOND, &[&bob]);
    }
    let told = lab.facts.iter().filter(|fact| matches!(fact, Fact::KeyMismatch { .. })).count();
    assert_eq!(told, 1, "within three seconds: {:?}", lab.facts);
}

#[test]
fn a_shorter_gossip_interval_holds_for_remembered_addresses_too() {
    let mut lab = Lab::new();
    lab.node.join(lab.now, &(10..40).map(addr).collect::<Vec<_>>());
    let snapshot = lab.node.snapshot();
    let config = Config::lan();
    let slow = {
        let mut slow = config.clone();
        slow.gossip_interval = SECOND * 60;
        slow
    };
    let local = Local { cluster: cluster(), name: name("node"), addr: addr(1), epoch: epoch(11) };
    let node = Node::restore(slow, local, keyring(), [4; 32], Instant::ZERO, &snapshot).expect("its own");
    let mut lab = Lab::of(node);
    lab.pass(MS);
    assert_eq!(lab.datagrams().count(), 3);
    change(&mut lab, |config| config.gossip_interval = MS * 200);
    lab.pass(SECOND * 3);
    assert_eq!(lab.datagrams().count(), 30);
}

#[test]
fn a_larger_bound_of_members_holds_for_who_speaks_now_too() {
    let challenges = |least: u32| {
        let mut config = Config::lan();
        config.max_members = least;
        let mut lab = Lab::with(config);
        change(&mut lab, |config| config.max_members = 1_000);
        let puppets = crowd(20);
        for puppet in &puppets {
            lab.hear(puppet, &[Message::Claim(puppet.claim(0, Status::Alive))]);
        }
        let before = lab.dropped(DropReason::Unproven);
        for _ in 0..5 {
            for puppet in &puppets {
                lab.hear(puppet, &[Message::Claim(puppet.claim(0, Status::Alive))]);
            }
        }
        lab.dropped(DropReason::Unproven) - before
    };
    assert_eq!(challenges(4), challenges(1_000));
}
