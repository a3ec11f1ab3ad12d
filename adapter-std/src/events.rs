//! What the machine tells its application.

use std::fmt;
use std::mem;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use swim_core::{Machine, Node};

use crate::driver::{Driver, Outlet, State};

/// The events of a machine, straight from its own bounded queue.
///
/// As an iterator it blocks until the next event, and ends when the machine has ended or was shut down and what
/// it had still to tell is told. Events do not keep the machine running; only a [`Handle`](crate::Handle) does.
/// Whoever does not read them, or drops this, slows nothing down: the machine's queue overflows and reports lag.
pub struct Events<M: Machine = Node> {
    driver: Arc<Driver<M>>,
}

impl<M: Machine> Events<M> {
    pub(crate) fn new(driver: Arc<Driver<M>>) -> Self {
        Self { driver }
    }

    /// The next event, if there is one now.
    #[must_use]
    pub fn try_next(&mut self) -> Option<M::Event> {
        self.next_timeout(Duration::ZERO)
    }

    /// The next event, if there is one within `timeout`; `None` at once after the last one.
    #[must_use]
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<M::Event> {
        let mut state = self.driver.lock();
        state.await_event();
        let waited = self.driver.changed.wait_timeout_while(state, timeout, State::must_wait);
        waited.unwrap_or_else(PoisonError::into_inner).0.take_event()
    }
}

impl<M: Machine> Iterator for Events<M> {
    type Item = M::Event;

    fn next(&mut self) -> Option<M::Event> {
        let mut state = self.driver.lock();
        state.await_event();
        let waited = self.driver.changed.wait_while(state, State::must_wait);
        waited.unwrap_or_else(PoisonError::into_inner).take_event()
    }
}

impl<M: Machine> fmt::Debug for Events<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl<M: Machine> State<M> {
    fn await_event(&mut self) {
        self.outlet = self.machine.poll_event().map_or(Outlet::Awaited, Outlet::Full);
    }

    fn must_wait(&mut self) -> bool {
        self.io.is_some() && matches!(self.outlet, Outlet::Awaited)
    }

    fn take_event(&mut self) -> Option<M::Event> {
        match mem::replace(&mut self.outlet, Outlet::Idle) {
            Outlet::Full(event) => Some(event),
            Outlet::Idle | Outlet::Awaited => None,
        }
    }
}
