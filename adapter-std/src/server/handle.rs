//! Starting a server, and stopping it.

use std::error::Error;
use std::os::fd::BorrowedFd;
use std::thread;
use std::time::Duration;

use swim_core::Addr;
use swim_driver::server::{self, Options, Stats, listen};

use super::driver::Driver;
use super::peer::Peer;
use crate::BindError;
use crate::block::{wait, wait_timeout};

/// Serves at `addr` with the default [`Options`].
///
/// A Unix path is best absolute; a file that a dead process left there is taken over, and removed again in the end.
pub fn serve<F, E>(addr: impl Into<Addr>, handler: F) -> Result<Server, BindError>
where
    F: Fn(Peer) -> Result<(), E> + Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    serve_with(addr, Options::default(), handler)
}

/// As [`serve`], with other [`Options`].
pub fn serve_with<F, E>(addr: impl Into<Addr>, options: Options, handler: F) -> Result<Server, BindError>
where
    F: Fn(Peer) -> Result<(), E> + Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let addr = addr.into();
    let (server, serving) = listen(&addr, options)?;
    Driver::new(handler, serving)
        .and_then(|driver| thread::Builder::new().name("swim-server".into()).spawn(move || driver.run()))
        .map_err(|error| BindError::Datagrams { addr, error })?;
    Ok(Server(server))
}

/// A running server. When this is dropped, it ends, without waiting for its handlers.
#[derive(Debug)]
pub struct Server(server::Server);

impl Server {
    /// Where it listens, or listened.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        self.0.local_addr()
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// Lends the socket, to read and set options of it; `None` after the end.
    pub fn with_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        self.0.with_socket(f)
    }

    /// Whether it has ended, because it was shut down or its socket broke.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    /// Ends it: handlers that receive or send get `Closed`, and what waits for them is dropped.
    pub fn end(&self) {
        self.0.end();
    }

    /// Ends it, and waits until its handlers have returned, so long at most; answers whether they have. Nothing runs and
    /// nothing is open then. Doing so again is harmless.
    #[allow(clippy::must_use_candidate, reason = "who has no more patience need not know")]
    pub fn shutdown(&self, patience: Duration) -> bool {
        wait_timeout(patience, self.0.shutdown()).is_some()
    }

    /// Blocks until it has ended and its handlers have returned.
    pub fn gone(&self) {
        wait(self.0.gone());
    }
}
