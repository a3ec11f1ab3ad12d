//! Keyrings: changing keys while frames are under way.

use swim_codec::limits::KEYS_MAX;
use swim_codec::{Key, KeyId, Keyring, KeyringError, OpenError};

use crate::samples::{cluster, sealed};

#[test]
fn a_cluster_changes_its_key_without_losing_a_frame() {
    let (old, new) = (key(1), key(2));
    let (old_id, new_id) = (old.id(), new.id());
    let [mut alice, mut bob] = [Keyring::sealed(old.clone()), Keyring::sealed(old)];

    assert_eq!(alice.install(new.clone()), Ok(new_id));
    understand_each_other(&alice, &bob);
    assert_eq!(bob.install(new), Ok(new_id));
    understand_each_other(&alice, &bob);
    assert_eq!(alice.use_key(new_id), Ok(()));
    understand_each_other(&alice, &bob);
    assert_eq!(bob.use_key(new_id), Ok(()));
    understand_each_other(&alice, &bob);
    assert_eq!(alice.remove(old_id), Ok(()));
    understand_each_other(&alice, &bob);
    assert_eq!(ids(&alice), [new_id]);
}

#[test]
fn a_removed_key_opens_nothing() {
    let mut keyring = Keyring::sealed(key(1));
    let removed = keyring.install(key(2)).unwrap();
    let mut frame = sealed(&Keyring::sealed(key(2)), &[]);
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
fn a_keyring_prints_its_seal_and_the_ids_of_its_keys() {
    let keyring = Keyring::sealed(key(0xab));
    let id = key(0xab).id();
    assert_eq!(format!("{keyring:?}"), format!("Keyring {{ seal: Hmac, keys: [KeyId({id})] }}"));
    assert_eq!(format!("{:?}", Keyring::plain()), "Keyring { seal: Plain, keys: [] }");
}

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn ids(keyring: &Keyring) -> Vec<KeyId> {
    keyring.key_ids().collect()
}

fn understand_each_other(alice: &Keyring, bob: &Keyring) {
    assert!(bob.open(cluster(), &mut sealed(alice, &[])).is_ok());
    assert!(alice.open(cluster(), &mut sealed(bob, &[])).is_ok());
}
