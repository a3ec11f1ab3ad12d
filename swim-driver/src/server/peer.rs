//! One client, as its handler meets it.

use std::fmt;
use std::future::poll_fn;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::SocketAddrAny;
use swim_core::{Addr, Instant};

use super::ancillary;
use super::body::{Decode, Encode};
use super::clients::{Arrival, ClientId};
use super::error::{RecvError, SendError};
use super::served::Served;
use super::shared::{Life, Shared, State};
use crate::address;

/// One client, in the hands of its handler.
///
/// A client has one `Peer` at a time: what it sends meanwhile waits here. When this is dropped and its handler has
/// returned, what has not been received goes to the next handler; but if nothing was received at all, the datagram that
/// began it is refused.
pub struct Peer {
    pub(super) served: Arc<Served>,
    sender: Option<Sender>,
    has_received: bool,
}

/// Sends to one client, from anywhere and for as long as the server lives.
#[derive(Clone)]
pub struct Sender {
    shared: Arc<Shared>,
    addr: Addr,
    to: SocketAddrAny,
}

impl Peer {
    pub(super) fn new(shared: &Arc<Shared>, client: ClientId) -> Self {
        let sender = match &client {
            ClientId::Named(addr) => Sender::new(shared, addr),
            ClientId::Unnamed(_) => None,
        };
        let served = Arc::new(Served { shared: Arc::clone(shared), client });
        Self { served, sender, has_received: false }
    }

    /// The client's next message; at first the one that began this. Dropping the future loses nothing.
    pub async fn recv<T: Decode>(&mut self) -> Result<T, RecvError> {
        let arrival = poll_fn(|cx| self.poll_arrival(cx, None)).await?;
        T::decode(arrival?).map_err(RecvError::Parse)
    }

    /// As [`recv`](Self::recv), and [`RecvError::Timeout`] if nothing comes within that time.
    pub async fn recv_within<T: Decode>(&mut self, time: Duration) -> Result<T, RecvError> {
        let until = self.shared().clock.now() + time;
        let arrival = poll_fn(|cx| self.poll_arrival(cx, Some(until))).await?;
        T::decode(arrival?).map_err(RecvError::Parse)
    }

    /// Sends to the client, at once or not at all.
    pub fn send(&self, body: impl Encode) -> Result<(), SendError> {
        self.sender.as_ref().ok_or(SendError::Unnamed)?.send(body)
    }

    /// Who it is; `None`: a Unix socket without a name.
    #[must_use]
    pub fn addr(&self) -> Option<&Addr> {
        self.sender.as_ref().map(Sender::addr)
    }

    /// Where the server listens.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        &self.shared().local_addr
    }

    /// Lends the server's socket, to read and set options of it; `None` after the end.
    pub fn with_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        self.shared().socket().map(|socket| f(socket.as_fd()))
    }

    /// What sends to this client, to keep or to give away; `None` where nobody can.
    #[must_use]
    pub fn sender(&self) -> Option<&Sender> {
        self.sender.as_ref()
    }

    fn shared(&self) -> &Shared {
        &self.served.shared
    }

    fn poll_arrival(
        &mut self,
        cx: &mut Context<'_>,
        until: Option<Instant>,
    ) -> Poll<Result<Arrival, RecvError>> {
        let served = &*self.served;
        let mut state = served.shared.lock();
        if let Some(arrival) = state.clients.take(&served.client) {
            self.has_received = true;
            return Poll::Ready(Ok(arrival));
        }
        let goes_on = matches!(state.life, Life::Running { .. }) && self.sender.is_some();
        if !goes_on {
            return Poll::Ready(Err(RecvError::Closed));
        }
        if until.is_some_and(|until| until <= served.shared.clock.now()) {
            return Poll::Ready(Err(RecvError::Timeout));
        }
        let State { clients, later, .. } = &mut *state;
        clients.wait(&served.client, cx.waker().clone(), until, later);
        until.into_iter().for_each(|until| state.wake_driver_by(until));
        Poll::Pending
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if self.has_received {
            return;
        }
        let mut state = self.shared().lock();
        let refused = state.clients.take(&self.served.client);
        state.stats.refused += u64::from(refused.is_some());
        drop(state);
        drop(refused); // closes descriptors, which may take a while
    }
}

impl Sender {
    /// `None` for an address that the socket cannot send to.
    fn new(shared: &Arc<Shared>, addr: &Addr) -> Option<Self> {
        let to = ancillary::address_for(address::domain(&shared.local_addr), addr).ok()?;
        Some(Self { shared: Arc::clone(shared), addr: addr.clone(), to })
    }

    /// Sends, at once or not at all. Never waits: [`SendError::Full`] says that the client reads too slowly.
    pub fn send(&self, body: impl Encode) -> Result<(), SendError> {
        let datagram = body.encode().map_err(SendError::Encode)?;
        let socket = self.shared.socket().ok_or(SendError::Closed)?;
        Ok(ancillary::send(&socket, Some(&self.to), &datagram)?)
    }

    /// To whom.
    #[must_use]
    pub fn addr(&self) -> &Addr {
        &self.addr
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("addr", &self.addr()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("addr", &self.addr).finish_non_exhaustive()
    }
}
