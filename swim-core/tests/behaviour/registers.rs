//! Small values that members carry.

use swim_codec::{Message, Status};
use swim_core::{Config, DropReason, Fact, REGISTERS_MAX, RegisterError};

use crate::lab::{Lab, Puppet, SECOND, epoch};
use crate::world::World;

fn value(lab: &Lab, of: &Puppet, key: &str) -> Option<Vec<u8>> {
    lab.node.member(of.name.as_str())?.register(key).map(<[u8]>::to_vec)
}

fn updates(lab: &Lab) -> Vec<(String, Option<Vec<u8>>)> {
    let facts = lab.facts.iter();
    facts
        .filter_map(|fact| match fact {
            Fact::Updated { key, value, .. } => Some((key.to_string(), value.as_ref().map(|v| v.to_vec()))),
            _ => None,
        })
        .collect()
}

#[test]
fn a_register_that_is_set_here_is_told_to_everybody() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.set(lab.now, "port", b"80").expect("a valid register");
    lab.pass_with(SECOND, &[&bob]);
    let told = lab.told(&bob);
    assert!(
        told.iter().any(|m| matches!(m, Message::Register(r) if r.owner == "node" && r.value == Some(b"80")))
    );
    assert_eq!(updates(&lab), [("port".into(), Some(b"80".to_vec()))]);
}

#[test]
fn of_a_thousand_values_of_one_key_only_the_last_is_told() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass_with(SECOND * 30, &[&bob]);
    lab.clear();
    for i in 0..1_000 {
        lab.node.set(lab.now, "load", format!("{i}").as_bytes()).expect("a valid register");
    }
    lab.pass_with(SECOND * 30, &[&bob]);
    let told: Vec<_> = lab.told(&bob);
    let values: Vec<_> =
        told.iter().filter_map(|m| if let Message::Register(r) = m { r.value } else { None }).collect();
    assert!(values.len() <= 8 && values.iter().all(|value| *value == b"999"), "{values:?}");
}

#[test]
fn the_register_with_the_larger_stamp_wins_in_any_order() {
    let bob = Puppet::new("bob", 2);
    for stamps in [[1, 2, 3], [3, 1, 2], [3, 2, 1]] {
        let mut lab = Lab::knowing(&[&bob]);
        for stamp in stamps {
            let text = format!("{stamp}");
            lab.hear(&bob, &[bob.register("key", stamp, Some(text.as_bytes()))]);
        }
        assert_eq!(value(&lab, &bob, "key"), Some(b"3".to_vec()));
    }
}

#[test]
fn a_removed_register_stays_removed_whatever_older_value_comes_late() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[bob.register("key", 1, Some(b"old")), bob.register("key", 2, None)]);
    lab.hear(&bob, &[bob.register("key", 1, Some(b"old"))]);
    assert_eq!(value(&lab, &bob, "key"), None);
    assert_eq!(updates(&lab), [("key".into(), Some(b"old".to_vec())), ("key".into(), None)]);
}

#[test]
fn a_new_life_starts_without_the_registers_of_the_last() {
    let bob = Puppet::new("bob", 2);
    let reborn = Puppet { epoch: epoch(11), ..Puppet::new("bob", 2) };
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[bob.register("key", 9, Some(b"old"))]);
    lab.hear(&reborn, &[Message::Claim(reborn.claim(0, Status::Alive))]);
    assert_eq!(value(&lab, &bob, "key"), None);
    assert!(matches!(lab.facts.last(), Some(Fact::Restarted { .. })));
    lab.hear(&bob, &[bob.register("key", 10, Some(b"late"))]);
    assert_eq!(value(&lab, &bob, "key"), None);
    lab.hear(&reborn, &[reborn.register("key", 1, Some(b"new"))]);
    assert_eq!(value(&lab, &bob, "key"), Some(b"new".to_vec()));
}

#[test]
fn a_register_of_a_former_life_is_not_believed_of_somebody_new() {
    let (bob, former) = (Puppet::new("bob", 2), Puppet { epoch: epoch(9), ..Puppet::new("bob", 2) });
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[former.register("key", 1, Some(b"old"))]);
    assert_eq!(value(&lab, &bob, "key"), None);
}

