//! Why nothing was received, or sent.

use std::error::Error;
use std::fmt;
use std::io;

use rustix::io::Errno;

/// Why there is no message. After all but [`Closed`](Self::Closed) the next one may be fine.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecvError {
    /// A datagram came that does not say what was expected.
    Parse(Box<dyn Error + Send + Sync>),
    /// A datagram came that is longer than [`Options::datagram_limit`](super::Options::datagram_limit), and was cut.
    TooLong {
        /// That limit, in bytes.
        limit: usize,
    },
    /// Nothing came within the time given.
    Timeout,
    /// Nothing more will come: the server has ended, the socket broke, or the sender has no name and so cannot go on.
    Closed,
}

/// Why a message was not sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The value cannot be encoded.
    Encode(Box<dyn Error + Send + Sync>),
    /// The receiver has no name, so nobody can answer it.
    Unnamed,
    /// A buffer is full, ours or that of a receiver who reads too slowly. Nothing waits for it.
    Full,
    /// It is longer than what the sockets take.
    TooLong,
    /// The server has ended.
    Closed,
    /// The operating system refuses it: the receiver is gone, for one, or does not let us.
    Refused(io::Error),
}

impl From<Errno> for SendError {
    fn from(error: Errno) -> Self {
        match error {
            Errno::AGAIN | Errno::NOBUFS => Self::Full,
            Errno::MSGSIZE => Self::TooLong,
            error => Self::Refused(error.into()),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parse(_) => f.write_str("the datagram does not say what was expected"),
            Self::TooLong { limit } => write!(f, "the datagram is longer than {limit} bytes"),
            Self::Timeout => f.write_str("nothing came in time"),
            Self::Closed => f.write_str("nothing more will come"),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encode(_) => "the value cannot be encoded",
            Self::Unnamed => "the receiver's socket has no name",
            Self::Full => "a buffer is full",
            Self::TooLong => "the datagram is longer than the sockets take",
            Self::Closed => "the server has ended",
            Self::Refused(_) => "the datagram was refused",
        })
    }
}

impl Error for RecvError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Parse(error) => Some(&**error),
            Self::TooLong { .. } | Self::Timeout | Self::Closed => None,
        }
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encode(error) => Some(&**error),
            Self::Refused(error) => Some(error),
            Self::Unnamed | Self::Full | Self::TooLong | Self::Closed => None,
        }
    }
}
