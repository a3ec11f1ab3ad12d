//! What travels.

use std::os::fd::OwnedFd;

use rustix::process::{getgid, getpid, getuid};

/// A datagram with all that came, or shall go, along with it.
///
/// Descriptors that nobody takes out of it are closed with it.
#[derive(Debug, Default)]
pub struct Datagram {
    /// Its body; may be empty.
    pub bytes: Vec<u8>,
    /// Open files of the sender's, ours from now on (`SCM_RIGHTS`); over Unix sockets only, and no more than 253.
    pub descriptors: Vec<OwnedFd>,
    /// Who sends (`SCM_CREDENTIALS`); over Unix sockets of Linux only. Without a claim of one's own, the system says it
    /// to a receiver that asked.
    pub credentials: Option<Credentials>,
}

/// Which process sends, and on whose behalf. The system vouches for it: only a privileged process may name others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The process; 0 if it is invisible to the receiver, in another PID namespace.
    pub pid: i32,
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Datagram {
    /// Nothing but bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), ..Self::default() }
    }
}

impl Credentials {
    /// What this process is, by its real user and group.
    #[must_use]
    pub fn own() -> Self {
        Self { pid: getpid().as_raw_pid(), uid: getuid().as_raw(), gid: getgid().as_raw() }
    }
}
