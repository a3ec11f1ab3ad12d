//! What bounds a driver, what it counts, and what its last handle says.

use std::fmt;
use std::time::Duration;

use swim_core::{Instant, Machine, Node};

/// How a machine is driven.
pub struct Options<M: Machine = Node> {
    /// Bounds on its streams.
    pub limits: Limits,
    /// What the machine is told when its last handle is dropped. With `Some(Node::leave)` a node says goodbye and ends by itself
    /// when that is told; with `None`, the default, it ends at once, as a crash would.
    pub farewell: Option<fn(&mut M, Instant)>,
}

/// Bounds on streams, whatever the machine and its peers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Streams at once, dialled and accepted together. Each takes one descriptor. An eighth is for those that are dialled:
    /// while all others are accepted, who dials this side waits.
    pub streams: usize,
    /// How long a stream may live, from the dial or the accept until both sides finished. It backs the
    /// machine's own time limit up, so choose it longer than that.
    pub stream_time: Duration,
    /// How many bytes a stream may receive.
    pub stream_bytes: u64,
}

impl Default for Limits {
    /// 64 streams of 60 s and 64 MiB.
    fn default() -> Self {
        Self { streams: 64, stream_time: Duration::from_secs(60), stream_bytes: 64 << 20 }
    }
}

impl<M: Machine> Clone for Options<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Options<M> {}

impl<M: Machine> Default for Options<M> {
    fn default() -> Self {
        Self { limits: Limits::default(), farewell: None }
    }
}

impl<M: Machine> fmt::Debug for Options<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limits, farewell } = self;
        f.debug_struct("Options").field("limits", limits).field("farewell", &farewell.is_some()).finish()
    }
}

/// What a driver has done so far. Every number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IoStats {
    /// How often the driver woke and went through its five steps.
    pub turns: u64,
    /// Datagrams received.
    pub datagrams_received: u64,
    /// Datagrams that the socket took.
    pub datagrams_sent: u64,
    /// Datagrams dropped because a socket's buffer was full, the own one or, with Unix sockets, the receiver's.
    pub buffers_full: u64,
    /// Datagrams dropped because the socket refused them: nobody listens, no route, too long, another family.
    pub send_errors: u64,
    /// Errors that the datagram socket reported instead of a datagram.
    pub receive_errors: u64,
    /// Datagrams dropped because their sender's Unix socket has no name, so nobody could answer.
    pub unnamed_senders: u64,
    /// Connections that could not be accepted, mostly for want of descriptors.
    pub accept_errors: u64,
    /// Times that broken sockets were replaced by new ones at the same address.
    pub rebinds: u64,
    /// Streams dialled or accepted.
    pub streams_opened: u64,
    /// Dials and connections refused because there were [`Limits::streams`] already or a socket could not be had.
    pub streams_refused: u64,
    /// Streams dropped because they lived longer than [`Limits::stream_time`].
    pub streams_expired: u64,
    /// Streams dropped because they received more than [`Limits::stream_bytes`].
    pub streams_oversized: u64,
}
