//! Servers and clients on any adapter and any kind of socket, told apart by nobody but this file.

use std::error::Error;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;
use std::time::Duration;

use smol::channel::{self, Receiver, unbounded};
use smol::future::block_on;
use swim_core::Addr;
use swim_driver::BindError;
use swim_driver::server::{Decode, Encode, Options, RecvError, SendError, Sender, Stats};

use crate::adapter::Adapter;
use crate::patience::{PATIENCE, patiently};
use crate::places::{Places, Transport};
use crate::runtime::runtime;

/// What a handler answers.
pub(crate) type Answer = Result<(), Box<dyn Error + Send + Sync>>;

#[derive(Clone, Copy)]
pub(crate) struct Cast {
    server: Adapter,
    client: Adapter,
}

impl Cast {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let mixed = Self { server: Adapter::Tokio, client: Adapter::Std };
        Adapter::ALL.map(|on| Self { server: on, client: on }).into_iter().chain([mixed])
    }

    pub(crate) fn as_str(self) -> &'static str {
        if self.server == self.client { self.server.as_str() } else { "mixed" }
    }
}

/// Where one trial happens.
pub(crate) struct World {
    cast: Cast,
    pub(crate) places: Places,
}

impl World {
    pub(crate) fn new(transport: Transport, cast: Cast) -> Self {
        Self { cast, places: Places::new(transport) }
    }

    /// A place where nobody is.
    pub(crate) fn place(&self) -> Addr {
        self.places.next()
    }

    pub(crate) fn serve<H, F>(&self, handler: H) -> Server
    where
        H: Fn(Peer) -> F + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        self.serve_with(Options::default(), handler)
    }

    pub(crate) fn serve_with<H, F>(&self, options: Options, handler: H) -> Server
    where
        H: Fn(Peer) -> F + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        self.try_serve(&self.place(), options, handler).expect("a free address")
    }

    pub(crate) fn try_serve<H, F>(
        &self,
        addr: &Addr,
        options: Options,
        handler: H,
    ) -> Result<Server, BindError>
    where
        H: Fn(Peer) -> F + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let addr = addr.clone();
        Ok(match self.cast.server {
            Adapter::Std => {
                let handler = move |peer| block_on(handler(Peer::Blocking(peer)));
                Server::Blocking(adapter_std::server::serve_with(addr, options, handler)?)
            }
            Adapter::Tokio => {
                let _within = runtime().enter();
                let handler = move |peer| handler(Peer::Async(peer));
                Server::Async(adapter_tokio::server::serve_with(addr, options, handler)?)
            }
            Adapter::Smol => {
                let handler = move |peer| handler(Peer::Async(peer));
                Server::Async(adapter_smol::server::serve_with(addr, options, handler)?)
            }
        })
    }

    /// A client whose address the system chose.
    pub(crate) fn client(&self, server: &Server) -> Client {
        self.client_with(server, None, Options::default())
    }

    pub(crate) fn client_with(&self, server: &Server, local: Option<&Addr>, options: Options) -> Client {
        self.try_client_with(server, local, options).expect("a server")
    }

    pub(crate) fn try_client_with(
        &self,
        server: &Server,
        local: Option<&Addr>,
        options: Options,
    ) -> io::Result<Client> {
        let server = server.local_addr().clone();
        let _within = runtime().enter();
        match self.cast.client {
            Adapter::Std => {
                adapter_std::server::Client::connect_with(server, local, options).map(Client::Std)
            }
            Adapter::Tokio => {
                adapter_tokio::server::Client::connect_with(server, local, options).map(Client::Tokio)
            }
            Adapter::Smol => {
                adapter_smol::server::Client::connect_with(server, local, options).map(Client::Smol)
            }
        }
    }
}

/// The servers of tokio and smol are of one type.
pub(crate) enum Server {
    Blocking(adapter_std::server::Server),
    Async(swim_driver::server::Server),
}

impl Server {
    pub(crate) fn local_addr(&self) -> &Addr {
        match self {
            Self::Blocking(server) => server.local_addr(),
            Self::Async(server) => server.local_addr(),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Blocking(server) => server.stats(),
            Self::Async(server) => server.stats(),
        }
    }

    pub(crate) fn with_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        match self {
            Self::Blocking(server) => server.with_socket(f),
            Self::Async(server) => server.with_socket(f),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Self::Blocking(server) => server.has_ended(),
            Self::Async(server) => server.has_ended(),
        }
    }

    pub(crate) fn end(&self) {
        match self {
            Self::Blocking(server) => server.end(),
            Self::Async(server) => server.end(),
        }
    }

    pub(crate) fn gone(&self) {
        match self {
            Self::Blocking(server) => server.gone(),
            Self::Async(server) => patiently(server.gone()),
        }
    }

    pub(crate) fn shutdown(&self) {
        match self {
            Self::Blocking(server) => assert!(server.shutdown(PATIENCE)),
            Self::Async(server) => patiently(server.shutdown()),
        }
    }
}

