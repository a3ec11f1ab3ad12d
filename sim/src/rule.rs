//! Faults as code: a rule looks at each datagram and says what becomes of it.

use std::time::Duration;

use swim_core::Instant;

use crate::NodeId;

/// What a rule says about one datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: ask the next rule, and after the last one the links and partitions.
    Pass,
    /// It arrives after this time, whatever the links and partitions say.
    Deliver(Duration),
    /// It is lost.
    Drop,
    /// As if it had passed every rule; and whatever becomes of it, a copy arrives after this time.
    Duplicate(Duration),
    /// As if it had passed every rule, and that much later.
    Delay(Duration),
    /// As if it had passed every rule, and it arrives damaged.
    Corrupt(Damage),
}

/// What happens to a datagram's bytes on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// This bit is another, counted from the first byte's highest; modulo the length.
    Flip(u64),
    /// Only so many bytes arrive.
    Cut(usize),
}

impl Damage {
    pub(crate) fn inflict(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(len) => bytes.truncate(len),
            Self::Flip(bit) => {
                let bits = (bytes.len() as u64 * 8).max(1);
                let (byte, bit) = (usize::try_from(bit % bits / 8).unwrap_or(0), bit % 8);
                if let Some(byte) = bytes.get_mut(byte) {
                    *byte ^= 0x80 >> bit;
                }
            }
        }
    }
}

/// How a datagram arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// So long after it was sent.
    pub after: Duration,
    /// What became of its bytes.
    pub damage: Option<Damage>,
}

impl Passage {
    pub(crate) fn unharmed(after: Duration) -> Self {
        Self { after, damage: None }
    }
}

/// Judges every datagram that a node sends to another; the first verdict that is not [`Verdict::Pass`] wins.
///
/// Closures are rules:
///
/// ```
/// use sim::{NodeId, Verdict};
/// use swim_core::Instant;
///
/// let no_long_datagrams = |_now: Instant, _from: NodeId, _to: NodeId, bytes: &[u8]| {
///     if bytes.len() > 1000 { Verdict::Drop } else { Verdict::Pass }
/// };
/// # fn is_rule(_: impl sim::Rule) {}
/// # is_rule(no_long_datagrams);
/// ```
pub trait Rule {
    /// What becomes of these bytes, sent now.
    fn judge(&mut self, now: Instant, from: NodeId, to: NodeId, bytes: &[u8]) -> Verdict;
}

impl<F: FnMut(Instant, NodeId, NodeId, &[u8]) -> Verdict> Rule for F {
    fn judge(&mut self, now: Instant, from: NodeId, to: NodeId, bytes: &[u8]) -> Verdict {
        self(now, from, to, bytes)
    }
}
