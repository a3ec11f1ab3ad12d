//! Small values that members carry.

use swim_codec::{Message, Status};
use swim_core::{DropReason, Fact, REGISTERS_MAX, RegisterError};

use crate::lab::{Lab, Puppet, SECOND, epoch};

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
fn a_register_of_a_new_life_may_come_before_the_news_of_that_life() {
    let bob = Puppet::new("bob", 2);
    let reborn = Puppet { epoch: epoch(11), ..Puppet::new("bob", 2) };
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&reborn, &[reborn.register("key", 1, Some(b"new"))]);
    lab.hear(&reborn, &[Message::Claim(reborn.claim(0, Status::Alive))]);
    assert_eq!(value(&lab, &bob, "key"), Some(b"new".to_vec()));
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
