//! The client's side.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use smol::future::FutureExt;
use smol::{Async, Timer};
use socket2::Socket;
use swim_core::Addr;
use swim_driver::server::{Connection, Decode, Encode, Options, RecvError, SendError};

/// A socket that talks to one server, and hears nobody else.
#[derive(Debug)]
pub struct Client {
    ready: Async<Arc<Socket>>,
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
        let connection = Connection::open(local, &server.into(), options)?;
        Ok(Self { ready: Async::new_nonblocking(Arc::clone(connection.socket()))?, connection })
    }

    /// Sends at once or not at all, also to a server that was started again since.
    pub fn send(&self, body: impl Encode) -> Result<(), SendError> {
        self.connection.send(body)
    }

    /// The server's next message. Dropping the future loses nothing.
    pub async fn recv<T: Decode>(&mut self) -> Result<T, RecvError> {
        loop {
            if let Some(datagram) = self.connection.try_recv()? {
                return T::decode(datagram).map_err(RecvError::Parse);
            }
            self.ready.readable().await.map_err(|_| RecvError::Closed)?;
        }
    }

    /// As [`recv`](Self::recv), and [`RecvError::Timeout`] if nothing comes within that time.
    pub async fn recv_within<T: Decode>(&mut self, time: Duration) -> Result<T, RecvError> {
        let late = async {
            Timer::after(time).await;
            Err(RecvError::Timeout)
        };
        self.recv().or(late).await
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
}

/// To read and set options of the socket.
impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.socket().as_fd()
    }
}
