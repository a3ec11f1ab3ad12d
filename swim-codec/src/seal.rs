//! What protects a frame: a tag over header and body, and under some suites encryption of the body.

use alloc::vec::Vec;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::checksum::checksum;
use crate::cipher::{Cipher, NONCE_LEN, TAG_LEN};
use crate::frame::{HEADER_LEN, NONCE_AT, OpenError};
use crate::key::KeyId;
use crate::suite::Suite;

const CRC_LEN: usize = 4;

/// How a header names a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealKind {
    /// CRC-32C: finds damage, proves nothing.
    Plain,
    Keyed(Suite),
}

impl SealKind {
    pub(crate) const fn nibble(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Keyed(Suite::HmacSha256) => 1,
            Self::Keyed(Suite::ChaCha20Poly1305) => 2,
            Self::Keyed(Suite::Aes256Gcm) => 3,
        }
    }

    pub(crate) const fn from_nibble(nibble: u8) -> Option<Self> {
        match nibble {
            0 => Some(Self::Plain),
            1 => Some(Self::Keyed(Suite::HmacSha256)),
            2 => Some(Self::Keyed(Suite::ChaCha20Poly1305)),
            3 => Some(Self::Keyed(Suite::Aes256Gcm)),
            _ => None,
        }
    }

    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::Plain => CRC_LEN,
            Self::Keyed(_) => TAG_LEN,
        }
    }
}

/// A kind of seal together with the secret it needs.
#[derive(Clone, Copy)]
pub(crate) enum Seal<'k> {
    Plain,
    Hmac(KeyId, &'k Hmac<Sha256>),
    Cipher(KeyId, &'k Cipher),
}

impl Seal<'_> {
    pub(crate) const fn kind(self) -> SealKind {
        match self {
            Self::Plain => SealKind::Plain,
            Self::Hmac(..) => SealKind::Keyed(Suite::HmacSha256),
            Self::Cipher(_, Cipher::ChaCha20Poly1305(_)) => SealKind::Keyed(Suite::ChaCha20Poly1305),
            Self::Cipher(_, Cipher::Aes256Gcm(_)) => SealKind::Keyed(Suite::Aes256Gcm),
        }
    }

    pub(crate) const fn key_id(self) -> KeyId {
        match self {
            Self::Plain => KeyId::NONE,
            Self::Hmac(id, _) | Self::Cipher(id, _) => id,
        }
    }

    /// Ends the frame that begins at `start`.
    #[inline]
    pub(crate) fn close(self, start: usize, buf: &mut Vec<u8>) {
        let Some(frame) = buf.get_mut(start..) else { return };
        match self {
            Self::Plain => {
                let tag = checksum(frame);
                buf.extend_from_slice(&tag.to_be_bytes());
            }
            Self::Hmac(_, mac) => {
                let tag = mac.clone().chain_update(frame).finalize();
                buf.extend(tag.as_bytes().iter().take(TAG_LEN));
            }
            Self::Cipher(_, cipher) => {
                let Some((header, body)) = frame.split_first_chunk_mut() else { return };
                let tag = cipher.encrypt(&nonce(header), header, body);
                buf.extend_from_slice(&tag);
            }
        }
    }

    /// The body of the frame, if its tag is right; decrypted where it is.
    #[inline]
    pub(crate) fn open(self, frame: &mut [u8]) -> Result<&[u8], OpenError> {
        let end = frame.len().checked_sub(self.kind().tag_len()).ok_or(OpenError::TooShort)?;
        let (covered, tag) = frame.split_at_mut_checked(end).ok_or(OpenError::TooShort)?;
        if covered.len() < HEADER_LEN {
            return Err(OpenError::TooShort);
        }
        let right = match self {
            Self::Plain => tag == checksum(covered).to_be_bytes(),
            // In constant time, as is what a cipher does.
            Self::Hmac(_, mac) => mac.clone().chain_update(&*covered).verify_truncated_left(tag).is_ok(),
            Self::Cipher(_, cipher) => decrypt(cipher, covered, tag),
        };
        if right { covered.get(HEADER_LEN..).ok_or(OpenError::TooShort) } else { Err(OpenError::BadTag) }
    }
}

fn decrypt(cipher: &Cipher, covered: &mut [u8], tag: &[u8]) -> bool {
    let (Some((header, body)), Some(tag)) = (covered.split_first_chunk_mut(), tag.first_chunk()) else {
        return false;
    };
    cipher.decrypt(&nonce(header), header, body, tag)
}

/// Epoch and sequence as they stand in the header, before the destination: a pair that comes once under a subkey.
fn nonce(header: &[u8; HEADER_LEN]) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce.iter_mut().zip(header.iter().skip(NONCE_AT)).for_each(|(to, from)| *to = *from);
    nonce
}
