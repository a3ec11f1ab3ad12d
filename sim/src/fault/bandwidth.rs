//! A line that carries only so much.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::Instant;

use crate::{NodeId, Rule, Verdict};

/// What a node sends goes out one datagram after the other, at so many bytes a second; what finds the queue full is
/// lost.
#[derive(Debug)]
pub struct Bandwidth {
    bytes_per_second: u64,
    queue: Duration,
    /// Until when each node's line is busy.
    busy: BTreeMap<NodeId, Instant>,
}

impl Bandwidth {
    /// A line of that speed, with a queue that takes so long to empty.
    #[must_use]
    pub fn new(bytes_per_second: u64, queue: Duration) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), queue, busy: BTreeMap::new() }
    }
}

impl Rule for Bandwidth {
    fn judge(&mut self, now: Instant, from: NodeId, _: NodeId, bytes: &[u8]) -> Verdict {
        let busy = self.busy.entry(from).or_insert(now);
        let waits = busy.since(now);
        if waits > self.queue {
            return Verdict::Drop;
        }
        let takes = Duration::from_nanos(bytes.len() as u64 * 1_000_000_000 / self.bytes_per_second);
        *busy = now + waits + takes;
        Verdict::Delay(waits + takes)
    }
}
