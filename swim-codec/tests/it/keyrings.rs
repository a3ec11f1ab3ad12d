//! Keyrings: changing keys while frames are under way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use swim_codec::{Key, KeyId, Keyring, KeyringError, Mode, OpenError, Suite, limits::KEYS_MAX};

use crate::samples::{cluster, open, sealed};

#[test]
fn a_cluster_changes_its_key_without_losing_a_frame() {
    let (old, new) = (key(1), key(2));
    let (old_id, new_id) = (old.id(), new.id());
    let [mut alice, mut bob] = [Keyring::sealed(old.clone()), Keyring::sealed(old)];

    assert_eq!(alice.install(new.clone()), Ok(new_id));
    understand_each_other(&mut alice, &mut bob);
    assert_eq!(bob.install(new), Ok(new_id));
    understand_each_other(&mut alice, &mut bob);
    assert_eq!(alice.use_key(new_id), Ok(()));
    understand_each_other(&mut alice, &mut bob);
    assert_eq!(bob.use_key(new_id), Ok(()));
    understand_each_other(&mut alice, &mut bob);
    assert_eq!(alice.remove(old_id), Ok(()));
    understand_each_other(&mut alice, &mut bob);
    assert_eq!(ids(&alice), [new_id]);
}

#[test]
fn a_removed_key_opens_nothing() {
    let mut keyring = Keyring::sealed(key(1));
    let removed = keyring.install(key(2)).unwrap();
    let mut frame = sealed(&mut Keyring::sealed(key(2)), &[]);
    assert!(keyring.open(cluster(), &mut frame).is_ok());
    assert_eq!(keyring.remove(removed), Ok(()));
    assert_eq!(keyring.open(cluster(), &mut frame), Err(OpenError::UnknownKey(removed)));
}

#[test]
fn the_key_that_seals_comes_first_and_is_not_removed() {
    let (first, second) = (key(1).id(), key(2).id());
    let mut keyring = Keyring::sealed(key(1));
    keyring.install(key(2)).unwrap();
    assert_eq!(ids(&keyring), [first, second]);
    assert_eq!(keyring.remove(first), Err(KeyringError::InUse(first)));
    keyring.use_key(second).unwrap();
    keyring.use_key(second).unwrap();
    assert_eq!(ids(&keyring), [second, first]);
    assert_eq!(keyring.remove(second), Err(KeyringError::InUse(second)));
}

#[test]
fn a_key_is_installed_once() {
    let mut keyring = Keyring::sealed(key(1));
    keyring.install(key(2)).unwrap();
    assert_eq!(keyring.install(key(1)), Err(KeyringError::AlreadyInstalled));
    assert_eq!(keyring.install(key(2)), Err(KeyringError::AlreadyInstalled));
}

#[test]
fn two_keys_with_the_same_id_do_not_fit_one_keyring() {
    let id = key(1).id();
    let twin = (2..=u8::MAX).map(key).find(|key| key.id() == id).expect("one of 254 keys has one of 256 ids");
    let error = Keyring::sealed(key(1)).install(twin).unwrap_err();
    assert_eq!(error, KeyringError::SameId(id));
    assert!(error.to_string().ends_with("generate a new key instead"));
}

#[test]
fn a_keyring_has_at_most_8_keys() {
    let mut keyring = Keyring::sealed(key(0));
    let mut refused = KeyringError::Plain;
    for key in (1..=u8::MAX).map(key) {
        match keyring.install(key) {
            Ok(_) | Err(KeyringError::SameId(_)) => {}
            Err(error) => refused = error,
        }
    }
    assert_eq!(refused, KeyringError::Full);
    assert_eq!(ids(&keyring).len(), KEYS_MAX);
}

#[test]
fn unknown_keys_are_neither_used_nor_removed() {
    let mut keyring = Keyring::sealed(key(1));
    let unknown = key(2).id();
    assert_eq!(keyring.use_key(unknown), Err(KeyringError::Unknown(unknown)));
    assert_eq!(keyring.remove(unknown), Err(KeyringError::Unknown(unknown)));
}