#[test]
fn a_register_of_a_life_that_nobody_began_takes_none_away() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let unborn = Puppet { epoch: epoch(11), ..Puppet::new("bob", 2) };
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&bob, &[bob.register("key", 1, Some(b"old"))]);
    for teller in [&carol, &unborn] {
        lab.hear(teller, &[unborn.register("key", 2, Some(b"new"))]);
        assert_eq!(value(&lab, &bob, "key"), Some(b"old".to_vec()));
    }
    assert_eq!(lab.dropped(DropReason::UnknownLife), 2);
    lab.hear(&bob, &[bob.register("key", 3, Some(b"newer"))]);
    assert_eq!(value(&lab, &bob, "key"), Some(b"newer".to_vec()));
}

#[test]
fn a_register_of_somebody_who_was_gone_before_we_heard_of_it_is_not_passed_on() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(3, Status::Dead { by: carol.id() }))]);
    lab.hear(&carol, &[bob.register("key", 1, Some(b"value"))]);
    assert_eq!(lab.node.load().registers, 0);
    lab.pass_with(SECOND * 5, &[&carol]);
    let told = lab.told(&carol);
    assert!(!told.iter().any(|message| matches!(message, Message::Register(_))), "{told:?}");
}

#[test]
fn a_register_of_somebody_unknown_is_counted_and_dropped() {
    let (bob, stranger) = (Puppet::new("bob", 2), Puppet::new("stranger", 3));
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[stranger.register("key", 1, Some(b"value"))]);
    assert_eq!(lab.dropped(DropReason::UnknownOwner), 1);
}

#[test]
fn nobody_else_can_write_our_registers() {
    let (bob, itself) = (Puppet::new("bob", 2), Puppet::new("node", 1));
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.set(lab.now, "key", b"ours").expect("a valid register");
    lab.hear(&bob, &[itself.register("key", 99, Some(b"theirs"))]);
    assert_eq!(lab.node.local().register("key"), Some(&b"ours"[..]));
}

/// What the node told bob of its register, with the stamp.
fn told_of(lab: &Lab, bob: &Puppet, key: &str) -> Option<(u64, Option<Vec<u8>>)> {
    let told = lab.told(bob).into_iter().filter_map(|message| match message {
        Message::Register(register) if register.key == key => {
            Some((register.stamp, register.value.map(<[u8]>::to_vec)))
        }
        _ => None,
    });
    told.max()
}

#[test]
fn two_values_with_one_stamp_are_decided_alike_everywhere_and_seen_as_a_difference() {
    let bob = Puppet::new("bob", 2);
    let told = [Some(&b"a"[..]), Some(b"b"), None];
    let lab_of = |order: &[usize]| {
        let mut lab = Lab::knowing(&[&bob]);
        order.iter().for_each(|&at| lab.hear(&bob, &[bob.register("key", 5, told[at])]));
        lab
    };
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 0, 1]] {
        assert_eq!(value(&lab_of(&order), &bob, "key"), Some(b"b".to_vec()));
    }
    let fingerprints = [0, 1, 2].map(|one| {
        let mut lab = lab_of(&[one]);
        lab.until_pinged(&bob, &[]);
        let ping = lab.told(&bob).into_iter().find_map(|message| match message {
            Message::Ping(ping) => Some(ping.fingerprint),
            _ => None,
        });
        ping.expect("it was pinged").get()
    });
    assert!(fingerprints[0] != fingerprints[1] && fingerprints[1] != fingerprints[2]);
}

