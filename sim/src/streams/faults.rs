//! What can happen to streams beside latency, loss and partitions.

use std::time::Duration;

/// Faults of all streams of a [`Network`](crate::Network); by default none.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamFaults {
    /// The share of pieces of data after which the connection breaks off: 0.0 to 1.0. Both ends hear of it, some of
    /// the data having arrived.
    pub reset: f64,
    /// The longest piece in which data arrives, in bytes: with 1, byte by byte. At least 1.
    pub piece: usize,
    /// The share of segments that come later by [`stall`](Self::stall).
    pub stalled: f64,
    /// How much later.
    pub stall: Duration,
    /// The share of writes whose first frame announces four gigabytes.
    pub boastful: f64,
}

impl Default for StreamFaults {
    fn default() -> Self {
        Self { reset: 0.0, piece: usize::MAX, stalled: 0.0, stall: Duration::from_secs(1), boastful: 0.0 }
    }
}
