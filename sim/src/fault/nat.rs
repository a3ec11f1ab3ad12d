//! Nodes behind a translator: they can ask, and only those whom they asked can answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swim_core::Instant;

use crate::{NodeId, Rule, Verdict};

/// What reaches these nodes comes from somebody whom they sent something not long ago.
#[derive(Debug)]
pub struct Nat {
    inside: BTreeSet<NodeId>,
    memory: Duration,
    asked: BTreeMap<(NodeId, NodeId), Instant>,
}

impl Nat {
    /// Behind it are these; it remembers for so long to whom one of them sent.
    #[must_use]
    pub fn new(inside: &[NodeId], memory: Duration) -> Self {
        Self { inside: inside.iter().copied().collect(), memory, asked: BTreeMap::new() }
    }
}

impl Rule for Nat {
    fn judge(&mut self, now: Instant, from: NodeId, to: NodeId, _: &[u8]) -> Verdict {
        if self.inside.contains(&from) {
            self.asked.insert((from, to), now);
        }
        let welcome = self.asked.get(&(to, from)).is_some_and(|asked| now.since(*asked) <= self.memory);
        if self.inside.contains(&to) && !welcome { Verdict::Drop } else { Verdict::Pass }
    }
}