#[test]
fn what_others_write_in_our_name_is_written_over() {
    let (bob, itself) = (Puppet::new("bob", 2), Puppet::new("node", 1));
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.set(lab.now, "key", b"ours").expect("a valid register");
    lab.pass_with(SECOND * 5, &[&bob]);
    lab.clear();
    // As late as ours but different, later, and of what we never wrote.
    for (key, stamp, wins) in [
        ("key", 1, (2, Some(b"ours".to_vec()))),
        ("key", 99, (100, Some(b"ours".to_vec()))),
        ("evil", 7, (101, None)),
    ] {
        lab.hear(&bob, &[itself.register(key, stamp, Some(b"theirs"))]);
        lab.pass_with(SECOND * 5, &[&bob]);
        assert_eq!(told_of(&lab, &bob, key), Some(wins), "{key} {stamp}");
        lab.clear();
    }
    assert_eq!(lab.dropped(DropReason::ForeignRegister), 3);
    // What we hear of our own word, or of an older one, is no news.
    lab.hear(&bob, &[itself.register("key", 100, Some(b"ours")), itself.register("key", 50, Some(b"old"))]);
    lab.pass_with(SECOND * 5, &[&bob]);
    assert_eq!(told_of(&lab, &bob, "key"), None);
    assert_eq!(lab.dropped(DropReason::ForeignRegister), 3);
}

#[test]
fn a_member_has_64_registers_here_and_there() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    for i in 0..=REGISTERS_MAX as u64 {
        let key = format!("key-{i}");
        lab.hear(&bob, &[bob.register(&key, i + 1, Some(b"v"))]);
        let ours = lab.node.set(lab.now, &key, b"v");
        assert_eq!(ours, if i < REGISTERS_MAX as u64 { Ok(()) } else { Err(RegisterError::Full) });
    }
    assert_eq!(lab.node.member("bob").expect("known").registers().count(), REGISTERS_MAX);
    assert_eq!(lab.dropped(DropReason::TooManyRegisters), 1);
}

#[test]
fn a_removed_register_makes_room_for_another() {
    let mut lab = Lab::new();
    for i in 0..1_000 {
        lab.node.set(lab.now, &format!("key-{i}"), b"v").expect("there is room");
        lab.node.remove(lab.now, &format!("key-{i}")).expect("it can be removed");
    }
    assert_eq!(lab.node.local().registers().count(), 0);
}

#[test]
fn a_register_for_which_there_is_no_room_is_told_to_its_owner_a_few_times_per_gossip_interval() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    let keys: Vec<_> = (0..REGISTERS_MAX).map(|i| format!("key/{i}")).collect();
    for (stamp, key) in (100..).zip(&keys) {
        lab.hear(&bob, &[bob.register(key, stamp, Some(b"bob"))]);
    }
    lab.pass_with(SECOND * 10, &[&bob, &carol]);
    lab.clear();
    let told = |lab: &Lab| {
        let to_bob = lab.told(&bob).into_iter();
        to_bob.filter(|message| matches!(message, Message::Register(lie) if lie.key == "lie")).count()
    };
    lab.hear(&carol, &[bob.register("lie", 5, None)]);
    assert_eq!(told(&lab), 0, "what was removed gives way by itself");
    for _ in 0..20 {
        lab.hear(&carol, &[bob.register("lie", 5, Some(b"carol"))]);
    }
    assert_eq!(told(&lab), 8);
    lab.pass_with(SECOND, &[&bob, &carol]);
    lab.hear(&carol, &[bob.register("lie", 5, Some(b"carol"))]);
    assert_eq!(told(&lab), 9);
    assert_eq!(value(&lab, &bob, "lie"), None);
    assert_eq!(lab.dropped(DropReason::TooManyRegisters), 22);
}

#[test]
fn what_was_removed_gives_way_to_a_value_however_old() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    for stamp in 0..REGISTERS_MAX as u64 {
        lab.hear(&bob, &[bob.register(&format!("removed/{stamp}"), 100 + stamp, None)]);
    }
    lab.hear(&bob, &[bob.register("old", 5, Some(b"value"))]);
    assert_eq!(value(&lab, &bob, "old"), Some(b"value".to_vec()));
    assert_eq!(lab.dropped(DropReason::TooManyRegisters), 0);
    lab.hear(&bob, &[bob.register("removed/0", 100, None)]);
    assert_eq!(lab.dropped(DropReason::TooManyRegisters), 1, "nothing was removed before that");
}

