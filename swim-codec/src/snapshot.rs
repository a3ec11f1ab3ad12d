//! What a member knew, as bytes that outlive it.
//!
//! ```text
//! ┌──────────┬─────────┬──────────┬──────────────────┬──────────┐
//! │ SWIMSNAP │ version │ origin   │ records          │ CRC-32C  │
//! │ 8 bytes  │ u8, 1   │          │                  │ 4 bytes  │
//! └──────────┴─────────┴──────────┴──────────────────┴──────────┘
//! ```
//!
//! Origin and records are spelled like the messages of a [body](crate::Messages): `kind u8 · length varint ·
//! fields`. The sum at the end covers all before it. It finds damage and proves nothing: keep a snapshot
//! where only its owner can write.

use alloc::vec::Vec;
use core::fmt;

use crate::addr::AddrRef;
use crate::body::{self, Malformed};
use crate::checksum::checksum;
use crate::count::{Epoch, Incarnation};
use crate::id::ClusterId;
use crate::limits::NAME_MAX;
use crate::message::{Claim, Message, Register};

const MAGIC: [u8; 8] = *b"SWIMSNAP";
const VERSION: u8 = 1;
/// Magic and version.
const HEAD_LEN: usize = 9;
const CRC_LEN: usize = 4;

mod kind {
    pub(super) const ORIGIN: u8 = 1;
    pub(super) const SEED: u8 = 2;
}

/// Whose knowledge it is, and in which life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The cluster that it was a member of.
    pub cluster: ClusterId,
    /// Its name: 1 to [`NAME_MAX`] bytes.
    pub name: &'a str,
    /// Its life.
    pub epoch: Epoch,
    /// Its latest word in that life.
    pub incarnation: Incarnation,
    /// The largest stamp that it gave to a register.
    pub stamp: u64,
}

/// One thing that it knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// Where it was told to look for the cluster.
    Seed(AddrRef<'a>),
    /// What it believed of a member, itself included.
    Claim(Claim<'a>),
    /// A value that a member holds.
    Register(Register<'a>),
}

/// Writes a snapshot behind what a buffer holds. One that is dropped unfinished takes back what it wrote.
#[must_use = "a snapshot that is not finished is taken back"]
pub struct SnapshotWriter<'b> {
    buf: &'b mut Vec<u8>,
    start: usize,
    /// What is behind this is taken back on drop.
    keep: usize,
}

impl<'b> SnapshotWriter<'b> {
    /// Begins a snapshot. `None` if the name of the origin is outside [`limits`](crate::limits).
    pub fn new(origin: &Origin<'_>, buf: &'b mut Vec<u8>) -> Option<Self> {
        let start = buf.len();
        let writer = Self { buf, start, keep: start };
        writer.buf.extend_from_slice(&MAGIC);
        writer.buf.push(VERSION);
        let written =
            origin.is_within_limits() && body::append_as(kind::ORIGIN, origin, usize::MAX, writer.buf);
        written.then_some(writer)
    }

    /// Appends a record. `false`, and nothing is appended, if a length in it is outside
    /// [`limits`](crate::limits).
    #[must_use]
    pub fn push(&mut self, record: &Record<'_>) -> bool {
        match record {
            Record::Seed(addr) => {
                addr.check().is_ok() && body::append_as(kind::SEED, addr, usize::MAX, self.buf)
            }
            Record::Claim(claim) => body::write(&Message::Claim(*claim), usize::MAX, self.buf),
            Record::Register(register) => body::write(&Message::Register(*register), usize::MAX, self.buf),
        }
    }

    /// Finishes the snapshot: it is then what the buffer ends with.
    pub fn finish(mut self) {
        let sum = checksum(self.buf.get(self.start..).unwrap_or_default());
        self.buf.extend_from_slice(&sum.to_be_bytes());
        self.keep = self.buf.len();
    }
}

impl Drop for SnapshotWriter<'_> {
    fn drop(&mut self) {
        self.buf.truncate(self.keep);
    }
}

impl fmt::Debug for SnapshotWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotWriter").finish_non_exhaustive()
    }
}

impl Origin<'_> {
    fn is_within_limits(&self) -> bool {
        (1..=NAME_MAX).contains(&self.name.len())
    }
}

