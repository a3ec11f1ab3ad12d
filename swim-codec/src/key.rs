//! A secret that the members of a cluster share.

use core::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

/// A secret of 32 bytes that the members of a cluster share.
///
/// Make it from 32 bytes of good randomness; a passphrase is not one. It is wiped from memory when dropped,
/// never printed and never serialised.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    // Keyed once: setting it up costs as much as the tag of a short frame. The bytes of the key are not kept.
    mac: Hmac<Sha256>,
}

impl Key {
    /// Takes the bytes and wipes its own copy. The caller's copy is the caller's to wipe.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self { id: KeyId::of(&bytes), mac: keyed(&bytes) };
        bytes.zeroize();
        key
    }

    /// The short public name of this key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// HMAC-SHA256 under this key, ready to be given bytes.
    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }

    /// In constant time.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.mac().finalize() == other.mac().finalize()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.id).finish()
    }
}

/// What a frame and an operator call a key: the first byte of HKDF-SHA256 of it. No secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u8);

impl KeyId {
    /// What a plain frame has instead.
    pub(crate) const NONE: Self = Self(0);

    /// The id with this number.
    #[must_use]
    pub const fn new(id: u8) -> Self {
        Self(id)
    }

    /// The id as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    #[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes, this is one")]
    fn of(key: &[u8; 32]) -> Self {
        let mut id = [0];
        Hkdf::<Sha256>::new(None, key).expand(b"swim key id", &mut id).expect("one byte");
        let [id] = id;
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// HMAC pads a key to one block of SHA-256 with zeros; doing so here leaves no length that could be wrong.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mac = Hmac::new(&block.into());
    block.zeroize();
    mac
}