#[test]
fn keys_and_values_out_of_bounds_are_refused_with_the_bound() {
    let mut lab = Lab::new();
    let mut set =
        |key: &str, value: &[u8]| lab.node.set(lab.now, key, value).expect_err("refused").to_string();
    assert_eq!(set("", b""), "key must have at least 1 byte");
    assert_eq!(set(&"k".repeat(65), b""), "key must have at most 64 bytes, this one has 65");
    assert_eq!(set("k", &[0; 513]), "value must have at most 512 bytes, this one has 513");
    assert_eq!(lab.node.set(lab.now, &"k".repeat(64), &[0; 512]), Ok(()));
    assert_eq!(lab.node.set(lab.now, "empty", b""), Ok(()));
    assert_eq!(lab.node.local().register("empty"), Some(&b""[..]));
}

#[test]
fn removing_what_is_not_there_does_nothing() {
    let mut lab = Lab::new();
    let version = lab.node.version();
    assert_eq!(lab.node.remove(lab.now, "nothing"), Ok(()));
    assert_eq!(lab.node.version(), version);
    assert_eq!(lab.node.remove(lab.now, ""), Err(RegisterError::EmptyKey));
}

#[test]
fn who_writes_after_hearing_of_a_write_writes_with_a_larger_stamp() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[bob.register("state/leader", 41, Some(b"bob"))]);
    lab.clear();
    lab.node.set(lab.now, "state/leader", b"node").expect("a valid register");
    lab.pass_with(SECOND, &[&bob]);
    let stamps = lab.told(&bob).into_iter().filter_map(|message| match message {
        Message::Register(register) => Some(register.stamp),
        _ => None,
    });
    assert_eq!(stamps.max(), Some(42));
}

#[test]
fn a_stamp_that_nobody_gets_to_is_counted_and_not_believed() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    for stamp in [u64::MAX, 1 << 63] {
        lab.hear(&bob, &[bob.register("key", stamp, Some(b"late"))]);
    }
    assert_eq!((lab.dropped(DropReason::AbsurdStamp), value(&lab, &bob, "key")), (2, None));
    lab.hear(&bob, &[bob.register("key", (1 << 63) - 1, Some(b"large"))]);
    assert_eq!(value(&lab, &bob, "key"), Some(b"large".to_vec()));
}

#[test]
fn one_register_takes_the_clock_of_another_no_further_than_a_cluster_gets_in_decades() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let stamp = |lab: &mut Lab, key| {
        lab.clear();
        lab.node.set(lab.now, key, b"value").expect("room");
        lab.pass_with(SECOND, &[&bob]);
        let stamps = lab.told(&bob).into_iter().filter_map(|message| match message {
            Message::Register(register) if register.key == key => Some(register.stamp),
            _ => None,
        });
        stamps.max()
    };
    lab.hear(&bob, &[bob.register("key", (1 << 63) - 1, Some(b"large"))]);
    assert_eq!(stamp(&mut lab, "one"), Some((1 << 40) + 1));
    lab.hear(&bob, &[bob.register("other", 1 << 40, Some(b"small"))]);
    assert_eq!(stamp(&mut lab, "two"), Some((1 << 40) + 2));
}

/// Who wrote the state channel `leader` last, and what.
fn leader(lab: &Lab) -> Option<(String, String)> {
    let (writer, value) = lab.node.state("leader")?;
    Some((writer.name().to_string(), String::from_utf8(value.to_vec()).expect("text")))
}

fn said(writer: &str, value: &str) -> Option<(String, String)> {
    Some((writer.into(), value.into()))
}

#[test]
fn the_value_of_a_state_channel_is_what_anybody_wrote_last() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    assert_eq!(leader(&lab), None);
    lab.hear(&bob, &[bob.register("state/leader", 5, Some(b"b"))]);
    lab.hear(&carol, &[carol.register("state/leader", 4, Some(b"c"))]);
    assert_eq!(leader(&lab), said("bob", "b"));
    lab.node.set(lab.now, "state/leader", b"n").expect("a valid register");
    assert_eq!(leader(&lab), said("node", "n"));
    lab.node.remove(lab.now, "state/leader").expect("a valid key");
    assert_eq!(leader(&lab), None, "its last writer removed it");
}

