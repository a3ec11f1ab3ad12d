//! What bounds a server, and what it counts.

/// How a server serves. What exceeds a bound is dropped and counted in [`Stats`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The permissions of a Unix socket's file, whatever the umask; `None`: as the umask says.
    pub mode: Option<u32>,
    /// How many clients are served at once.
    pub clients: usize,
    /// How many datagrams of one client wait for its handler.
    pub queue: usize,
    /// How many bytes of all clients wait for their handlers.
    pub queued_bytes: usize,
    /// The longest datagram, in bytes; what is longer is [`RecvError::TooLong`](super::RecvError::TooLong).
    pub datagram_limit: usize,
    /// How many descriptors may come along with a datagram, at most 253. Those beyond are closed.
    pub descriptors: usize,
    /// Whether senders' [`Credentials`](super::Credentials) are asked for.
    pub credentials: bool,
    /// What is done with senders that have no name, and so cannot be answered.
    pub unnamed: Unnamed,
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
