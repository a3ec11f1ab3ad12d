//! Telling the news.

use std::collections::BTreeMap;

use swim_codec::{Fingerprint, Message, Nonce, Ping, State, Status};
use swim_core::{Config, DropReason, Machine as _};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, claims};

fn crowd(count: u16) -> Vec<Puppet> {
    (0..count).map(|i| Puppet::new(&format!("member-with-a-long-name-{i:04}"), 100 + i)).collect()
}

/// How often each name was told to anybody.
fn told_about(lab: &Lab) -> BTreeMap<&'static str, usize> {
    let mut told = BTreeMap::new();
    for (_, _, _, messages) in lab.datagrams() {
        for message in messages {
            if let Message::Claim(claim) = message {
                *told.entry(claim.name).or_default() += 1;
            }
        }
    }
    told
}

#[test]
fn a_quiet_node_gossips_not_at_all() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 60, &all);
    let before = lab.node.stats().gossip_sent;
    lab.clear();
    lab.pass_with(SECOND * 600, &all);
    assert_eq!(lab.node.stats().gossip_sent, before);
    assert_eq!(told_about(&lab), BTreeMap::new());
    assert_eq!(lab.datagrams().count(), 600, "one ping per interval and nothing else");
}

#[test]
fn each_piece_of_news_is_told_as_often_as_the_limit_says_and_no_more() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 60, &all);
    lab.clear();
    let newcomer = Puppet::new("newcomer", 2);
    lab.hear(all[0], &[Message::Claim(newcomer.claim(0, Status::Alive))]);
    lab.pass_with(SECOND * 60, &[all[0], all[1], all[2], all[3], all[4], &newcomer]);
    // ⌈4 · ln(7 + 1)⌉: the node, five puppets and the newcomer.
    assert_eq!(told_about(&lab), BTreeMap::from([("newcomer", 9)]));
}

#[test]
fn old_news_is_not_told_again() {
    let puppets = crowd(3);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 60, &all);
    lab.clear();
    for _ in 0..20 {
        lab.hear(all[0], &[Message::Claim(all[1].claim(0, Status::Alive))]);
    }
    lab.pass_with(SECOND * 10, &all);
    assert_eq!(told_about(&lab), BTreeMap::new());
}

#[test]
fn a_gossip_round_goes_to_as_many_different_members_as_the_fan_out_says() {
    let puppets = crowd(10);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.clear();
    lab.pass(MS * 200);
    let mut rounds = BTreeMap::<_, Vec<_>>::new();
    for (to, at, _, messages) in lab.datagrams() {
        if matches!(messages.first(), Some(Message::Claim(_))) {
            rounds.entry(at).or_default().push(to.clone());
        }
    }
    assert_eq!(rounds.len(), 1);
    for (_, mut members) in rounds {
        members.sort();
        members.dedup();
        assert_eq!(members.len(), 3);
    }
}

#[test]
fn news_rides_on_pings_and_on_answers() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut config = Config::lan();
    config.gossip_interval = SECOND * 60;
    let mut lab = Lab::with_members(config, &all);
    lab.clear();
    lab.until_pinged(all[0], &[all[1]]);
    assert!(lab.told(all[0]).iter().any(|message| matches!(message, Message::Claim(_))));
    lab.clear();
    lab.hear(
        all[1],
        &[Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() })],
    );
    assert!(matches!(lab.told(all[1])[..], [Message::Ack(_), Message::Coordinate(_), Message::Claim(_), ..]));
}

#[test]
fn no_datagram_is_larger_than_the_limit_or_empty_whatever_waits() {
    for limit in [1_024, 1_400, 65_507] {
        let puppets = crowd(300);
        let all: Vec<_> = puppets.iter().collect();
        let mut config = Config::lan();
        config.datagram_limit = limit;
        let mut lab = Lab::with_members(config, &all);
        for i in 0..60 {
            lab.node.set(lab.now, &format!("key-{i}"), &[7; 100]).expect("a valid register");
        }
        lab.pass_with(SECOND * 20, &all);
        assert!(
            lab.datagrams().all(|(_, _, len, messages)| len <= usize::from(limit) && !messages.is_empty())
        );
        let largest = lab.datagrams().map(|(_, _, len, _)| len).max().expect("some");
        assert!(largest > usize::from(limit) * 9 / 10 || limit > 10_000, "{largest} of {limit} bytes used");
    }
}

#[test]
fn registers_that_wait_get_their_share_beside_a_flood_of_claims() {
    let puppets = crowd(300);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    for i in 0..20 {
        lab.node.set(lab.now, &format!("key-{i}"), &[7; 50]).expect("a valid register");
    }
    lab.clear();
    lab.pass(MS * 200);
    let first_round: Vec<_> = lab.datagrams().filter(|(.., messages)| messages.len() > 2).collect();
    assert!(!first_round.is_empty());
    for (_, _, _, messages) in first_round {
        assert!(messages.iter().filter(|message| matches!(message, Message::Register(_))).count() >= 3);
        assert!(messages.iter().filter(|message| matches!(message, Message::Claim(_))).count() >= 3);
    }
}

