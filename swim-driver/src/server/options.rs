//! What bounds a server, and what it counts.

use std::error::Error;
use std::fmt;

use super::ancillary::DESCRIPTORS_MAX;

/// The longest datagram that may be asked for, in bytes; room for one is reserved.
const DATAGRAM_LIMIT_MAX: usize = 16 << 20;

/// How a server serves. What exceeds a bound is dropped and counted in [`Stats`]. A bound that is out of its own range is
/// an [`OptionsError`], before anything is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The permissions of a Unix socket's file, whatever the umask; `None`: as the umask says.
    pub mode: Option<u32>,
    /// How many clients are served at once, at least 1.
    pub clients: usize,
    /// How many datagrams of one client wait for its handler, at least 1.
    pub queue: usize,
    /// How many bytes of all clients wait for their handlers, at least `datagram_limit`.
    pub queued_bytes: usize,
    /// The longest datagram, in bytes, 1 to 16 MiB; what is longer is [`RecvError::TooLong`](super::RecvError::TooLong).
    pub datagram_limit: usize,
    /// How many descriptors may come along with a datagram, at most 253. Those beyond are closed.
    pub descriptors: usize,
    /// Whether senders' [`Credentials`](super::Credentials) are asked for.
    pub credentials: bool,
    /// What is done with senders that have no name, and so cannot be answered.
    pub unnamed: Unnamed,
}

/// An option is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionsError {
    /// It is below its least value.
    Below {
        /// The field of [`Options`].
        field: &'static str,
        /// The least value that is allowed.
        min: usize,
    },
    /// It is above its greatest value.
    Above {
        /// The field of [`Options`].
        field: &'static str,
        /// The greatest value that is allowed.
        max: usize,
    },
}

/// What is done with datagrams of Unix sockets without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// They are dropped and counted.
    Ignore,
    /// They are dropped, counted, and logged as a warning.
    Warn,
    /// Each gets a handler of its own, which cannot answer it.
    Handle,
}

impl Default for Options {
    /// 1024 clients, 16 datagrams each and 16 MiB in all; datagrams of 64 KiB with neither descriptors nor credentials;
    /// unnamed senders are ignored.
    fn default() -> Self {
        Self {
            mode: None,
            clients: 1024,
            queue: 16,
            queued_bytes: 16 << 20,
            datagram_limit: 64 << 10,
            descriptors: 0,
            credentials: false,
            unnamed: Unnamed::Ignore,
        }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), OptionsError> {
        self.check_what_comes()?;
        range("clients", self.clients, 1, usize::MAX)?;
        range("queue", self.queue, 1, usize::MAX)?;
        range("queued_bytes", self.queued_bytes, self.datagram_limit, usize::MAX)
    }

    /// Those that count on the client's side as well.
    pub(super) fn check_what_comes(&self) -> Result<(), OptionsError> {
        range("datagram_limit", self.datagram_limit, 1, DATAGRAM_LIMIT_MAX)?;
        range("descriptors", self.descriptors, 0, DESCRIPTORS_MAX)
    }
}

fn range(field: &'static str, value: usize, min: usize, max: usize) -> Result<(), OptionsError> {
    if value < min {
        return Err(OptionsError::Below { field, min });
    }
    if value > max {
        return Err(OptionsError::Above { field, max });
    }
    Ok(())
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below { field, min } => write!(f, "{field} must be at least {min}"),
            Self::Above { field, max } => write!(f, "{field} must be at most {max}"),
        }
    }
}

impl Error for OptionsError {}

/// What a server has done so far. Every number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams received, whatever became of them.
    pub received: u64,
    /// Datagrams whose handler returned without receiving them.
    pub refused: u64,
    /// Datagrams dropped because too many, or too many bytes, waited already.
    pub queues_full: u64,
    /// Datagrams of new clients dropped because there were too many clients already.
    pub clients_full: u64,
    /// Datagrams of senders without a name that were dropped.
    pub unnamed: u64,
    /// Datagrams that lost descriptors because there were more than allowed, or than this process may have.
    pub descriptors_cut: u64,
    /// Errors that the socket reported instead of a datagram.
    pub receive_errors: u64,
    /// Handlers that ended with an error or a panic.
    pub handlers_failed: u64,
}
