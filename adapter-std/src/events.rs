//! What the machine tells its application, one after the other.

use std::time::Duration;

use swim_core::{Machine, Node, Roster};
use swim_driver::Membership;

use crate::block::{wait, wait_timeout};

/// The events of a machine, straight from its own bounded queue.
///
/// As an iterator it blocks until the next event, and ends when the machine has ended or was shut down and what
/// it had still to tell is told. Events do not keep the machine running; only a [`Handle`](crate::Handle) does.
/// Whoever does not read them, or drops this, slows nothing down: the machine's queue overflows and reports lag.
#[derive(Debug)]
pub struct Events<M: Machine = Node>(pub(crate) swim_driver::Events<M>);

impl<M: Machine> Events<M> {
    /// The next event, if there is one now.
    #[must_use]
    pub fn try_next(&mut self) -> Option<M::Event> {
        self.0.try_next()
    }

    /// The next event, if there is one within `timeout`; `None` at once after the last one.
    #[must_use]
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<M::Event> {
        wait_timeout(timeout, self.0.next()).flatten()
    }
}

impl<M: Machine> Iterator for Events<M> {
    type Item = M::Event;

    fn next(&mut self) -> Option<M::Event> {
        wait(self.0.next())
    }
}

/// Who is there, with all registers: first as it is, then again whenever it has changed.
///
/// As an iterator it blocks until there is something to see that was not seen, skips what came and went while nobody
/// looked, and ends when the node has ended.
#[derive(Debug)]
pub struct Watch<M: Machine = Node>(pub(crate) swim_driver::Watch<M>);

impl<M: Membership> Iterator for Watch<M> {
    type Item = Roster;

    fn next(&mut self) -> Option<Roster> {
        wait(self.0.next())
    }
}
