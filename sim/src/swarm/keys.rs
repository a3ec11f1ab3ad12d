//! A rotation of keys, node by node, as an operator does it.

use swim_core::{Key, KeyId, Keyring, Node, Suite};

use crate::{Cluster, NodeId};

/// The suite of the key that a run with this seed begins with: each by turns.
pub(super) fn suite_of(seed: u64) -> Suite {
    let turn = seed % Suite::ALL.len() as u64;
    Suite::ALL[usize::try_from(turn).expect("below three")]
}

/// The key that takes turns with one of this suite, and has the next.
fn other(suite: Suite) -> Key {
    let place = Suite::ALL.iter().position(|&known| known == suite).expect("one of all");
    Key::new(Suite::ALL[(place + 1) % Suite::ALL.len()], [9; 32])
}

/// Where the operator is.
pub(super) struct Rotation {
    /// What nodes find that start now.
    keyring: Keyring,
    old: Named,
    new: Named,
    step: Step,
    nodes: u32,
    /// The next node of this step.
    next: u32,
}

type Named = (KeyId, Key);

/// What all nodes do before any of them does the next.
#[derive(Clone, Copy)]
enum Step {
    Install,
    Use,
    Remove,
}

impl Rotation {
    /// From the one key in this keyring to another; `None` without keys.
    pub(super) fn new(keyring: &Keyring, nodes: u32) -> Option<Self> {
        let both = Self::reader(keyring);
        let mut keys = both.key_ids().zip(both.keys().cloned());
        let (old, new) = (keys.next()?, keys.next()?);
        Some(Self { keyring: keyring.clone(), old, new, step: Step::Install, nodes, next: 0 })
    }

    /// Opens all that is said before, in and after rotations.
    pub(super) fn reader(keyring: &Keyring) -> Keyring {
        let mut both = keyring.clone();
        // Where there are no keys, everybody can read all.
        if let Some(key) = keyring.keys().next() {
            both.install(other(key.suite())).expect("another key");
        }
        both
    }

    pub(super) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The next node takes the step; one that is down finds the keys of the day when it starts.
    pub(super) fn advance(&mut self, cluster: &mut Cluster<Node>) {
        if self.next == 0 {
            take(self.step, &mut self.keyring, &self.old, &self.new);
        }
        let (step, old, new) = (self.step, &self.old, &self.new);
        cluster.with(NodeId(self.next), |node, _| take(step, node.keyring_mut(), old, new));
        self.next += 1;
        if self.next == self.nodes {
            self.next = 0;
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.step = match self.step {
            Step::Install => Step::Use,
            Step::Use => Step::Remove,
            Step::Remove => {
                std::mem::swap(&mut self.old, &mut self.new);
                Step::Install
            }
        };
    }
}

/// Who started meanwhile may have taken the step already, and is refused.
fn take(step: Step, keyring: &mut Keyring, old: &Named, new: &Named) {
    let _taken = match step {
        Step::Install => keyring.install(new.1.clone()).map(drop),
        Step::Use => keyring.use_key(new.0),
        Step::Remove => keyring.remove(old.0),
    };
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use swim_core::Config;

    use super::*;
    use crate::population::{Population, addr, shared_key};

    const NODES: u32 = 4;

    #[test]
    fn keys_rotate_forth_and_back_while_members_restart_and_nobody_loses_anybody() {
        Suite::ALL.into_iter().for_each(rotate_forth_and_back);
    }

    fn rotate_forth_and_back(suite: Suite) {
        let mut population = Population::plain("n", Config::local(), vec![addr(0), addr(1)]);
        population.keyring = shared_key(suite);
        let mut cluster = Cluster::new(1);
        let nodes: Vec<_> = (0..NODES).map(|_| population.add(&mut cluster)).collect();
        let mut rotation = Rotation::new(&population.keyring, NODES).expect("a key");
        for turn in 0..6 * NODES {
            rotation.advance(&mut cluster);
            population.keyring = rotation.keyring().clone();
            population.restart(&mut cluster, nodes[turn as usize * 3 % 4], &population.seeds);
            cluster.run_for(Duration::from_secs(2));
            let all_agree = cluster.machines().iter().all(|(_, node)| node.members().count() == nodes.len());
            assert!(all_agree, "after step {turn}");
            let keys = population.keyring.key_ids().count();
            assert_eq!(keys, if turn / NODES % 3 == 2 { 1 } else { 2 }, "after step {turn}");
        }
        assert!(cluster.machines().iter().all(|(_, node)| node.keyring().key_ids().count() == 1));
        assert!(population.keyring.key_ids().eq(shared_key(suite).key_ids()), "back where it began");
    }
}
