//! What a call of a machine was, and what came out of it.

use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};

use crate::trace::Trace;
use crate::{Machines, NodeId, TraceHash};

/// Why a machine was called.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// It was just made.
    Start,
    /// A datagram arrived.
    Datagram {
        /// Where from, as the socket saw it.
        from: &'a Addr,
        /// Its bytes as they arrived.
        bytes: &'a [u8],
    },
    /// Something happened to a stream.
    Stream {
        /// Which stream.
        stream: StreamId,
        /// What happened.
        arrival: &'a Arrival,
    },
    /// Its own deadline had come.
    Timeout,
    /// The test gave it a command with [`Cluster::with`](crate::Cluster::with).
    Command,
}

/// What happened to a stream: a [`StreamInput`] that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// See [`StreamInput::Accepted`].
    Accepted {
        /// Where from, as the socket saw it.
        from: Addr,
    },
    /// See [`StreamInput::Connected`].
    Connected,
    /// See [`StreamInput::Data`].
    Data(Vec<u8>),
    /// See [`StreamInput::Written`].
    Written,
    /// See [`StreamInput::Finished`].
    Finished,
    /// See [`StreamInput::Failed`].
    Failed,
}

impl Arrival {
    /// The input for a machine; `scratch` takes the bytes that the machine may overwrite.
    pub(crate) fn input<'a>(&self, scratch: &'a mut Vec<u8>) -> StreamInput<'a> {
        match self {
            Self::Accepted { from } => StreamInput::Accepted { from: from.clone() },
            Self::Connected => StreamInput::Connected,
            Self::Data(bytes) => {
                scratch.extend_from_slice(bytes);
                StreamInput::Data(scratch)
            }
            Self::Written => StreamInput::Written,
            Self::Finished => StreamInput::Finished,
            Self::Failed => StreamInput::Failed,
        }
    }

    /// The bytes that arrived, if any did.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Data(bytes) => bytes,
            Self::Accepted { .. } | Self::Connected | Self::Written | Self::Finished | Self::Failed => &[],
        }
    }
}

/// One output of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What to do.
    pub transmit: Transmit,
    /// The bytes of a datagram or a write; empty otherwise.
    pub bytes: Vec<u8>,
}

impl Sent {
    /// Where a datagram or a new stream goes.
    #[must_use]
    pub fn to(&self) -> Option<&Addr> {
        match &self.transmit {
            Transmit::Datagram { to } | Transmit::Connect { to, .. } => Some(to),
            Transmit::Write { .. } | Transmit::Finish { .. } | Transmit::Abort { .. } => None,
        }
    }
}

/// One call of a machine with all that came of it, before any of it reached the network.
#[derive(Debug)]
pub struct Step<'a, M: Machine> {
    /// When it was called.
    pub now: Instant,
    /// Which node.
    pub node: NodeId,
    /// Why it was called.
    pub call: &'a Call<'a>,
    /// Its outputs, in order.
    pub sent: &'a [Sent],
    /// Its events, in order.
    pub events: &'a [M::Event],
    /// Whether its application takes events: if not, they wait.
    pub listening: bool,
    /// When it wants to be woken next.
    pub timeout: Option<Instant>,
    /// The machine after the call.
    pub machine: &'a M,
    /// All machines, this one included.
    pub machines: &'a Machines<M>,
    pub(crate) trace: &'a Trace,
}

impl<M: Machine> Step<'_, M> {
    /// The hash of all that happened, up to this call and its outputs.
    #[must_use]
    pub fn trace_hash(&self) -> TraceHash {
        self.trace.hash()
    }
}
