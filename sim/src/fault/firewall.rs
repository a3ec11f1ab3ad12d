//! Networks that carry streams and no datagrams.

use std::collections::BTreeSet;

use swim_core::Instant;

use crate::{NodeId, Rule, Verdict};

/// No datagram gets from one of its sides to another; streams do.
#[derive(Debug)]
pub struct Firewall {
    sides: Vec<BTreeSet<NodeId>>,
}

impl Firewall {
    /// Between these sides; nodes on no side are not concerned.
    #[must_use]
    pub fn between(sides: &[Vec<NodeId>]) -> Self {
        Self { sides: sides.iter().map(|side| side.iter().copied().collect()).collect() }
    }

    fn side_of(&self, node: NodeId) -> Option<usize> {
        self.sides.iter().position(|side| side.contains(&node))
    }
}

impl Rule for Firewall {
    fn judge(&mut self, _: Instant, from: NodeId, to: NodeId, _: &[u8]) -> Verdict {
        match (self.side_of(from), self.side_of(to)) {
            (Some(from), Some(to)) if from != to => Verdict::Drop,
            _ => Verdict::Pass,
        }
    }
}
