//! Off the path: can send anything from any address, has no key and hears nothing (O1).

use swim_core::{ClusterId, Key, Keyring, Node};

use super::Attacker;
use super::forger::Forger;
use crate::{Cluster, Seed};

/// The longest noise, in bytes.
const NOISE_MAX: usize = 1_400;

/// Sends noise, well-formed frames without a seal, and frames sealed with a key that nobody has.
pub struct Stranger {
    plain: Forger,
    sealed: Forger,
}

impl Stranger {
    /// One who knows the name of the cluster that it attacks.
    #[must_use]
    pub fn new(seed: Seed, cluster: ClusterId) -> Self {
        let key = Key::from_bytes(seed.child(2).bytes());
        Self {
            plain: Forger::new(seed.child(0), cluster, Keyring::plain()),
            sealed: Forger::new(seed.child(1), cluster, Keyring::sealed(key)),
        }
    }

    fn noise(&mut self) -> Vec<u8> {
        let len = self.plain.rng.index(NOISE_MAX + 1);
        (0..len).map(|_| self.plain.byte()).collect()
    }
}

impl Attacker for Stranger {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        let Some(to) = self.plain.pick(cluster) else { return };
        let Some(about) = self.plain.pick(cluster).and_then(|node| cluster.machines().get(node)) else {
            return;
        };
        let bytes = match self.plain.rng.below(3) {
            0 => self.noise(),
            1 => self.plain.any_frame(about),
            _ => self.sealed.any_frame(about),
        };
        let from = self.plain.any_addr(cluster);
        cluster.inject(from, to, &bytes);
    }
}
