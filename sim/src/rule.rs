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
