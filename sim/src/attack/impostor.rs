//! Somebody with a key and no identity of its own: an ex-member or another cluster's node, whose key or cluster is not
//! the receiver's (O3), or an insider whose key is (I1).

use swim_core::{ClusterId, Keyring, Node};

use super::Attacker;
use super::forger::Forger;
use crate::{Cluster, Seed};

/// Accuses members, asks and answers, in any name.
pub struct Impostor(Forger);

impl Impostor {
    /// One who speaks in that cluster with those keys.
    #[must_use]
    pub fn new(seed: Seed, cluster: ClusterId, keys: Keyring) -> Self {
        Self(Forger::new(seed, cluster, keys))
    }
}

impl Attacker for Impostor {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        let Some(to) = self.0.pick(cluster) else { return };
        let Some(about) = self.0.pick(cluster).and_then(|node| cluster.machines().get(node)) else { return };
        let bytes = self.0.any_frame(about);
        let from = self.0.any_addr(cluster);
        cluster.inject(from, to, &bytes);
    }
}
