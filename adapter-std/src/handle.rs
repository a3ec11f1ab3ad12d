//! Starting a machine, commanding it, and stopping it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use swim_core::{Instant, Machine, Node};

use crate::driver::Driver;
use crate::events::Events;
use crate::limits::{IoStats, Limits};
use crate::sockets::Sockets;

/// Runs `machine` on `sockets` with the default [`Limits`].
///
/// Its clock starts now, at [`Instant::ZERO`]: that is the time to build it with. Fails only if a thread or a
/// descriptor cannot be had.
pub fn spawn<M>(machine: M, sockets: Sockets) -> io::Result<(Handle<M>, Events<M>)>
where
    M: Machine<Event: Send> + Send + 'static,
{
    spawn_with(machine, sockets, Limits::default())
}

/// As [`spawn`], with other [`Limits`].
pub fn spawn_with<M>(machine: M, sockets: Sockets, limits: Limits) -> io::Result<(Handle<M>, Events<M>)>
where
    M: Machine<Event: Send> + Send + 'static,
{
    let driver = Driver::start(machine, sockets, limits)?;
    let events = Events::new(Arc::clone(&driver));
    Ok((Handle { owner: Arc::new(Owner(driver)) }, events))
}

/// A running machine, for any number of threads. Dropping the last clone is [`shutdown`](Self::shutdown).
pub struct Handle<M: Machine = Node> {
    owner: Arc<Owner<M>>,
}

/// What all handles share and the driver's own threads do not.
struct Owner<M: Machine>(Arc<Driver<M>>);

impl<M: Machine<Event: Send> + Send + 'static> Handle<M> {
    /// Commands the machine or looks at it, then carries out at once what that made it want to send. `f` gets
    /// the present time.
    ///
    /// All threads of the machine wait for `f`, so it must be short, and it must not use a handle or the events.
    /// If it panics, the driver ends: nobody knows in what state it left the machine. After the end, `f` sees
    /// the machine as it was then.
    pub fn with<R>(&self, f: impl FnOnce(&mut M, Instant) -> R) -> R {
        let driver = &self.owner.0;
        let mut state = driver.lock();
        let now = driver.clock.now();
        let answer = f(&mut state.machine, now);
        driver.settle(&mut state, now);
        answer
    }
}

impl<M: Machine> Handle<M> {
    /// Where the sockets listen, or listened.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.owner.0.local_addr
    }

    /// What the driver has done so far.
    #[must_use]
    pub fn stats(&self) -> IoStats {
        self.owner.0.lock().stats
    }

    /// Waits until the machine has ended or was shut down, but no longer than `timeout`.
    pub(crate) fn await_end(&self, timeout: Duration) {
        let driver = &self.owner.0;
        drop(driver.changed.wait_timeout_while(driver.lock(), timeout, |state| state.io.is_some()));
    }

    /// Stops at once and without a goodbye, as a crash would. When it returns, all threads have ended and all
    /// sockets are closed. It waits for nothing but the machine's own computing; stopping again is harmless.
    pub fn shutdown(&self) {
        self.owner.0.stop();
    }
}

impl<M: Machine> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner) }
    }
}

impl<M: Machine> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}

impl<M: Machine> Drop for Owner<M> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
