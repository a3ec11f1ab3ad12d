//! Keys that come and go.

use arbitrary::{Arbitrary, Unstructured};
use swim_codec::{Key, KeyId, Keyring};

#[derive(Arbitrary, Debug)]
enum Operation {
    Install(u8),
    Use(u8),
    Remove(u8),
}

/// Whatever is done to it, a keyring with a key keeps at least the one that seals, never more than eight, and each
/// once.
pub(crate) fn a_keyring_is_a_set_with_one_that_seals(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let mut keyring = Keyring::sealed(key(0));
    let mut sealing = key(0).id();
    while let Ok(operation) = Operation::arbitrary(&mut input) {
        let before: Vec<KeyId> = keyring.key_ids().collect();
        let done = match operation {
            Operation::Install(number) => keyring.install(key(number)).map(drop),
            Operation::Use(number) => keyring.use_key(key(number).id()).map(|()| sealing = key(number).id()),
            Operation::Remove(number) => keyring.remove(key(number).id()),
        };
        let after: Vec<KeyId> = keyring.key_ids().collect();
        assert_eq!(after.first(), Some(&sealing));
        assert!((1..=8).contains(&after.len()));
        assert!((1..after.len()).all(|at| !after[..at].contains(&after[at])));
        assert!(done.is_ok() || before == after, "an operation that is refused changes nothing");
        if input.is_empty() {
            break;
        }
    }
}

fn key(number: u8) -> Key {
    Key::from_bytes([number; 32])
}