#[test]
fn a_plain_keyring_has_no_keys_to_change() {
    let mut keyring = Keyring::plain();
    assert_eq!(keyring.install(key(1)), Err(KeyringError::Plain));
    assert_eq!(keyring.use_key(KeyId::new(0)), Err(KeyringError::Plain));
    assert_eq!(keyring.remove(KeyId::new(0)), Err(KeyringError::Plain));
    assert_eq!(ids(&keyring), []);
}

#[test]
fn overhead_is_header_and_tag() {
    assert_eq!(Keyring::plain().overhead(), 40);
    assert_eq!(Keyring::sealed(key(1)).overhead(), 52);
}

#[test]
fn a_keyring_prints_no_secret() {
    let keyring = Keyring::sealed(key(0xab));
    let fingerprint = key(0xab).fingerprint();
    let expected = format!(
        "Keyring {{ mode: Some(Strict), keys: [Key {{ suite: HmacSha256, fingerprint: {fingerprint:?}, .. }}] }}"
    );
    assert_eq!(format!("{keyring:?}"), expected);
    assert_eq!(format!("{:?}", Keyring::plain()), "Keyring { mode: None, keys: [] }");
}

#[test]
fn the_same_bytes_for_another_suite_are_refused() {
    let mut keyring = Keyring::sealed(Key::new(Suite::Aes256Gcm, [1; 32]));
    let id = key(1).id();
    assert_eq!(keyring.install(key(1)), Err(KeyringError::SameId(id)));
}

#[test]
fn the_suite_of_a_cluster_changes_with_its_key() {
    let new = Key::new(Suite::ChaCha20Poly1305, [2; 32]);
    let [mut alice, mut bob] = [Keyring::sealed(key(1)), Keyring::sealed(key(1))];
    for keyring in [&mut alice, &mut bob] {
        keyring.install(new.clone()).unwrap();
    }
    alice.use_key(new.id()).unwrap();
    understand_each_other(&mut alice, &mut bob);
}

#[test]
fn a_removed_key_opens_nothing_though_it_just_did() {
    for suite in Suite::ALL {
        let old = Key::new(suite, [1; 32]);
        let [mut alice, mut bob] = [Keyring::sealed(old.clone()), Keyring::sealed(old.clone())];
        understand_each_other(&mut alice, &mut bob);
        bob.install(key(2)).unwrap();
        bob.use_key(key(2).id()).unwrap();
        bob.remove(old.id()).unwrap();
        let mut frame = sealed(&mut alice, &[]);
        assert_eq!(bob.open(cluster(), &mut frame), Err(OpenError::UnknownKey(old.id())));
    }
}

#[test]
fn members_one_round_apart_understand_each_other_while_a_running_cluster_gets_its_key() {
    let rounds = [
        Keyring::plain(),
        Keyring::with_mode(key(1), Mode::SendPlain { until: 9 }),
        Keyring::with_mode(key(1), Mode::AcceptPlain { until: 9 }),
        Keyring::sealed(key(1)),
    ];
    for pair in rounds.windows(2) {
        understand_each_other(&mut pair[0].clone(), &mut pair[1].clone());
    }
}

#[test]
fn every_way_to_a_key_ends_in_strictness() {
    for mode in [Mode::SendPlain { until: 9 }, Mode::AcceptPlain { until: 9 }] {
        let mut keyring = Keyring::with_mode(key(1), mode);
        keyring.advance(8);
        assert_eq!(keyring.mode(), Some(mode));
        assert!(keyring.open(cluster(), &mut sealed(&mut Keyring::plain(), &[])).is_ok());
        keyring.advance(9);
        assert_eq!(keyring.mode(), Some(Mode::Strict));
        assert_eq!(keyring.overhead(), 52);
        let mut frame = sealed(&mut Keyring::plain(), &[]);
        assert_eq!(keyring.open(cluster(), &mut frame), Err(OpenError::PlainRefused));
        keyring.advance(0);
        assert_eq!(keyring.mode(), Some(Mode::Strict));
    }
}

#[test]
fn a_frame_says_whether_anything_is_proven() {
    let mut keyring = Keyring::with_mode(key(1), Mode::AcceptPlain { until: 9 });
    assert_eq!(open(&mut keyring, &mut sealed(&mut Keyring::plain(), &[])).key, None);
    let mut frame = sealed(&mut keyring, &[]);
    assert_eq!(open(&mut keyring, &mut frame).key, Some(key(1).id()));
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Install(usize),
    Use(usize),
    Remove(usize),
    Mode(Mode),
    Advance(u64),
}

