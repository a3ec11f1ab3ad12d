//! Finding those who are gone, for as long as it takes.

use swim_codec::{Ack, Message, Status};
use swim_core::{Config, Machine as _, State, StreamId, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, addr};
use crate::streams::{answer, connects, finish, last_dialed, request};

fn pings(lab: &Lab, to: &Puppet) -> usize {
    lab.told(to).iter().filter(|message| matches!(message, Message::Ping(_))).count()
}

fn dead<'a>(puppet: &'a Puppet, by: &Puppet) -> Message<'a> {
    Message::Claim(puppet.claim(0, Status::Dead { by: by.id() }))
}

fn many(ports: std::ops::Range<u16>) -> Vec<Puppet> {
    ports.map(|port| Puppet::new(&format!("m{port}"), port)).collect()
}

/// So many live, and twenty failed.
fn town(live: u16) -> (Lab, Vec<Puppet>, Vec<Puppet>) {
    let (live, gone) = (many(100..99 + live), many(300..320));
    let everybody: Vec<_> = live.iter().chain(&gone).collect();
    let mut lab = Lab::knowing(&everybody);
    for puppet in &gone {
        lab.hear(puppet, &[dead(puppet, puppet)]);
    }
    lab.pass_with(SECOND * 60, &live.iter().collect::<Vec<_>>());
    lab.clear();
    (lab, live, gone)
}

#[test]
fn the_live_nodes_together_make_eight_calls_per_interval_however_many_they_are() {
    for (live, per_interval) in [(1, 8.0), (2, 4.0), (8, 1.0), (32, 0.25)] {
        let (mut lab, others, gone) = town(live);
        lab.pass_with(Config::lan().heal_interval * 200, &others.iter().collect::<Vec<_>>());
        let calls = gone.iter().map(|puppet| pings(&lab, puppet)).sum::<usize>() as f64 / 200.0;
        assert!((calls / per_interval - 1.0).abs() < 0.35, "{calls} of {per_interval}, {live} live");
    }
}

#[test]
fn those_who_failed_last_are_called_soon_however_many_failed_or_left_before() {
    let (live, old, last) = (many(100..107), many(1_000..8_000), many(200..208));
    let mut config = Config::lan();
    config.newcomers_per_minute = 1 << 20;
    let mut lab = Lab::with_members(config, &live.iter().chain(&last).collect::<Vec<_>>());
    let (failed, left) = old.split_at(2_000);
    let live_or_last: Vec<_> = live.iter().chain(&last).collect();
    let tell = |lab: &mut Lab, some: &[Puppet], status| {
        let claims: Vec<_> = some.iter().map(|it| Message::Claim(it.claim(0, status))).collect();
        lab.hear(&live[0], &claims);
    };
    for some in failed.chunks(500) {
        tell(&mut lab, some, Status::Alive);
        tell(&mut lab, some, Status::Dead { by: live[0].id() });
    }
    lab.pass_with(SECOND * 60, &live_or_last);
    for some in left.chunks(500) {
        tell(&mut lab, some, Status::Alive);
        some.iter().for_each(|leaver| lab.part(leaver, 0));
    }
    lab.pass_with(SECOND * 60, &live_or_last);
    assert_eq!(lab.node.departed().count(), 7_000);
    last.iter().for_each(|puppet| lab.hear(&live[0], &[dead(puppet, puppet)]));
    lab.pass_with(SECOND * 60, &live.iter().collect::<Vec<_>>());
    lab.clear();
    lab.pass_with(Config::lan().heal_interval * 200, &live.iter().collect::<Vec<_>>());
    let called = |all: &[Puppet]| all.iter().map(|puppet| pings(&lab, puppet)).sum::<usize>();
    assert!(called(&last) > 30, "{} calls to the last", called(&last));
    assert!(called(failed) > 60, "{} calls to the others", called(failed));
    assert_eq!(called(left), 0);
}

#[test]
fn calls_go_to_different_members_and_any_answer_counts() {
    let (mut lab, _, gone) = town(1);
    lab.pass(Config::lan().heal_interval);
    let called: Vec<_> = gone.iter().filter(|puppet| pings(&lab, puppet) > 0).collect();
    assert!(called.len() >= 4);
    for puppet in called {
        let told = lab.told(puppet);
        let Message::Ping(ping) = told[0] else { panic!("{told:?}") };
        lab.hear(puppet, &[Message::Ack(Ack { nonce: ping.nonce, fingerprint: ping.fingerprint })]);
        assert!(lab.told(puppet).iter().any(|message| matches!(message, Message::Digest(_))));
    }
}

