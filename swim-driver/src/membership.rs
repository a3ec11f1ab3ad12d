//! Machines that are members of a cluster.

use swim_core::{Addr, Event, Instant, Machine, Node};
use swim_trace::Recorder;

/// A machine that is one member of a cluster: a [`Node`], or one that is written down while it runs, a [`Recorder`].
pub trait Membership: Machine<Event = Event> {
    /// The member itself, to look at.
    fn node(&self) -> &Node;
    /// [`Node::join`].
    fn join(&mut self, now: Instant, seeds: &[Addr]);
    /// [`Node::leave`].
    fn leave(&mut self, now: Instant);
}

impl Membership for Node {
    fn node(&self) -> &Node {
        self
    }

    fn join(&mut self, now: Instant, seeds: &[Addr]) {
        Self::join(self, now, seeds);
    }

    fn leave(&mut self, now: Instant) {
        Self::leave(self, now);
    }
}

impl Membership for Recorder {
    fn node(&self) -> &Node {
        self
    }

    fn join(&mut self, now: Instant, seeds: &[Addr]) {
        Self::join(self, now, seeds);
    }

    fn leave(&mut self, now: Instant) {
        Self::leave(self, now);
    }
}
