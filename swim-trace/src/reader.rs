//! The file when it is read.

use std::error::Error;
use std::fmt;

use serde::Deserialize;
use swim_core::{Addr, Instant};

use crate::birth::Header;
use crate::tape::{KIND, MAGIC, Record, VERSION};

/// A trace that was written by a [`Recorder`](crate::Recorder).
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    version: &'a str,
    pub(crate) header: Header,
    pub(crate) records: Records<'a>,
}

/// Why a file is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceError {
    /// It is something else.
    NoTrace,
    /// It is in a format that this version does not know.
    OtherFormat,
    /// It says nothing of how the node began, or something that this version cannot read.
    Header {
        /// The version that wrote it, if it says so.
        version: Option<String>,
    },
}

/// How a trace ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Behind the last thing that happened, as far as the file says.
    Whole,
    /// The file reached its limit, and the recording stopped.
    Full,
    /// In the middle of a frame that begins at this byte: the process or the machine crashed.
    Torn {
        /// Where.
        at: usize,
    },
    /// The frame at this byte holds what no recorder writes.
    Damaged {
        /// Where.
        at: usize,
    },
}

impl<'a> Trace<'a> {
    /// Whether a file with these bytes is a trace, of whatever format.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> bool {
        bytes.starts_with(KIND)
    }

    /// Reads how the node began.
    ///
    /// # Errors
    ///
    /// [`TraceError`], if there is nothing that could be replayed.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TraceError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| match Self::recognise(bytes) {
            true => TraceError::OtherFormat,
            false => TraceError::NoTrace,
        })?;
        let mut records = Records { bytes, at: bytes.len() - rest.len() };
        let version: &str = records.frame().map_err(|_| TraceError::Header { version: None })?;
        let header = records.frame().map_err(|_| TraceError::Header { version: Some(version.into()) })?;
        Ok(Self { version, header, records })
    }

    /// Which other version wrote it, if one did: the replay may differ for that.
    #[must_use]
    pub fn other_version(&self) -> Option<&str> {
        (self.version != VERSION).then_some(self.version)
    }

    /// The name of the node.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.header.name
    }

    /// Where the node could be reached.
    #[must_use]
    pub fn addr(&self) -> &Addr {
        &self.header.addr
    }

    /// When the node began.
    #[must_use]
    pub fn began(&self) -> Instant {
        Instant::from_nanos(self.header.nanos)
    }
}

/// What is not read yet.
#[derive(Clone)]
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl fmt::Debug for Records<'_> {
    /// Without the bytes, among which the seed is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'a> Records<'a> {
    /// The next record and where it stands, or how the trace ends.
    pub(crate) fn next(&mut self) -> Result<(usize, Record<'a>), Ending> {
        let at = self.at;
        match self.frame()? {
            Record::Full => Err(Ending::Full),
            record => Ok((at, record)),
        }
    }

    fn frame<T: Deserialize<'a>>(&mut self) -> Result<T, Ending> {
        let at = self.at;
        let rest = &self.bytes[at..];
        if rest.is_empty() {
            return Err(Ending::Whole);
        }
        let (len, rest) = postcard::take_from_bytes::<usize>(rest).map_err(|error| match error {
            postcard::Error::DeserializeUnexpectedEnd => Ending::Torn { at },
            _ => Ending::Damaged { at },
        })?;
        let (frame, rest) = rest.split_at_checked(len).ok_or(Ending::Torn { at })?;
        match postcard::take_from_bytes(frame) {
            Ok((value, [])) => {
                self.at = self.bytes.len() - rest.len();
                Ok(value)
            }
            _ => Err(Ending::Damaged { at }),
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTrace => f.write_str("this is no trace"),
            Self::OtherFormat => f.write_str("this is a trace of a format that this version does not know"),
            Self::Header { version: Some(version) } if version != VERSION => {
                write!(
                    f,
                    "version {version} wrote this trace, and version {VERSION} cannot read how it begins"
                )
            }
            Self::Header { .. } => f.write_str("the beginning of this trace is torn or damaged"),
        }
    }
}

impl Error for TraceError {}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the trace is whole"),
            Self::Full => f.write_str("the trace ends where the file had reached its limit"),
            Self::Torn { at } => write!(f, "the trace is torn at byte {at}"),
            Self::Damaged { at } => write!(f, "the trace is damaged at byte {at}"),
        }
    }
}
