//! Identifiers with a fixed number of bytes on the wire.

use core::fmt;

use sha2::{Digest, Sha256};

/// A member in eight bytes: the first eight of the SHA-256 of its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId([u8; 8]);

impl MemberId {
    /// The id as it stands on the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self(hash(name))
    }

    /// The id as it stands on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// How a frame names this member as its receiver.
    #[must_use]
    pub const fn destination(self) -> Destination {
        let [a, b, c, d, ..] = self.0;
        Destination([a, b, c, d])
    }
}

/// A cluster in eight bytes: the first eight of the SHA-256 of its name.
///
/// Keeps clusters apart that meet by accident. It is no secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId([u8; 8]);

impl ClusterId {
    /// The id of the cluster with this name, which may be any text.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self(hash(name))
    }

    /// The id as it stands on the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The id as it stands on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// Whom a frame is for: the first four bytes of the receiver's [`MemberId`].
///
/// Two members share one by accident in a pair out of 2³², so this filters frames that went astray (an address
/// that another member has now); it does not identify.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Destination([u8; 4]);

impl Destination {
    /// First contact by address: the receiver's name is not known yet. Zeros on the wire.
    pub const UNKNOWN: Self = Self([0; 4]);

    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The destination as it stands on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    /// Whether a frame to this destination is for the member `id`.
    #[must_use]
    pub fn accepts(self, id: MemberId) -> bool {
        self == Self::UNKNOWN || self == id.destination()
    }
}

/// Ties an answer to its question. Eight bytes on the wire, big endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; 8]);

impl Nonce {
    /// Any number will do; one that others cannot guess proves that the answerer saw the question.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value.to_be_bytes())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// The number it was made from.
    #[must_use]
    pub const fn get(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

/// A digest of everything a member knows: equal knowledge, equal fingerprints. Eight bytes on the wire, big
/// endian; zero by default.
///
/// How it is computed is not the codec's business.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// Any number is a fingerprint.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value.to_be_bytes())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// The number it was made from.
    #[must_use]
    pub const fn get(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

/// Identifiers print as they stand on the wire: lower-case hex.
macro_rules! print_as_hex {
    ($($id:ident)+) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )+};
}

print_as_hex!(MemberId ClusterId Destination Nonce Fingerprint);

fn hash(name: &str) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(name));
    [a, b, c, d, e, f, g, h]
}