/// A whole and well-formed snapshot, borrowed from its bytes.
#[derive(Clone, Debug)]
pub struct Snapshot<'a> {
    /// Whose knowledge it is.
    pub origin: Origin<'a>,
    records: &'a [u8],
}

impl<'a> Snapshot<'a> {
    /// Reads every record once and allocates nothing, so what [`records`](Self::records) gives later is sound.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] for bytes that no [`SnapshotWriter`] finished. Nothing in them may be believed.
    pub fn open(bytes: &'a [u8]) -> Result<Self, SnapshotError> {
        let whole = checked(bytes)?;
        let (origin, records) = read_origin(whole)?;
        let snapshot = Self { origin, records };
        Records { rest: records }.try_for_each(|record| record.map(drop))?;
        Ok(snapshot)
    }

    /// Whether bytes, however few there are of them, begin like a snapshot of whatever version.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> bool {
        bytes.iter().zip(&MAGIC).all(|(byte, expected)| byte == expected)
    }

    /// What was known, in the order in which it was written. Kinds of records that this version does not know are
    /// skipped.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> {
        Records { rest: self.records }.map_while(Result::ok)
    }
}

/// The origin and the records, once magic, version and sum are right.
fn checked(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    let (head, rest) = bytes.split_at_checked(HEAD_LEN).ok_or(SnapshotError::Damaged)?;
    let Some(([version], _)) = head.strip_prefix(&MAGIC).and_then(<[u8]>::split_first_chunk) else {
        return Err(SnapshotError::NotASnapshot);
    };
    if *version != VERSION {
        return Err(SnapshotError::UnknownVersion { version: *version });
    }
    let (covered, sum) = bytes.split_last_chunk::<CRC_LEN>().ok_or(SnapshotError::Damaged)?;
    if checksum(covered).to_be_bytes() != *sum {
        return Err(SnapshotError::Damaged);
    }
    rest.get(..rest.len().saturating_sub(CRC_LEN)).ok_or(SnapshotError::Damaged)
}

fn read_origin(bytes: &[u8]) -> Result<(Origin<'_>, &[u8]), Malformed> {
    let (&kind, rest) = bytes.split_first().ok_or(Malformed::Truncated)?;
    let (fields, rest) = body::split_message(rest)?;
    let origin: Origin<'_> = body::fields(fields)?;
    match (kind, origin.is_within_limits()) {
        (kind::ORIGIN, true) => Ok((origin, rest)),
        (kind::ORIGIN, false) => Err(Malformed::OverLimit),
        _ => Err(Malformed::Meaningless),
    }
}

struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    fn next_known(&mut self) -> Result<Option<Record<'a>>, Malformed> {
        while let Some((&kind, rest)) = self.rest.split_first() {
            let (bytes, rest) = body::split_message(rest)?;
            self.rest = rest;
            if let Some(record) = read(kind, bytes)? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_known().transpose()
    }
}

fn read(kind: u8, bytes: &[u8]) -> Result<Option<Record<'_>>, Malformed> {
    if kind == kind::SEED {
        let addr: AddrRef<'_> = body::fields(bytes)?;
        addr.check().map_err(|_| Malformed::OverLimit)?;
        return Ok(Some(Record::Seed(addr)));
    }
    Ok(match body::read(kind, bytes)? {
        Some(Message::Claim(claim)) => Some(Record::Claim(claim)),
        Some(Message::Register(register)) => Some(Record::Register(register)),
        _ => None,
    })
}

/// Why bytes are not a snapshot that this version reads. Go on without it, as at the first start ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It does not begin like a snapshot.
    NotASnapshot,
    /// Written by another version of this program.
    UnknownVersion {
        /// The version that it bears.
        version: u8,
    },
    /// Cut short or changed since it was written: the sum at its end does not match.
    Damaged,
    /// The sum matches, but a record is not one that could have been written.
    Malformed(Malformed),
}

impl From<Malformed> for SnapshotError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot => f.write_str("does not begin like a snapshot"),
            Self::UnknownVersion { version } => {
                write!(f, "a snapshot of version {version}, and only {VERSION} is known")
            }
            Self::Damaged => f.write_str("the snapshot is cut short or damaged"),
            Self::Malformed(malformed) => write!(f, "a record of the snapshot is malformed: {malformed}"),
        }
    }
}

impl core::error::Error for SnapshotError {}