#[test]
fn a_call_bears_the_news_of_the_death_once() {
    let bob = Puppet::new("bob", 2);
    let carol = Puppet::new("carol", 3);
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    lab.pass_with(SECOND * 30, &[&carol]);
    let mut to_bob = lab.datagrams().filter(|(to, ..)| **to == bob.addr);
    assert!(
        to_bob.all(|(_, _, _, messages)| messages.iter().filter(|m| **m == dead(&bob, &carol)).count() == 1)
    );
}

#[test]
fn what_the_dead_are_told_does_not_count_as_told() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut config = Config::lan();
    config.gossip_interval = MS * 900;
    config.heal_interval = MS * 200;
    let mut lab = Lab::with_members(config, &[&bob, &carol]);
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    lab.node.set(lab.now, "key", b"value").expect("a valid register");
    lab.pass_with(SECOND * 60, &[&carol]);
    let told = |to: &Puppet| {
        let told = lab.told(to).into_iter();
        told.filter(|message| matches!(message, Message::Register(_))).count()
    };
    assert!(pings(&lab, &bob) > 200 && told(&bob) > 8);
    assert_eq!(told(&carol), usize::from(lab.node.config().retransmit_limit(2)));
}

/// A node that joined through a seed which then failed, and another seed where nobody answered.
fn joined(seed: &Puppet, silent: u16) -> Lab {
    let mut lab = Lab::new();
    lab.node.join(lab.now, &[seed.addr.clone(), addr(silent)]);
    lab.drain();
    let stream = last_dialed(&lab, &seed.addr);
    lab.connected(stream, seed);
    finish(&mut lab, stream);
    answer(&mut lab, stream, seed, &[Message::Claim(seed.claim(0, Status::Alive))]);
    let other = last_dialed(&lab, &addr(silent));
    lab.stream(other, StreamInput::Failed);
    lab.clear();
    lab
}

#[test]
fn a_seed_behind_which_nobody_is_known_is_called_also_by_a_node_with_members() {
    let (seed, stranger) = (Puppet::new("seed", 2), Puppet::new("stranger", 3));
    let mut lab = joined(&seed, 3);
    lab.pass_with(SECOND * 30, &[&seed]);
    assert!(pings(&lab, &stranger) >= 2);
    assert!(pings(&lab, &seed) <= 32, "probes only");
    let nonce = lab.until_pinged(&stranger, &[&seed]);
    lab.pass_with(Config::lan().heal_interval, &[&seed, &stranger]);
    assert!(connects(&lab).contains(&stranger.addr), "a stranger is asked for everything: {nonce:?}");
}

#[test]
fn a_node_that_lost_everybody_and_was_found_dials_its_seeds_no_more() {
    let (seed, finder) = (Puppet::new("seed", 2), Puppet::new("finder", 9));
    let mut lab = joined(&seed, 3);
    lab.pass(SECOND * 60);
    let mut failed = 0;
    while lab.node.members().len() == 1 && failed < 20 {
        lab.pass(SECOND);
        fail_all(&mut lab, &mut failed);
    }
    assert!(failed > 2, "alone, it dials");
    lab.hear(&finder, &[Message::Claim(finder.claim(0, Status::Alive))]);
    lab.pass_with(SECOND * 20, &[&finder]);
    fail_all(&mut lab, &mut failed);
    lab.clear();
    lab.pass_with(SECOND * 300, &[&finder]);
    assert_eq!(connects(&lab), []);
    lab.pass(SECOND * 300);
    assert!(!connects(&lab).is_empty(), "alone again, it dials again");
}

/// Lets every stream under way fail.
fn fail_all(lab: &mut Lab, failed: &mut u64) {
    for dialed in 0..200 {
        lab.stream(StreamId::Dialed(dialed), StreamInput::Failed);
    }
    *failed = connects(lab).len() as u64;
}

fn short() -> Config {
    let mut config = Config::lan();
    config.tombstone = SECOND * 20;
    config
}

