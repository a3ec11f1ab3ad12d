//! The client's side.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use swim_core::Addr;
use swim_driver::server::{Connection, Datagram, Decode, Encode, Options, RecvError, SendError};

/// A socket that talks to one server, and hears nobody else.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Connects to the server at this address, which must be there. The system chooses the client's own address, for
    /// Unix sockets on Linux only.
    pub fn connect(server: impl Into<Addr>) -> io::Result<Self> {
        Self::connect_with(server, None, Options::default())
    }

    /// As [`connect`](Self::connect), from an address of one's own if it is given. Of the options, those of the file
    /// and of what comes count.
    pub fn connect_with(server: impl Into<Addr>, local: Option<&Addr>, options: Options) -> io::Result<Self> {
        Ok(Self { connection: Connection::open(local, &server.into(), options)? })
    }

    /// Sends at once or not at all, also to a server that was started again since.
    pub fn send(&self, body: impl Encode) -> Result<(), SendError> {
        self.connection.send(body)
    }

    /// Blocks until the server's next message.
    pub fn recv<T: Decode>(&mut self) -> Result<T, RecvError> {
        T::decode(self.next(|| Some(None))?).map_err(RecvError::Parse)
    }

    /// As [`recv`](Self::recv), and [`RecvError::Timeout`] if nothing comes within that time.
    #[allow(
        clippy::disallowed_methods,
        reason = "how long a thread has been blocked is no time of a machine"
    )]
    pub fn recv_within<T: Decode>(&mut self, time: Duration) -> Result<T, RecvError> {
        let began = Instant::now();
        let left = || time.checked_sub(began.elapsed()).filter(|left| !left.is_zero()).map(Some);
        T::decode(self.next(left)?).map_err(RecvError::Parse)
    }

    /// What the server sees as the client's address.
    #[must_use]
    pub fn local_addr(&self) -> Option<&Addr> {
        self.connection.local_addr()
    }

    /// Where the server listens.
    #[must_use]
    pub fn peer_addr(&self) -> &Addr {
        self.connection.peer_addr()
    }

    /// The next datagram. `left` says how long it may take yet: `Some(None)` for ever, `None` no longer.
    fn next(&mut self, left: impl Fn() -> Option<Option<Duration>>) -> Result<Datagram, RecvError> {
        loop {
            if let Some(datagram) = self.connection.try_recv()? {
                return Ok(datagram);
            }
            let timeout = left().ok_or(RecvError::Timeout)?;
            let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
            let _ = poll(&mut [PollFd::new(self.connection.socket(), PollFlags::IN)], timeout.as_ref());
        }
    }
}

/// To read and set options of the socket.
impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.socket().as_fd()
    }
}
