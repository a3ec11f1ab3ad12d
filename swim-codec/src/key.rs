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
    let mac = Hmac::new((&block).into());
    block.zeroize();
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(key: &[u8]) -> Key {
        let mut bytes = [0; 32];
        bytes[..key.len()].copy_from_slice(key);
        Key::from_bytes(bytes)
    }

    fn hex(bytes: &[u8]) -> alloc::string::String {
        bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
    }

    /// HMAC pads keys with zeros, so shorter ones can be padded here as well.
    #[test]
    fn tags_are_those_of_rfc_4231() {
        let counting: alloc::vec::Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 5] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        ];
        for (key, data, tag) in cases {
            let computed = hex(padded(key).mac().chain_update(data).finalize().as_bytes());
            assert!(computed.starts_with(tag), "{computed} instead of {tag}");
        }
    }

    #[test]
    fn the_id_is_what_other_implementations_of_hkdf_give() {
        let counting = core::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(Key::from_bytes(counting).id(), KeyId(0xdb));
        assert_eq!(Key::from_bytes([0; 32]).id(), KeyId(0x2));
    }

    /// An HMAC is two states of the hash, and holds no secret beside them.
    #[test]
    fn what_is_kept_of_a_key_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
        is_wiped::<Sha256>();
    }

    #[test]
    fn a_key_is_the_same_as_itself_and_no_other() {
        let key = Key::from_bytes([1; 32]);
        let mut other = [1; 32];
        other[31] = 2;
        assert!(key.is_same(&Key::from_bytes([1; 32])));
        assert!(!key.is_same(&Key::from_bytes(other)));
    }

    #[test]
    fn a_key_prints_its_id_only() {
        let key = Key::from_bytes([0xab; 32]);
        assert_eq!(alloc::format!("{key:?}"), alloc::format!("Key(KeyId({}))", key.id()));
    }
}
