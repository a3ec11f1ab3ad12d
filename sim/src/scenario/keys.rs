//! The keys of a scenario: each has a number, and each node has some of them in its files.

use std::collections::BTreeMap;

use swim_core::{Key, Keyring, KeyringError, Node, Suite};

use super::nodes::Nodes;
use super::stage::Stage;

/// The key that a sealed cluster starts with.
pub(super) const FIRST: u8 = 1;

/// What an operator does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyStep {
    /// With a suite of its own, if one is named.
    Install(Option<Suite>),
    Use,
    Remove,
}

/// All keys of a scenario by their numbers; none in a plain cluster.
pub(super) type Keys = BTreeMap<u8, Key>;

pub(super) fn key(number: u8, suite: Suite) -> Key {
    Key::new(suite, [number; 32])
}

/// What nodes start with.
pub(super) fn first(keys: &Keys) -> Keyring {
    keys.get(&FIRST).cloned().map_or_else(Keyring::plain, Keyring::sealed)
}

/// Opens whatever is sealed with any of them.
pub(super) fn reader(keys: &Keys) -> Keyring {
    let mut reader = first(keys);
    for key in keys.iter().filter(|(number, _)| **number != FIRST).map(|(_, key)| key) {
        reader.install(key.clone()).expect("fewer keys than a keyring takes");
    }
    reader
}

/// In their files, and in those that run.
pub(super) fn take(stage: &mut Stage, nodes: &Nodes, step: KeyStep, number: u8) -> Result<(), String> {
    let key = stage.keys[&number].clone();
    for node in nodes.iter() {
        let refused = |error| format!("{node} refuses: {error}");
        let first = first(&stage.keys);
        step.take(stage.files.entry(node).or_insert(first), &key).map_err(refused)?;
        let taken = stage.cluster.with(node, |machine: &mut Node, _| step.take(machine.keyring_mut(), &key));
        taken.unwrap_or(Ok(())).map_err(refused)?;
    }
    Ok(())
}

impl KeyStep {
    fn take(self, keyring: &mut Keyring, key: &Key) -> Result<(), KeyringError> {
        let id = Keyring::sealed(key.clone()).key_ids().next().expect("its only key");
        match self {
            Self::Install(_) => keyring.install(key.clone()).map(drop),
            Self::Use => keyring.use_key(id),
            Self::Remove => keyring.remove(id),
        }
    }
}
