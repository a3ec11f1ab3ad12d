//! How one direction between two nodes behaves.

use std::ops::RangeInclusive;
use std::time::Duration;

/// One direction between two nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// One-way latency, drawn evenly from this range for each datagram; so datagrams overtake each other.
    pub latency: RangeInclusive<Duration>,
    /// The share of datagrams that is lost, each independently: 0.0 to 1.0. On a stream loss costs time only.
    pub loss: f64,
}

impl Default for Link {
    /// A quiet local network: 0.5 to 1.5 ms, no loss.
    fn default() -> Self {
        Self { latency: Duration::from_micros(500)..=Duration::from_micros(1500), loss: 0.0 }
    }
}
