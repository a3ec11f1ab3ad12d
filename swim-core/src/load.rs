//! What a node has under way.

use crate::Node;

/// How much a node holds on to at this moment: to be watched, and to find leaks. All of it is bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Claims that still have to be told to others: at most one for each member.
    pub claims: usize,
    /// Registers that still have to be told to others: at most one for each key of each member.
    pub registers: usize,
    /// Streams, from the dial or the first byte until they are over: at most 64.
    pub streams: usize,
    /// Pings on behalf of others that wait for their answers: at most 64.
    pub relays: usize,
    /// Deadlines: one for each member that is suspected or gone, stream and relay, and a few of the node's own.
    pub deadlines: usize,
}

impl Node {
    /// How much this node has under way.
    #[must_use]
    pub fn load(&self) -> Load {
        Load {
            claims: self.gossip.claims_waiting(),
            registers: self.gossip.registers_waiting(),
            streams: self.exchanges.len(),
            relays: self.relays.len(),
            deadlines: self.timers.len(),
        }
    }
}
