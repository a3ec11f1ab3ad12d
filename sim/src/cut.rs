//! Who cannot reach whom.

use std::collections::BTreeSet;

use crate::NodeId;

/// One direction of a partition.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) from: Side,
    pub(crate) to: Side,
}

#[derive(Debug)]
pub(crate) enum Side {
    /// Everybody, nodes added later included.
    All,
    Some(BTreeSet<NodeId>),
}

impl Cut {
    pub(crate) fn is_between(&self, from: NodeId, to: NodeId) -> bool {
        self.from.has(from) && self.to.has(to)
    }

    /// Whether it concerns this node alone, in one direction or the other.
    pub(crate) fn isolates(&self, node: NodeId) -> bool {
        matches!((&self.from, &self.to), (Side::Some(alone), Side::All) | (Side::All, Side::Some(alone))
            if alone.len() == 1 && alone.contains(&node))
    }
}

impl Side {
    pub(crate) fn of(nodes: &[NodeId]) -> Self {
        Self::Some(nodes.iter().copied().collect())
    }

    pub(crate) fn has(&self, node: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Some(nodes) => nodes.contains(&node),
        }
    }
}
