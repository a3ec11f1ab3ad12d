//! One client, as its handler meets it.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use swim_core::Addr;
use swim_driver::server::{self, Decode, Encode, RecvError, SendError, Sender};

use crate::block::wait;

/// One client, in the hands of its handler.
///
/// A client has one `Peer` at a time: what it sends meanwhile waits here. When this is dropped and its handler has
/// returned, what has not been received goes to the next handler; but if nothing was received at all, the datagram that
/// began it is refused.
#[derive(Debug)]
pub struct Peer(pub(super) server::Peer);

impl Peer {
    /// Blocks until the client's next message; at first it is the one that began this, and there already.
    pub fn recv<T: Decode>(&mut self) -> Result<T, RecvError> {
        wait(self.0.recv())
    }

    /// As [`recv`](Self::recv), and [`RecvError::Timeout`] if nothing comes within that time.
    pub fn recv_within<T: Decode>(&mut self, time: Duration) -> Result<T, RecvError> {
        wait(self.0.recv_within(time))
    }

    /// Sends to the client, at once or not at all.
    pub fn send(&self, body: impl Encode) -> Result<(), SendError> {
        self.0.send(body)
    }

    /// Who it is; `None`: a Unix socket without a name.
    #[must_use]
    pub fn addr(&self) -> Option<&Addr> {
        self.0.addr()
    }

    /// Where the server listens.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        self.0.local_addr()
    }

    /// Lends the server's socket, to read and set options of it; `None` after the end.
    pub fn with_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        self.0.with_socket(f)
    }

    /// What sends to this client, to keep or to give away; `None` where nobody can.
    #[must_use]
    pub fn sender(&self) -> Option<&Sender> {
        self.0.sender()
    }
}
