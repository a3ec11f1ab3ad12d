//! A frame: the header that every receiver reads before it trusts anything.

use alloc::vec::Vec;
use core::{fmt, mem};

use crate::body::Messages;
use crate::count::{Epoch, Sequence};
use crate::id::{ClusterId, Destination, MemberId};
use crate::key::KeyId;
use crate::seal::SealKind;

/// Bytes of a frame before its body.
pub const HEADER_LEN: usize = 36;
/// Where epoch and sequence begin, which are the nonce of a cipher.
pub(crate) const NONCE_AT: usize = 20;

const MAGIC: [u8; 2] = *b"SW";
const VERSION: u8 = 1;

/// Who sends, where to, and which frame this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The cluster that sender and receiver belong to.
    pub cluster: ClusterId,
    /// Who sealed the frame.
    pub sender: MemberId,
    /// The life of the sender.
    pub epoch: Epoch,
    /// The number of the frame in that life: a receiver that remembers it recognises a replay.
    pub sequence: Sequence,
    /// Whom the frame is for.
    pub destination: Destination,
}

impl Header {
    /// Whose frame these bytes claim to be, if they begin like one. Nothing of it is proven.
    #[must_use]
    pub fn claimed_sender(frame: &[u8]) -> Option<MemberId> {
        Envelope::read(frame).ok().map(|envelope| envelope.header.sender)
    }
}

/// A frame whose tag was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Who sent it, where to, and which frame it is.
    pub header: Header,
    /// Everything between the header and the tag, decrypted.
    pub body: &'a [u8],
    /// The key that sealed it; `None` for a plain frame, of which nothing is proven.
    pub key: Option<KeyId>,
}

impl<'a> Frame<'a> {
    /// The messages of the body, in the order they were written.
    #[must_use]
    pub const fn messages(&self) -> Messages<'a> {
        Messages::new(self.body)
    }
}

/// The first [`HEADER_LEN`] bytes of a frame.
pub(crate) struct Envelope {
    pub(crate) seal: SealKind,
    pub(crate) key: KeyId,
    pub(crate) header: Header,
}

impl Envelope {
    pub(crate) fn write(&self, buf: &mut Vec<u8>) {
        let Header { cluster, sender, epoch, sequence, destination } = &self.header;
        let mut bytes = [0; HEADER_LEN];
        let rest = &mut &mut bytes[..];
        put(rest, MAGIC);
        put(rest, [(VERSION << 4) | self.seal.nibble(), self.key.get()]);
        put(rest, *cluster.as_bytes());
        put(rest, *sender.as_bytes());
        put(rest, epoch.to_be_bytes());
        put(rest, sequence.to_be_bytes());
        put(rest, *destination.as_bytes());
        buf.extend_from_slice(&bytes);
    }

    pub(crate) fn read(frame: &[u8]) -> Result<Self, OpenError> {
        if *frame.first_chunk().ok_or(OpenError::TooShort)? != MAGIC {
            return Err(OpenError::BadMagic);
        }
        // From here on every length is known when this is compiled.
        let header: &[u8; HEADER_LEN] = frame.first_chunk().ok_or(OpenError::TooShort)?;
        let bytes = &mut header.as_slice();
        let _magic: [u8; MAGIC.len()] = take(bytes)?;
        let [version_and_seal, key] = take(bytes)?;
        if version_and_seal >> 4 != VERSION {
            return Err(OpenError::UnknownVersion);
        }
        let (seal, key) = read_seal(version_and_seal & 0xf, key).ok_or(OpenError::UnknownSeal)?;
        Ok(Self { seal, key, header: read_header(bytes)? })
    }
}

/// A plain frame names no key.
fn read_seal(nibble: u8, key: u8) -> Option<(SealKind, KeyId)> {
    let (seal, key) = (SealKind::from_nibble(nibble)?, KeyId::new(key));
    (seal != SealKind::Plain || key == KeyId::NONE).then_some((seal, key))
}

#[inline(always)]
fn read_header(bytes: &mut &[u8]) -> Result<Header, OpenError> {
    Ok(Header {
        cluster: ClusterId::from_bytes(take(bytes)?),
        sender: MemberId::from_bytes(take(bytes)?),
        epoch: Epoch::from_be_bytes(take(bytes)?),
        sequence: Sequence::from_be_bytes(take(bytes)?).ok_or(OpenError::BadSequence)?,
        destination: Destination::from_bytes(take(bytes)?),
    })
}

fn put<const N: usize>(bytes: &mut &mut [u8], field: [u8; N]) {
    if let Some((head, tail)) = mem::take(bytes).split_first_chunk_mut() {
        *head = field;
        *bytes = tail;
    }
}

#[inline(always)]
fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], OpenError> {
    let (head, tail) = bytes.split_first_chunk().ok_or(OpenError::TooShort)?;
    *bytes = tail;
    Ok(*head)
}

/// Why bytes are not a frame for this cluster and keyring. Nothing of such bytes may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenError {
    /// Fewer bytes than a header and a tag have.
    TooShort,
    /// It does not begin like a frame: something else talks to this address.
    BadMagic,
    /// A frame of another version of this protocol.
    UnknownVersion,
    /// A seal that this version does not know, or a plain frame that names a key.
    UnknownSeal,
    /// The sequence is 0, which no frame has.
    BadSequence,
    /// A frame of another cluster.
    ForeignCluster,
    /// A frame without authentication, and the keyring demands it.
    PlainRefused,
    /// An authenticated frame, and the keyring has no keys.
    SealedRefused,
    /// No key of the keyring has this id and the suite of the frame.
    UnknownKey(KeyId),
    /// The tag is wrong: damaged on the way, forged, or sealed under another key with the same id.
    BadTag,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("too short for a frame"),
            Self::BadMagic => f.write_str("does not begin like a frame"),
            Self::UnknownVersion => f.write_str("a frame of another version"),
            Self::UnknownSeal => f.write_str("an unknown seal"),
            Self::BadSequence => f.write_str("sequence 0"),
            Self::ForeignCluster => f.write_str("a frame of another cluster"),
            Self::PlainRefused => f.write_str("a plain frame where only sealed ones are accepted"),
            Self::SealedRefused => f.write_str("a sealed frame where there is no key"),
            Self::UnknownKey(id) => write!(f, "sealed under the unknown key {id}"),
            Self::BadTag => f.write_str("the tag is wrong"),
        }
    }
}

impl core::error::Error for OpenError {}