#[test]
fn the_largest_register_is_told_beside_a_flood_of_claims() {
    let puppets = crowd(300);
    let all: Vec<_> = puppets.iter().collect();
    for limit in [1_024, 1_400] {
        let mut config = Config::lan();
        config.datagram_limit = limit;
        let mut lab = Lab::with_members(config, &all);
        let (key, value) = ("k".repeat(64), [1; 512]);
        lab.node.set(lab.now, &key, &value).expect("a valid register");
        lab.clear();
        lab.pass(MS * 200);
        let is_told = |message: &Message<'_>| matches!(message, Message::Register(_));
        assert!(lab.datagrams().any(|(.., messages)| messages.iter().any(is_told)), "{limit} bytes");
        let claims = lab.datagrams().flat_map(|(.., messages)| messages).filter(|it| !is_told(it)).count();
        assert!(claims > 20, "{claims} claims beside it");
    }
}

#[test]
fn no_register_waits_for_the_large_ones_before_it() {
    let puppets = crowd(300);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    for i in 0..12 {
        lab.node.set(lab.now, &format!("large-{i}"), &[7; 500]).expect("a valid register");
    }
    lab.node.set(lab.now, "small", b"!").expect("a valid register");
    lab.clear();
    // Twelve large ones take every other datagram of eight rounds.
    lab.pass(MS * 200 * 9);
    let told = all.iter().flat_map(|to| lab.told(to));
    assert!(told.into_iter().any(|it| matches!(it, Message::Register(register) if register.key == "small")));
}

#[test]
fn the_largest_claim_and_the_largest_register_fit_the_smallest_datagram() {
    let name = "n".repeat(255);
    let giant = Puppet {
        addr: swim_core::Addr::unix_path(&[b'p'; 107]).expect("a valid path"),
        ..Puppet::new(&name, 2)
    };
    let bob = Puppet::new("bob", 3);
    let mut config = Config::lan();
    config.datagram_limit = 1_024;
    let mut lab = Lab::with_members(config, &[&bob]);
    lab.pass_with(SECOND * 30, &[&bob]);
    lab.clear();
    let (key, value) = ("k".repeat(64), [1; 512]);
    let dead = Status::Dead { by: bob.id() };
    lab.hear(
        &giant,
        &[Message::Claim(giant.claim(u64::MAX, Status::Alive)), giant.register(&key, 1 << 40, Some(&value))],
    );
    lab.pass_with(SECOND * 10, &[&bob]);
    let told = lab.told(&bob);
    assert!(claims(&told, &name).count() > 0);
    assert!(told.iter().any(|message| matches!(message, Message::Register(r) if r.value == Some(&value))));
    lab.clear();
    lab.hear(&bob, &[Message::Claim(giant.claim(u64::MAX, dead))]);
    lab.hear(
        &giant,
        &[Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() })],
    );
    let told = lab.told(&giant);
    assert!(
        claims(&told, &name).any(|claim| claim.status.state() == State::Dead),
        "a buried giant is told so"
    );
}

#[test]
fn no_burst_makes_the_output_grow_without_bound() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    ask_5_000_times(&mut lab, &bob);
    lab.clear();
    lab.drain();
    assert_eq!(lab.sent.iter().filter(|sent| matches!(sent, Sent::Datagram { .. })).count(), 960);
    assert_eq!(lab.dropped(DropReason::OutboxFull), 5_000 - 960);
}

#[test]
fn a_burst_of_questions_leaves_room_for_what_a_node_asks_itself() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    ask_5_000_times(&mut lab, &bob);
    lab.clear();
    lab.now = lab.now + Config::lan().probe_interval;
    lab.node.handle_timeout(lab.now);
    lab.drain();
    assert!(lab.told(&bob).iter().any(|message| matches!(message, Message::Ping(_))));
}

/// Without asking the node what it has to send.
fn ask_5_000_times(lab: &mut Lab, asker: &Puppet) {
    let ping = Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() });
    (0..5_000).for_each(|_| lab.hear_untaken(asker, &[ping]));
}

#[test]
fn large_registers_are_told_though_nobody_is_left_but_suspects() {
    let puppets = crowd(40);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    let accuse = |lab: &mut Lab, by: &Puppet, some: &[Puppet]| {
        let status = Status::Suspect { by: by.id() };
        let claims: Vec<_> = some.iter().map(|it| Message::Claim(it.claim(0, status))).collect();
        lab.hear(by, &claims);
    };
    accuse(&mut lab, &puppets[0], &puppets[1..]);
    accuse(&mut lab, &puppets[1], &puppets[..1]);
    lab.clear();
    let keys = ["a", "b", "c", "d"];
    keys.iter().for_each(|key| lab.node.set(lab.now, key, &[7; 512]).expect("a valid register"));
    lab.pass(SECOND * 2);
    let is_told = |key: &str| {
        let mut told = lab.datagrams().flat_map(|(.., messages)| messages);
        told.any(|message| matches!(message, Message::Register(register) if register.key == key))
    };
    assert!(keys.iter().all(|key| is_told(key)));
}
