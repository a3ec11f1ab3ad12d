//! Starting a machine, commanding it, and stopping it.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use swim_core::{Addr, Instant, Machine, Node, Peer};
use swim_driver::{IoStats, Membership, Options, Sockets};

use crate::block::{wait, wait_timeout};
use crate::driver::Driver;
use crate::events::{Events, Watch};

/// Runs `machine` on `sockets` with the default [`Options`].
///
/// Its clock starts now, at [`Instant::ZERO`]: that is the time to build it with. Fails only if a thread or a
/// descriptor cannot be had.
pub fn spawn<M>(machine: M, sockets: Sockets) -> io::Result<(Handle<M>, Events<M>)>
where
    M: Machine<Event: Send> + Send + 'static,
{
    spawn_with(machine, sockets, Options::default())
}

/// As [`spawn`], with other [`Options`].
pub fn spawn_with<M>(machine: M, sockets: Sockets, options: Options<M>) -> io::Result<(Handle<M>, Events<M>)>
where
    M: Machine<Event: Send> + Send + 'static,
{
    let says_goodbye = options.farewell.is_some();
    let (inner, events, driving) = swim_driver::start(machine, sockets, options);
    let driver = Driver::new(driving)?;
    let thread = thread::Builder::new().name("swim-driver".into()).spawn(move || driver.run())?;
    let owner = Owner { inner, thread: Mutex::new(Some(thread)), says_goodbye };
    Ok((Handle { owner: Arc::new(owner) }, Events(events)))
}

/// A running machine, for any number of threads.
///
/// What happens when the last clone is dropped is for [`Options::farewell`] to say.
pub struct Handle<M: Machine = Node> {
    owner: Arc<Owner<M>>,
}

/// What all handles share and the driver's thread does not.
struct Owner<M: Machine> {
    inner: swim_driver::Handle<M>,
    thread: Mutex<Option<JoinHandle<()>>>,
    says_goodbye: bool,
}

impl<M: Machine> Handle<M> {
    /// Commands the machine or looks at it, then carries out at once what that made it want to send. `f` gets
    /// the present time.
    ///
    /// The driver waits for `f`, so it must be short, and it must not use a handle or the events.
    /// If it panics, the driver ends: nobody knows in what state it left the machine. After the end, `f` sees
    /// the machine as it was then.
    pub fn with<R>(&self, f: impl FnOnce(&mut M, Instant) -> R) -> R {
        self.owner.inner.with(f)
    }

    /// Where the sockets listen, or listened.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        self.owner.inner.local_addr()
    }

    /// What the driver has done so far.
    #[must_use]
    pub fn stats(&self) -> IoStats {
        self.owner.inner.stats()
    }

    /// Whether the machine has ended or was shut down.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.owner.inner.has_ended()
    }

    /// Ends at once and without a goodbye, as a crash would. The driver lets go of the last descriptors when it runs
    /// next; [`shutdown`](Self::shutdown) waits for that.
    pub fn end(&self) {
        self.owner.inner.end();
    }

    /// Ends at once and without a goodbye, as a crash would. When it returns, the driver's thread has ended and all
    /// sockets are closed. It waits for nothing but the machine's own computing; doing so again is harmless.
    pub fn shutdown(&self) {
        self.owner.stop();
    }

    /// Blocks until the machine has ended and the driver's thread has gone.
    pub fn gone(&self) {
        wait(self.owner.inner.gone());
        self.owner.join();
    }
}

impl<M: Membership> Handle<M> {
    /// The members that are alive or suspected, this node first.
    #[must_use]
    pub fn members(&self) -> Vec<Peer> {
        self.owner.inner.members()
    }

    /// Who is there, again whenever that has changed. Any number may watch.
    #[must_use]
    pub fn watch(&self) -> Watch<M> {
        Watch(self.owner.inner.watch())
    }

    /// Joins the cluster through any of these members; see [`Node::join`]. Returns at once: the events tell how
    /// it goes.
    pub fn join(&self, seeds: &[impl Clone + Into<Addr>]) {
        self.owner.inner.join(seeds);
    }

    /// Leaves politely, then shuts down. Answers whether the goodbye was told within `timeout`; the node itself
    /// gives up after its [`leave_timeout`](swim_core::Config::leave_timeout).
    #[allow(clippy::must_use_candidate, reason = "who only wants to be gone need not know")]
    pub fn leave(&self, timeout: Duration) -> bool {
        let left = wait_timeout(timeout, self.owner.inner.leave()).unwrap_or(false);
        self.shutdown();
        left
    }
}

impl<M: Machine> Owner<M> {
    fn stop(&self) {
        self.inner.end();
        self.join();
    }

    fn join(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // A thread that panicked has said so on the standard error output already.
            let _ = thread.join();
        }
    }
}

impl<M: Machine> Drop for Owner<M> {
    fn drop(&mut self) {
        if !self.says_goodbye {
            self.stop();
        }
    }
}

impl<M: Machine> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner) }
    }
}

impl<M: Machine> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.owner.inner.fmt(f)
    }
}
