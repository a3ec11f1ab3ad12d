//! What happens to a cluster between the calls of its machines.

use std::time::Duration;

use crate::{Network, NodeId};

/// Something that no call of a machine shows.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// A node stopped at once.
    Crashed(NodeId),
    /// Partitions or links are not as they were, or the run begins.
    Network(&'a Network),
    /// A datagram was handed to the network.
    Datagram {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// The whole datagram.
        bytes: &'a [u8],
        /// After which times it arrives: once, never, or as a copy too.
        delays: [Option<Duration>; 2],
    },
}
