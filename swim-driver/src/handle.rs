//! Commanding a machine that runs, and stopping it.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use swim_core::{Addr, Instant, Machine, Node, Peer};

use crate::events::{Events, Watch};
use crate::io::Io;
use crate::limits::{IoStats, Options};
use crate::membership::Membership;
use crate::sockets::Sockets;
use crate::state::{Life, Shared};
use crate::turn::Driving;

/// Gets a machine ready to be driven. Its clock starts now, at [`Instant::ZERO`].
pub fn start<M: Machine>(
    machine: M,
    sockets: Sockets,
    options: Options<M>,
) -> (Handle<M>, Events<M>, Driving<M>) {
    let local_addr = sockets.local_addr().clone();
    let shared = Arc::new(Shared::new(machine, Io::new(sockets, options.limits), local_addr));
    let owner = Owner { shared: Arc::clone(&shared), farewell: options.farewell };
    (Handle { owner: Arc::new(owner) }, Events::new(Arc::clone(&shared)), Driving(shared))
}

/// A running machine, for any number of threads and tasks.
///
/// What happens when the last clone is dropped is for [`Options::farewell`] to say.
pub struct Handle<M: Machine = Node> {
    owner: Arc<Owner<M>>,
}

/// What all handles share and the driver does not.
struct Owner<M: Machine> {
    shared: Arc<Shared<M>>,
    farewell: Option<fn(&mut M, Instant)>,
}

impl<M: Machine> Handle<M> {
    /// Commands the machine or looks at it, then carries out at once what that made it want to send. `f` gets
    /// the present time.
    ///
    /// The driver waits for `f`, so it must be short, and it must not use a handle or the events.
    /// If it panics, the driver ends: nobody knows in what state it left the machine. After the end, `f` sees
    /// the machine as it was then.
    pub fn with<R>(&self, f: impl FnOnce(&mut M, Instant) -> R) -> R {
        self.owner.shared.with(f)
    }

    /// Where the sockets listen, or listened.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        &self.owner.shared.local_addr
    }

    /// What the driver has done so far.
    #[must_use]
    pub fn stats(&self) -> IoStats {
        self.owner.shared.lock().stats()
    }

    /// Whether the machine has ended or was shut down.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.owner.shared.lock().has_ended()
    }

    /// Ends at once and without a goodbye, as a crash would. The driver lets go of the last descriptors when it runs
    /// next; [`shutdown`](Self::shutdown) waits for that.
    pub fn end(&self) {
        self.owner.shared.lock().end();
    }

    /// Ends at once and without a goodbye, as a crash would, and waits until the driver has gone: nothing runs and
    /// nothing is open then. Doing so again is harmless.
    pub async fn shutdown(&self) {
        self.end();
        self.gone().await;
    }

    /// Waits until the machine has ended and the driver has gone.
    pub async fn gone(&self) {
        let mourner = self.owner.shared.lock().mourners.admit();
        poll_fn(|cx| {
            let mut state = self.owner.shared.lock();
            if matches!(state.life, Life::Gone { .. }) {
                return Poll::Ready(());
            }
            state.later.forget(mourner.wait((), cx.waker()));
            Poll::Pending
        })
        .await;
    }
}

impl<M: Membership> Handle<M> {
    /// The members that are alive or suspected, this node first.
    #[must_use]
    pub fn members(&self) -> Vec<Peer> {
        self.with(|member, _| member.node().members().map(|member| member.to_peer()).collect())
    }

    /// Who is there, again whenever that has changed. Any number may watch.
    #[must_use]
    pub fn watch(&self) -> Watch<M> {
        Watch::new(Arc::clone(&self.owner.shared))
    }

    /// Joins the cluster through any of these members; see [`Node::join`]. Returns at once: the events tell how
    /// it goes.
    pub fn join(&self, seeds: &[impl Clone + Into<Addr>]) {
        let seeds: Vec<Addr> = seeds.iter().cloned().map(Into::into).collect();
        self.with(|member, now| member.join(now, &seeds));
    }

    /// Leaves politely and waits until the driver has gone; answers whether the goodbye was told. It takes at most the
    /// node's [`leave_timeout`](swim_core::Config::leave_timeout).
    #[allow(clippy::must_use_candidate, reason = "who only wants to be gone need not know")]
    pub async fn leave(&self) -> bool {
        self.with(M::leave);
        self.gone().await;
        self.with(|member, _| member.node().has_left())
    }
}

impl<M: Machine> Shared<M> {
    fn with<R>(&self, f: impl FnOnce(&mut M, Instant) -> R) -> R {
        let mut state = self.lock();
        let now = self.clock.now();
        let answer = f(&mut state.machine, now);
        if let Some(deadline) = state.settle(now) {
            state.wake_driver_by(deadline);
        }
        answer
    }
}

impl<M: Machine> Drop for Owner<M> {
    fn drop(&mut self) {
        match self.farewell {
            Some(farewell) => self.shared.with(farewell),
            None => self.shared.lock().end(),
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
        f.debug_struct("Handle").field("local_addr", self.local_addr()).finish_non_exhaustive()
    }
}