#[test]
fn writes_of_one_moment_are_decided_alike_everywhere() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut seen = [[&bob, &carol], [&carol, &bob]].map(|order| {
        let mut lab = Lab::knowing(&[&bob, &carol]);
        for writer in order {
            lab.hear(writer, &[writer.register("state/leader", 5, Some(writer.name.as_str().as_bytes()))]);
        }
        leader(&lab)
    });
    assert!(seen[0].is_some());
    assert_eq!(seen[0].take(), seen[1].take());
}

#[test]
fn the_value_of_a_state_channel_outlives_its_writer_until_that_one_is_forgotten() {
    let bob = Puppet::new("bob", 2);
    let mut config = Config::lan();
    config.tombstone = SECOND * 5;
    for gone in [Status::Dead { by: bob.id() }, Status::Left] {
        let mut lab = Lab::with_members(config.clone(), &[&bob]);
        lab.hear(&bob, &[bob.register("state/leader", 5, Some(b"b"))]);
        lab.hear(&bob, &[Message::Claim(bob.claim(0, gone))]);
        lab.pass(SECOND * 4);
        assert_eq!(leader(&lab), said("bob", "b"));
        lab.pass(SECOND * 6);
        assert_eq!(leader(&lab), None);
    }
}

#[test]
fn a_newcomer_hears_the_value_of_a_state_channel_whose_writer_is_gone() {
    let mut world = World::joined(&Config::lan(), 3);
    let now = world.now;
    world.nodes.get_mut(&2).expect("there").set(now, "state/leader", b"two").expect("a valid register");
    world.pass(SECOND * 2);
    world.nodes.get_mut(&2).expect("there").leave(now);
    world.pass(SECOND * 5);
    world.start(&Config::lan(), 9, 9, 1);
    world.join(9, 1);
    world.pass(SECOND * 20);
    for port in [1, 3, 9] {
        let (_, value) = world.nodes[&port].state("leader").expect("it was written");
        assert_eq!(value, b"two", "at {port}");
    }
}

#[test]
fn a_register_that_is_refused_changes_nothing() {
    let mut lab = Lab::new();
    // 15 values take 15 * 514 = 7 710 bytes, and 5 removed keys another 320.
    for at in 0..5 {
        let key = format!("{at:064}");
        lab.node.set(lab.now, &key, b"").expect("room");
        lab.node.remove(lab.now, &key).expect("a valid key");
    }
    for at in 0..15 {
        lab.node.set(lab.now, &format!("{at:02}"), &[0; 512]).expect("room");
    }
    let before = (lab.node.load().registers, lab.node.version());
    for _ in 0..3 {
        assert_eq!(lab.node.set(lab.now, "more", &[0; 480]), Err(RegisterError::Full));
    }
    assert_eq!((lab.node.load().registers, lab.node.version()), before);
    // Without all five removed keys there is room for this one, and without four there is not.
    assert_eq!(lab.node.set(lab.now, "more", &[0; 420]), Ok(()));
    assert_eq!(lab.node.load().registers, 16);
}

#[test]
fn what_others_write_in_our_name_takes_no_room_from_us() {
    let liar = Puppet::new("liar", 2);
    let mut lab = Lab::knowing(&[&liar]);
    for at in 0..9 {
        lab.node.set(lab.now, &format!("own-{at}"), &[1; 500]).expect("room");
    }
    let itself = Puppet::new("node", 1);
    let keys: Vec<_> = (0..55).map(|at| format!("{at:064}")).collect();
    let lies: Vec<_> = keys.iter().map(|key| itself.register(key, 1, None)).collect();
    lab.hear(&liar, &lies);
    // 10 * 505 bytes are little more than half of what a member may have.
    assert_eq!(lab.node.set(lab.now, "own-9", &[1; 500]), Ok(()));
}