/// What a keyring is, without any of what it does.
#[derive(Debug)]
struct Model {
    sealing: usize,
    opening: BTreeSet<usize>,
    mode: Mode,
}

impl Model {
    /// Whether the change is possible.
    fn change(&mut self, change: Change) -> bool {
        match change {
            Change::Install(key) => self.opening.len() < 8 && self.opening.insert(key),
            Change::Use(key) => {
                let there = self.opening.contains(&key);
                self.sealing = if there { key } else { self.sealing };
                there
            }
            Change::Remove(key) => key != self.sealing && self.opening.remove(&key),
            Change::Mode(mode) => {
                self.mode = mode;
                true
            }
            Change::Advance(now) => {
                let ended = self.mode.until().is_some_and(|until| until <= now);
                self.mode = if ended { Mode::Strict } else { self.mode };
                true
            }
        }
    }

    fn opens(&self, sender: &Self) -> bool {
        if matches!(sender.mode, Mode::SendPlain { .. }) {
            self.mode != Mode::Strict
        } else {
            self.opening.contains(&sender.sealing)
        }
    }
}

fn change(keyring: &mut Keyring, keys: &[Key], change: Change) -> bool {
    match change {
        Change::Install(at) => keyring.install(keys[at].clone()).is_ok(),
        Change::Use(at) => keyring.use_key(keys[at].id()).is_ok(),
        Change::Remove(at) => keyring.remove(keys[at].id()).is_ok(),
        Change::Mode(mode) => keyring.set_mode(mode).is_ok(),
        Change::Advance(now) => {
            keyring.advance(now);
            true
        }
    }
}

/// Twelve, of every suite.
fn keys_with_different_ids() -> Vec<Key> {
    let keys = (0..=u8::MAX).map(|byte| Key::new(Suite::ALL[usize::from(byte) % 3], [byte; 32]));
    let by_id: BTreeMap<_, _> = keys.map(|key| (key.id(), key)).collect();
    by_id.into_values().take(12).collect()
}

fn any_change() -> impl Strategy<Value = Change> {
    let mode = prop_oneof![
        (0..9u64).prop_map(|until| Mode::SendPlain { until }),
        (0..9u64).prop_map(|until| Mode::AcceptPlain { until }),
        Just(Mode::Strict),
    ];
    prop_oneof![
        4 => (0..12usize).prop_map(Change::Install),
        2 => (0..12usize).prop_map(Change::Use),
        2 => (0..12usize).prop_map(Change::Remove),
        1 => mode.prop_map(Change::Mode),
        1 => (0..9u64).prop_map(Change::Advance),
    ]
}

proptest! {
    /// Operators of two members do anything in any order: who has the key, and only who has it, understands.
    #[test]
    fn whoever_has_the_key_understands(
        changes in prop::collection::vec((any::<bool>(), any_change()), 0..60),
    ) {
        let keys = keys_with_different_ids();
        let model = || Model { sealing: 0, opening: BTreeSet::from([0]), mode: Mode::Strict };
        let mut members = [(); 2].map(|()| (Keyring::sealed(keys[0].clone()), model()));
        for (first, wanted) in changes {
            let (keyring, model) = &mut members[usize::from(first)];
            prop_assert_eq!(change(keyring, &keys, wanted), model.change(wanted));
            for _ in 0..2 {
                let [sender, receiver] = &mut members;
                let opened = receiver.0.open(cluster(), &mut sealed(&mut sender.0, &[])).is_ok();
                prop_assert_eq!(opened, receiver.1.opens(&sender.1));
                members.reverse();
            }
        }
    }
}

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn ids(keyring: &Keyring) -> Vec<KeyId> {
    keyring.key_ids().collect()
}

fn understand_each_other(alice: &mut Keyring, bob: &mut Keyring) {
    assert!(bob.open(cluster(), &mut sealed(alice, &[])).is_ok());
    assert!(alice.open(cluster(), &mut sealed(bob, &[])).is_ok());
}
