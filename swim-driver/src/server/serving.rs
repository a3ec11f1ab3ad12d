//! A server, and what its adapter drives.

use std::fmt;
use std::future::poll_fn;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Poll, Waker};

use socket2::Socket;
use swim_core::{Addr, Instant};

use super::ancillary::{Inlet, Received};
use super::options::{Options, Stats};
use super::peer::Peer;
use super::shared::{Life, Shared, State};
use crate::clock::Clock;
use crate::io::Progress;
use crate::socket_file::SocketFile;
use crate::sockets::{BindError, bind_datagrams};

/// Datagrams received before something else comes first.
const DATAGRAMS_AT_ONCE: usize = 32;

/// Gets a server ready to be driven: from here on datagrams wait for it.
///
/// A Unix path is best absolute; a file that a dead process left there is taken over, and removed again in the end.
pub fn listen(addr: &Addr, options: Options) -> Result<(Server, Serving), BindError> {
    options.check().map_err(BindError::Options)?;
    let (socket, file, local_addr) = bind_datagrams(addr, options.mode)?;
    if options.credentials && local_addr.as_ip().is_none() {
        rustix::net::sockopt::set_socket_passcred(&socket, true)
            .map_err(|error| BindError::Datagrams { addr: addr.clone(), error: error.into() })?;
    }
    let socket = Arc::new(socket);
    let shared = Arc::new(Shared::new(Arc::clone(&socket), local_addr, options));
    let inlet = Inlet::new(&options);
    let serving = Serving { _file: file, socket, inlet, driving: Driving(Arc::clone(&shared)) };
    Ok((Server(shared), serving))
}

/// A running server. When this is dropped, it ends, without waiting for its handlers.
pub struct Server(Arc<Shared>);

impl Server {
    /// Where it listens, or listened.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        &self.0.local_addr
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.lock().stats
    }

    /// Lends the socket, to read and set options of it; `None` after the end.
    pub fn with_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        self.0.socket().map(|socket| f(socket.as_fd()))
    }

    /// Whether it has ended, because it was shut down or its socket broke.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.0.lock().life, Life::Running { .. })
    }

    /// Ends it: handlers that receive or send get `Closed`, and what waits for them is dropped.
    pub fn end(&self) {
        self.0.lock().end();
    }

    /// Ends it, and waits until its handlers have returned: nothing runs and nothing is open then. Doing so again is
    /// harmless.
    pub async fn shutdown(&self) {
        self.end();
        self.gone().await;
    }

    /// Waits until it has ended and its handlers have returned.
    pub async fn gone(&self) {
        let mourner = self.0.lock().mourners.admit();
        poll_fn(|cx| {
            let mut state = self.0.lock();
            if state.nothing_is_left() {
                return Poll::Ready(());
            }
            state.later.forget(mourner.wait((), cx.waker()));
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// What an adapter's task or thread holds while it serves. Drop it last, behind all descriptors.
pub struct Serving {
    /// First, so that it is removed while the socket is open: then nobody takes it over.
    _file: Option<SocketFile>,
    socket: Arc<Socket>,
    inlet: Inlet,
    /// Last, so that everything is closed when it tells of the end.
    driving: Driving,
}

struct Driving(Arc<Shared>);

impl Serving {
    /// What to wait for, until it can be read.
    #[must_use]
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// The clock of its deadlines.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.shared().clock
    }

    /// Hands datagrams to the handlers of their senders, up to a bound.
    pub fn receive(&mut self) -> Progress {
        for _ in 0..DATAGRAMS_AT_ONCE {
            let received = self.inlet.receive(&self.socket);
            if !self.driving.0.note(received) {
                return Progress::Drained;
            }
        }
        Progress::More
    }

    /// A client that is to get a handler now.
    #[must_use]
    pub fn next_peer(&self) -> Option<Peer> {
        let client = self.shared().lock().clients.start_next()?;
        Some(Peer::new(self.shared(), client))
    }

    /// Wakes those who have waited long enough; answers when there will be something to do at the latest, `None` at the
    /// end. `waker` is woken when there is before.
    #[must_use]
    pub fn settle(&self, waker: &Waker) -> Option<Instant> {
        let mut state = self.shared().lock();
        let State { clients, life, later, .. } = &mut *state;
        let now = self.shared().clock.now();
        clients.expire(now, later);
        let never = Instant::from_nanos(u64::MAX);
        let deadline = if clients.has_due() { now } else { clients.next_deadline().unwrap_or(never) };
        let Life::Running { driver, sleeps_until, .. } = life else { return None };
        *sleeps_until = deadline;
        later.renew(driver, waker);
        Some(deadline)
    }

    /// The socket cannot be waited for: the server ends.
    pub fn fail(&self) {
        let _ = self.shared().note(Received::Broken);
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.driving.0
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        self.0.lock().go();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("local_addr", self.local_addr()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}