#[test]
fn an_address_outlives_the_tombstone_of_one_who_failed_and_not_of_one_who_left() {
    let (failed, left, live) = (Puppet::new("failed", 2), Puppet::new("left", 3), Puppet::new("live", 4));
    let mut lab = Lab::with_members(short(), &[&failed, &left, &live]);
    lab.hear(&live, &[dead(&failed, &live), Message::Claim(left.claim(0, Status::Left))]);
    lab.pass_with(SECOND * 60, &[&live]);
    assert_eq!(lab.node.departed().count(), 0);
    lab.clear();
    lab.pass_with(SECOND * 3_600, &[&live]);
    assert!(pings(&lab, &failed) > 100, "{}", pings(&lab, &failed));
    assert_eq!(pings(&lab, &left), 0);
    lab.clear();
    lab.pass_with(SECOND * 20, &[&live, &failed]);
    assert_eq!(connects(&lab).first(), Some(&failed.addr));
}

#[test]
fn the_256_who_were_lost_last_are_remembered() {
    let gone = many(100..400);
    let mut lab = Lab::with_members(short(), &gone.iter().collect::<Vec<_>>());
    for puppet in &gone {
        lab.hear(puppet, &[Message::Claim(puppet.claim(0, Status::Suspect { by: puppet.id() }))]);
    }
    lab.pass(SECOND * 6);
    for puppet in &gone {
        lab.hear(puppet, &[dead(puppet, puppet)]);
        lab.pass(MS);
    }
    lab.pass(SECOND * 60);
    assert_eq!(lab.node.departed().count(), 0);
    lab.clear();
    lab.pass(Config::lan().heal_interval * 40);
    let called = gone.iter().filter(|puppet| pings(&lab, puppet) > 0).count();
    assert_eq!(called, 256);
    assert!(gone[..44].iter().all(|puppet| pings(&lab, puppet) == 0), "the longest gone are out");
}

#[test]
fn one_who_left_is_reaped_and_stale_news_brings_nobody_back_before() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::with_members(short(), &[&bob, &carol]);
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Left))]);
    let left = lab.now;
    while lab.now < left + SECOND * 19 {
        lab.pass_with(SECOND, &[&carol]);
        lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Alive))]);
        let (stream, stale) = (StreamId::Accepted(lab.now.as_nanos()), bob.claim(0, Status::Alive));
        request(&mut lab, stream, &carol, &[Message::Claim(stale)]);
        assert_eq!(lab.state(&bob), Some(swim_codec::State::Left));
    }
    lab.pass_with(SECOND * 2, &[&carol]);
    assert!(lab.node.member("bob").is_none());
    assert!(
        lab.facts
            .iter()
            .any(|fact| matches!(fact, swim_core::Fact::Forgotten { member } if *member == bob.name))
    );
}

#[test]
fn tombstones_are_bounded_in_number() {
    let mut config = Config::lan();
    config.max_members = 10;
    let mut lab = Lab::with(config);
    for puppet in many(100..200) {
        lab.hear(&puppet, &[Message::Claim(puppet.claim(0, Status::Alive))]);
        lab.part(&puppet, 0);
    }
    assert_eq!(lab.node.departed().count(), 9);
}

#[test]
fn only_a_node_that_is_alone_calls_those_who_left() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.part(&bob, 0);
    lab.clear();
    lab.pass_with(Config::lan().heal_interval * 50, &[&carol]);
    assert_eq!(pings(&lab, &bob), 0);
    lab.part(&carol, 0);
    lab.clear();
    lab.pass(Config::lan().heal_interval * 5);
    assert!(pings(&lab, &bob) > 5 && pings(&lab, &carol) > 5);
}

#[test]
fn what_waits_for_a_member_does_not_go_to_who_takes_its_place() {
    let [bob, carol, dave] =
        [("bob", 2), ("carol", 3), ("dave", 4)].map(|(name, port)| Puppet::new(name, port));
    let mut config = Config::lan();
    config.max_members = 3;
    let mut lab = Lab::with_members(config, &[&bob, &carol]);
    lab.pass_with(SECOND * 60, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Dead));
    lab.clear();
    for _ in 0..50 {
        lab.now = lab.now + SECOND / 10;
        lab.node.handle_timeout(lab.now);
    }
    let news = Message::Claim(dave.claim(0, Status::Alive));
    let mut datagram = carol.datagram(lab.id().destination(), &[news]);
    lab.node.handle_datagram(lab.now, &carol.addr, &mut datagram);
    assert_eq!((lab.state(&bob), lab.state(&dave)), (None, Some(State::Alive)));
    lab.drain();
    assert!(lab.told(&dave).is_empty(), "{:?}", lab.told(&dave));
}