/// What a handler gets; on the adapter that blocks, its futures do.
pub(crate) enum Peer {
    Blocking(adapter_std::server::Peer),
    Async(swim_driver::server::Peer),
}

impl Peer {
    pub(crate) async fn recv<T: Decode>(&mut self) -> Result<T, RecvError> {
        match self {
            Self::Blocking(peer) => peer.recv(),
            Self::Async(peer) => peer.recv().await,
        }
    }

    pub(crate) async fn recv_within<T: Decode>(&mut self, time: Duration) -> Result<T, RecvError> {
        match self {
            Self::Blocking(peer) => peer.recv_within(time),
            Self::Async(peer) => peer.recv_within(time).await,
        }
    }

    pub(crate) fn send(&self, body: impl Encode) -> Result<(), SendError> {
        match self {
            Self::Blocking(peer) => peer.send(body),
            Self::Async(peer) => peer.send(body),
        }
    }

    pub(crate) fn addr(&self) -> Option<&Addr> {
        match self {
            Self::Blocking(peer) => peer.addr(),
            Self::Async(peer) => peer.addr(),
        }
    }

    pub(crate) fn local_addr(&self) -> &Addr {
        match self {
            Self::Blocking(peer) => peer.local_addr(),
            Self::Async(peer) => peer.local_addr(),
        }
    }

    pub(crate) fn with_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        match self {
            Self::Blocking(peer) => peer.with_socket(f),
            Self::Async(peer) => peer.with_socket(f),
        }
    }

    pub(crate) fn sender(&self) -> Option<&Sender> {
        match self {
            Self::Blocking(peer) => peer.sender(),
            Self::Async(peer) => peer.sender(),
        }
    }
}

pub(crate) enum Client {
    Std(adapter_std::server::Client),
    Tokio(adapter_tokio::server::Client),
    Smol(adapter_smol::server::Client),
}

impl Client {
    /// Sends as soon as there is room.
    pub(crate) fn send(&self, body: &[u8]) {
        eventually(|| match self.try_send(body) {
            Err(SendError::Full) => false,
            sent => {
                sent.expect("a server");
                true
            }
        });
    }

    pub(crate) fn try_send(&self, body: impl Encode) -> Result<(), SendError> {
        match self {
            Self::Std(client) => client.send(body),
            Self::Tokio(client) => client.send(body),
            Self::Smol(client) => client.send(body),
        }
    }

    /// The next message, which must come.
    pub(crate) fn recv<T: Decode>(&mut self) -> T {
        match self {
            Self::Std(client) => client.recv_within(PATIENCE),
            Self::Tokio(client) => runtime().block_on(client.recv_within(PATIENCE)),
            Self::Smol(client) => block_on(client.recv_within(PATIENCE)),
        }
        .expect("a message")
    }

    pub(crate) fn recv_within<T: Decode>(&mut self, time: Duration) -> Result<T, RecvError> {
        match self {
            Self::Std(client) => client.recv_within(time),
            Self::Tokio(client) => runtime().block_on(client.recv_within(time)),
            Self::Smol(client) => block_on(client.recv_within(time)),
        }
    }

    /// Sends, and answers with what comes back.
    pub(crate) fn ask(&mut self, body: &[u8]) -> Vec<u8> {
        self.send(body);
        self.recv()
    }

    pub(crate) fn local_addr(&self) -> &Addr {
        match self {
            Self::Std(client) => client.local_addr(),
            Self::Tokio(client) => client.local_addr(),
            Self::Smol(client) => client.local_addr(),
        }
        .expect("the system names it")
    }

    pub(crate) fn socket(&self) -> BorrowedFd<'_> {
        match self {
            Self::Std(client) => client.as_fd(),
            Self::Tokio(client) => client.as_fd(),
            Self::Smol(client) => client.as_fd(),
        }
    }

    pub(crate) fn peer_addr(&self) -> &Addr {
        match self {
            Self::Std(client) => client.peer_addr(),
            Self::Tokio(client) => client.peer_addr(),
            Self::Smol(client) => client.peer_addr(),
        }
    }
}

pub(crate) async fn echo(mut peer: Peer) -> Answer {
    loop {
        let bytes: Vec<u8> = peer.recv().await?;
        peer.send(bytes)?;
    }
}

/// Lets something pass each time it is opened.
pub(crate) fn gate() -> (channel::Sender<()>, Receiver<()>) {
    unbounded()
}

pub(crate) fn open(gate: &channel::Sender<()>) {
    gate.try_send(()).expect("somebody waits");
}

/// Waits for what nobody tells.
#[allow(clippy::disallowed_methods, reason = "nothing to wait for but the state itself")]
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) {
    let pause = Duration::from_millis(1);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if is_so() {
            return;
        }
        thread::sleep(pause);
    }
    panic!("it takes longer than {PATIENCE:?}");
}
