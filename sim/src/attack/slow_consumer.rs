//! An application that takes its events rarely (C1).

use swim_core::Node;

use super::Attacker;
use crate::{Cluster, NodeId};

/// Lets events wait in one node's machine, and takes them every other time it acts.
pub struct SlowConsumer {
    node: NodeId,
    listens: bool,
}

impl SlowConsumer {
    /// The application of this node, which listens so far.
    #[must_use]
    pub fn new(node: NodeId) -> Self {
        Self { node, listens: true }
    }
}

impl Attacker for SlowConsumer {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        self.listens = !self.listens;
        cluster.set_listening(self.node, self.listens);
    }
}
