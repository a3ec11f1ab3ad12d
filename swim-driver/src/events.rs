//! What the machine tells its application, and what the application sees when it looks.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use swim_core::{Machine, Node, Roster};

use crate::membership::Membership;
use crate::state::{Outlet, Shared, State, Version};
use crate::waiters::Waiter;

/// The events of a machine, straight from its own bounded queue.
///
/// The stream ends when the machine has ended or was shut down and what it had still to tell is told. Events do not
/// keep the machine running; only a [`Handle`](crate::Handle) does. Whoever does not read them, or drops this, slows
/// nothing down: the machine's queue overflows and reports lag.
pub struct Events<M: Machine = Node> {
    shared: Arc<Shared<M>>,
}

impl<M: Machine> Events<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared }
    }

    /// The next event; `None` after the last one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<M::Event> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next event, if there is one now.
    #[must_use]
    pub fn try_next(&mut self) -> Option<M::Event> {
        self.shared.lock().take_event()
    }
}

impl<M: Machine> Stream for Events<M> {
    type Item = M::Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M::Event>> {
        let mut state = self.shared.lock();
        if let Some(event) = state.take_event() {
            return Poll::Ready(Some(event));
        }
        if state.has_ended() {
            return Poll::Ready(None);
        }
        state.outlet = Outlet::Awaited(cx.waker().clone());
        Poll::Pending
    }
}

impl<M: Machine> Drop for Events<M> {
    fn drop(&mut self) {
        let _unread = self.shared.lock().close_outlet();
    }
}

impl<M: Machine> State<M> {
    fn take_event(&mut self) -> Option<M::Event> {
        self.close_outlet().or_else(|| self.machine.poll_event())
    }

    /// From now on nobody waits for an event; answers with the one that is there already.
    fn close_outlet(&mut self) -> Option<M::Event> {
        match mem::replace(&mut self.outlet, Outlet::Idle) {
            Outlet::Idle => None,
            Outlet::Awaited(reader) => {
                self.later.forget([reader]);
                None
            }
            Outlet::Full(event) => Some(event),
        }
    }
}

/// Who is there, with all registers: first as it is, then again whenever it has changed.
///
/// It skips what came and went while nobody looked, so it never lags. The stream ends when the node has ended.
pub struct Watch<M: Machine = Node> {
    shared: Arc<Shared<M>>,
    /// The version that was seen last.
    seen: Option<u64>,
    watcher: Waiter<Version<M>>,
}

impl<M: Membership> Watch<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>) -> Self {
        let watcher = shared.lock().watchers.admit();
        Self { shared, seen: None, watcher }
    }

    /// Who is there now, once that is something that was not seen yet; `None` after the end. Dropping the future loses
    /// nothing.
    pub async fn next(&mut self) -> Option<Roster> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<M: Membership> Stream for Watch<M> {
    type Item = Roster;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Roster>> {
        let mut state = self.shared.lock();
        let version = state.machine.node().version();
        match self.seen {
            Some(seen) if seen == version => {
                if state.has_ended() {
                    return Poll::Ready(None);
                }
                let version = Version { of: |member: &M| member.node().version(), seen };
                state.later.forget(self.watcher.wait(version, cx.waker()));
                Poll::Pending
            }
            _ => {
                let roster = Roster::of(state.machine.node());
                drop(state);
                self.seen = Some(version);
                Poll::Ready(Some(roster))
            }
        }
    }
}

impl<M: Machine> fmt::Debug for Events<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl<M: Machine> fmt::Debug for Watch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("seen", &self.seen).finish_non_exhaustive()
    }
}
