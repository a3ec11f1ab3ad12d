//! The file while it is written.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::mem;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use swim_core::Instant;

use crate::birth::Header;
use crate::call::{Call, Kind};
use crate::output::Output;

/// The first line; another number is another format.
pub(crate) const MAGIC: &[u8] = b"swim trace 1\n";
/// What such a line begins with in every format.
pub(crate) const KIND: &[u8] = b"swim trace ";
/// The version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What the last frame of a full trace takes at most.
const RESERVE: u64 = 8;

/// One frame behind the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Record<'a> {
    Call {
        /// Nanoseconds since the call before, around the corner where the clock went back.
        after: u64,
        #[serde(borrow)]
        call: Call<'a>,
    },
    Output(Output),
    /// The recording stopped because the file had reached its limit.
    Full,
}

/// Why a recording stopped while the node went on.
#[derive(Debug)]
pub enum Stopped {
    /// The file has reached its limit, in bytes.
    Full(u64),
    /// It could not be written.
    Failed(io::Error),
}

/// What stands in a file before the first call.
pub(crate) struct Beginning {
    nanos: u64,
    bytes: Vec<u8>,
}

impl Beginning {
    pub(crate) fn of(header: &Header) -> io::Result<Self> {
        let (mut bytes, mut frame) = (MAGIC.to_vec(), Vec::new());
        spell(VERSION, &mut frame, &mut bytes)?;
        spell(header, &mut frame, &mut bytes)?;
        Ok(Self { nanos: header.nanos, bytes })
    }

    pub(crate) fn fits(&self, limit: u64) -> bool {
        self.bytes.len() as u64 + RESERVE <= limit
    }
}

/// A file that is being written.
pub(crate) struct Tape {
    file: File,
    limit: u64,
    /// Bytes of the file, those included that wait to be written.
    len: u64,
    nanos: u64,
    pending: Vec<u8>,
    frame: Vec<u8>,
}

impl Tape {
    /// Begins a file where none is.
    pub(crate) fn create(path: &Path, limit: u64, beginning: Beginning) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let Beginning { nanos, bytes: pending } = beginning;
        let mut tape = Self { file, limit, len: pending.len() as u64, nanos, pending, frame: Vec::new() };
        tape.flush()?;
        Ok(tape)
    }

    /// Writes it out, so that it is in the file whatever the node does with it.
    pub(crate) fn call(&mut self, now: Instant, call: Kind<'_>) -> Result<(), Stopped> {
        let after = now.as_nanos().wrapping_sub(self.nanos);
        self.nanos = now.as_nanos();
        self.put(&Record::Call { after, call: Call(call) })?;
        self.flush().map_err(Stopped::Failed)
    }

    /// Waits for the next call, unless nothing may come for long.
    pub(crate) fn output(&mut self, output: Output) -> Result<(), Stopped> {
        let at_rest = matches!(output, Output::Rest { .. });
        self.put(&Record::Output(output))?;
        if at_rest { self.flush().map_err(Stopped::Failed) } else { Ok(()) }
    }

    fn put(&mut self, record: &Record<'_>) -> Result<(), Stopped> {
        let (len, pending) = (self.len, self.pending.len());
        self.spell(record).map_err(Stopped::Failed)?;
        if self.len + RESERVE <= self.limit {
            return Ok(());
        }
        self.len = len;
        self.pending.truncate(pending);
        self.spell(&Record::Full).and_then(|()| self.flush()).map_err(Stopped::Failed)?;
        Err(Stopped::Full(self.limit))
    }

    fn spell<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        let before = self.pending.len();
        spell(value, &mut self.frame, &mut self.pending)?;
        self.len += (self.pending.len() - before) as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.pending);
        self.pending.clear();
        written
    }
}

/// Appends a frame to what is to be written; `frame` is room for it.
fn spell<T: Serialize + ?Sized>(value: &T, frame: &mut Vec<u8>, pending: &mut Vec<u8>) -> io::Result<()> {
    frame.clear();
    *frame = postcard::to_extend(value, mem::take(frame)).map_err(io::Error::other)?;
    *pending = postcard::to_extend(&frame.len(), mem::take(pending)).map_err(io::Error::other)?;
    pending.extend_from_slice(frame);
    Ok(())
}

impl Drop for Tape {
    /// What came after the last rest is in the file, too; there is nobody left to tell if it cannot be written.
    fn drop(&mut self) {
        let _lost = self.flush();
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(limit) => write!(f, "the trace has reached its limit of {limit} bytes"),
            Self::Failed(error) => write!(f, "the trace cannot be written: {error}"),
        }
    }
}

impl Error for Stopped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full(_) => None,
            Self::Failed(error) => Some(error),
        }
    }
}
