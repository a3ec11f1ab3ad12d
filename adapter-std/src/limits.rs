//! What bounds a driver's streams, and what it counts.

use std::time::Duration;

/// Bounds on streams, whatever the machine and its peers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Streams at once, dialled and accepted together. Each may take two threads and takes one descriptor.
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

/// What a driver has done so far. Every number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoStats {
    /// How often the driver's thread woke and went through its five steps.
    pub turns: u64,
    /// Datagrams received.
    pub datagrams_received: u64,
    /// Datagrams that the socket took.
    pub datagrams_sent: u64,
    /// Datagrams dropped because the socket's buffer was full or it refused the address.
    pub send_errors: u64,
    /// Errors that the UDP socket reported instead of a datagram.
    pub receive_errors: u64,
    /// Connections that could not be accepted, mostly for want of descriptors.
    pub accept_errors: u64,
    /// Streams dialled or accepted.
    pub streams_opened: u64,
    /// Dials and connections refused because there were [`Limits::streams`] already or a thread or socket could
    /// not be had.
    pub streams_refused: u64,
    /// Streams dropped because they lived longer than [`Limits::stream_time`].
    pub streams_expired: u64,
    /// Streams dropped because they received more than [`Limits::stream_bytes`].
    pub streams_oversized: u64,
}
