//! What protects a frame: a tag over header and body.

use alloc::vec::Vec;

use crc::{CRC_32_ISCSI, Crc, Table};
use hmac::Mac;

use crate::frame::{HEADER_LEN, OpenError};
use crate::key::{Key, KeyId};

pub(crate) static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

const CRC_LEN: usize = 4;
const MAC_LEN: usize = 16;

/// How a header names a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealKind {
    /// CRC-32C: finds damage, proves nothing.
    Plain,
    /// HMAC-SHA256, truncated to 16 bytes.
    Hmac,
}

impl SealKind {
    pub(crate) const fn nibble(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Hmac => 1,
        }
    }

    pub(crate) const fn from_nibble(nibble: u8) -> Option<Self> {
        match nibble {
            0 => Some(Self::Plain),
            1 => Some(Self::Hmac),
            _ => None,
        }
    }

    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::Plain => CRC_LEN,
            Self::Hmac => MAC_LEN,
        }
    }
}

/// A kind of seal together with the key it needs.
#[derive(Clone, Copy)]
pub(crate) enum Seal<'k> {
    Plain,
    Hmac(&'k Key),
}

impl Seal<'_> {
    pub(crate) const fn kind(self) -> SealKind {
        match self {
            Self::Plain => SealKind::Plain,
            Self::Hmac(_) => SealKind::Hmac,
        }
    }

    pub(crate) const fn key_id(self) -> KeyId {
        match self {
            Self::Plain => KeyId::NONE,
            Self::Hmac(key) => key.id(),
        }
    }

    /// Ends the frame that begins at `start`.
    pub(crate) fn close(self, start: usize, buf: &mut Vec<u8>) {
        let covered = buf.get(start..).unwrap_or_default();
        match self {
            Self::Plain => {
                let tag = CRC_32C.checksum(covered);
                buf.extend_from_slice(&tag.to_be_bytes());
            }
            Self::Hmac(key) => {
                let tag = key.mac().chain_update(covered).finalize();
                buf.extend(tag.as_bytes().iter().take(MAC_LEN));
            }
        }
    }

    /// The body of the frame, if its tag is right.
    pub(crate) fn open(self, frame: &mut [u8]) -> Result<&[u8], OpenError> {
        let (covered, tag) = self.split(frame).ok_or(OpenError::TooShort)?;
        let body = covered.get(HEADER_LEN..).ok_or(OpenError::TooShort)?;
        self.verifies(covered, tag).then_some(body).ok_or(OpenError::BadTag)
    }

    fn split(self, frame: &[u8]) -> Option<(&[u8], &[u8])> {
        frame.split_at_checked(frame.len().checked_sub(self.kind().tag_len())?)
    }

    /// In constant time where there is a secret.
    fn verifies(self, covered: &[u8], tag: &[u8]) -> bool {
        match self {
            Self::Plain => tag == CRC_32C.checksum(covered).to_be_bytes(),
            Self::Hmac(key) => key.mac().chain_update(covered).verify_truncated_left(tag).is_ok(),
        }
    }
}
