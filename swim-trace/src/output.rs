//! What a node answers.

use std::fmt::{self, Write as _};
use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;
use swim_core::{Addr, Event, Instant, StreamId, Transmit};

use crate::call::Stream;
use crate::spelling::{self, StreamSpelling};

/// One answer of a node, as a trace holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// It wants this datagram sent.
    Datagram {
        /// Where to.
        #[serde(with = "spelling::addr")]
        to: Addr,
        /// Its bytes.
        said: Said,
    },
    /// It wants a stream opened.
    Connect {
        /// Which.
        #[serde(with = "StreamSpelling")]
        stream: StreamId,
        /// Where to.
        #[serde(with = "spelling::addr")]
        to: Addr,
    },
    /// It wants this written to a stream.
    Write {
        /// Which.
        #[serde(with = "StreamSpelling")]
        stream: StreamId,
        /// The bytes.
        said: Said,
    },
    /// It finishes its side of a stream.
    Finish {
        /// Which.
        #[serde(with = "StreamSpelling")]
        stream: StreamId,
    },
    /// It drops a stream.
    Abort {
        /// Which.
        #[serde(with = "StreamSpelling")]
        stream: StreamId,
    },
    /// It wants nothing sent.
    Rest {
        /// When it must be called again, in nanoseconds; `None` once it has ended.
        deadline: Option<u64>,
    },
    /// It tells its application something.
    Event {
        /// The node's version after it.
        version: u64,
        /// A hash of what it tells.
        hash: u32,
    },
    /// It has nothing to tell its application.
    NoEvent,
}

/// What is kept of bytes that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// How many they were.
    pub len: u32,
    /// A hash of them.
    pub hash: u32,
}

impl Said {
    fn of(bytes: &[u8]) -> Self {
        let mut hasher = SipHasher13::new();
        hasher.write(bytes);
        Self { len: u32::try_from(bytes.len()).unwrap_or(u32::MAX), hash: half_of(&hasher) }
    }
}

impl Output {
    pub(crate) fn of_transmit(transmit: Option<&Transmit>, bytes: &[u8], deadline: Option<Instant>) -> Self {
        match transmit {
            Some(Transmit::Datagram { to }) => Self::Datagram { to: to.clone(), said: Said::of(bytes) },
            Some(&Transmit::Connect { stream, ref to }) => Self::Connect { stream, to: to.clone() },
            Some(&Transmit::Write { stream }) => Self::Write { stream, said: Said::of(bytes) },
            Some(&Transmit::Finish { stream }) => Self::Finish { stream },
            Some(&Transmit::Abort { stream }) => Self::Abort { stream },
            None => Self::Rest { deadline: deadline.map(Instant::as_nanos) },
        }
    }

    pub(crate) fn of_event(event: Option<&Event>) -> Self {
        let Some(Event { version, fact }) = event else { return Self::NoEvent };
        let mut text = Text(SipHasher13::new());
        // A hasher refuses nothing.
        let _ = write!(text, "{fact:?}");
        Self::Event { version: *version, hash: half_of(&text.0) }
    }
}

/// A text that is only hashed.
struct Text(SipHasher13);

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

#[allow(clippy::cast_possible_truncation, reason = "half of a hash is one, too")]
fn half_of(hasher: &SipHasher13) -> u32 {
    hasher.finish() as u32
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Datagram { to, said } => write!(f, "a datagram of {said} to {to}"),
            Self::Connect { stream, to } => write!(f, "{}: connect to {to}", Stream(*stream)),
            Self::Write { stream, said } => write!(f, "{}: write {said}", Stream(*stream)),
            Self::Finish { stream } => write!(f, "{}: finish", Stream(*stream)),
            Self::Abort { stream } => write!(f, "{}: abort", Stream(*stream)),
            Self::Rest { deadline: Some(nanos) } => {
                write!(f, "nothing to send before {}", Instant::from_nanos(*nanos))
            }
            Self::Rest { deadline: None } => f.write_str("the end"),
            Self::Event { version, hash } => write!(f, "event {version} ({hash:08x})"),
            Self::NoEvent => f.write_str("no event"),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes ({:08x})", self.len, self.hash)
    }
}
