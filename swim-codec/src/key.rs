//! A secret that the members of a cluster share.

use alloc::boxed::Box;
use core::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::cipher::{Cipher, SUBKEY_LEN};
use crate::subkeys::Life;
use crate::suite::Suite;

/// A secret of 32 bytes that the members of a cluster share, and the suite it is for.
///
/// Make it from 32 bytes of good randomness; a passphrase is not one. It is wiped from memory when dropped,
/// never printed and never serialised.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    fingerprint: KeyFingerprint,
    // Boxed, so that no copy of it stays where a key was moved from.
    secret: Box<Secret>,
    // Zeros: padding would take along what was on the stack, and be given back unwiped.
    _no_padding: [u8; 7],
}

/// What is kept of the bytes of a key: states that were set up with them, which costs as much as a short frame.
#[derive(Clone)]
pub(crate) enum Secret {
    HmacSha256(Hmac<Sha256>),
    Cipher(Source),
}

/// Gives every life of every sender a subkey of its own.
#[derive(Clone)]
pub(crate) enum Source {
    ChaCha20Poly1305(Hkdf<Sha256>),
    Aes256Gcm(Hkdf<Sha256>),
}

impl Source {
    pub(crate) fn cipher(&self, life: &Life) -> Cipher {
        let mut subkey = Zeroizing::new([0; SUBKEY_LEN]);
        match self {
            Self::ChaCha20Poly1305(hkdf) => {
                derive_subkey(hkdf, Suite::ChaCha20Poly1305, life, &mut subkey);
                Cipher::chacha20_poly1305(&subkey)
            }
            Self::Aes256Gcm(hkdf) => {
                derive_subkey(hkdf, Suite::Aes256Gcm, life, &mut subkey);
                Cipher::aes_256_gcm(&subkey)
            }
        }
    }
}

impl Key {
    /// A key for [`Suite::HmacSha256`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::new(Suite::HmacSha256, bytes)
    }

    /// Takes the bytes and wipes its own copy. The caller's copy is the caller's to wipe.
    #[must_use]
    pub fn new(suite: Suite, mut bytes: [u8; 32]) -> Self {
        let source = Hkdf::new(None, &bytes);
        let (mut id, mut fingerprint) = ([0; 1], [0; 8]);
        derive(&source, &[b"swim key id"], &mut id);
        derive(&source, &[b"swim key fingerprint ", suite.as_str().as_bytes()], &mut fingerprint);
        let [id] = id;
        let secret = Box::new(match suite {
            Suite::HmacSha256 => Secret::HmacSha256(keyed(&bytes)),
            Suite::ChaCha20Poly1305 => Secret::Cipher(Source::ChaCha20Poly1305(source)),
            Suite::Aes256Gcm => Secret::Cipher(Source::Aes256Gcm(source)),
        });
        bytes.zeroize();
        Self { id: KeyId(id), fingerprint: KeyFingerprint(fingerprint), secret, _no_padding: [0; 7] }
    }

    /// What a frame calls this key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What people compare to see that two members have the same key.
    #[must_use]
    pub const fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }

    /// What it is for.
    #[must_use]
    pub fn suite(&self) -> Suite {
        match *self.secret {
            Secret::HmacSha256(_) => Suite::HmacSha256,
            Secret::Cipher(Source::ChaCha20Poly1305(_)) => Suite::ChaCha20Poly1305,
            Secret::Cipher(Source::Aes256Gcm(_)) => Suite::Aes256Gcm,
        }
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("suite", &self.suite())
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// What a frame calls a key: the first byte of HKDF-SHA256 of it. No secret.
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

/// A key and its suite in eight bytes of HKDF-SHA256, printed as 16 hexadecimal digits. No secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFingerprint([u8; 8]);

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFingerprint({self})")
    }
}

fn derive_subkey(source: &Hkdf<Sha256>, suite: Suite, life: &Life, subkey: &mut [u8; SUBKEY_LEN]) {
    let Life { cluster, sender, epoch, .. } = life;
    let (suite, epoch) = (suite.as_str().as_bytes(), epoch.to_be_bytes());
    derive(source, &[b"swim ", suite, cluster.as_bytes(), sender.as_bytes(), &epoch], subkey);
}

/// Fills `bytes`, where they are, with what HKDF gives for the parts of `info`, one behind the other.
#[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes, no caller wants more than 32")]
pub(crate) fn derive(source: &Hkdf<Sha256>, info: &[&[u8]], bytes: &mut [u8]) {
    source.expand_multi_info(info, bytes).expect("few bytes");
}

/// HMAC pads a key to one block of SHA-256 with zeros; doing so here leaves no length that could be wrong.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mac = Hmac::new((&block).into());
    block.zeroize();
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_what_other_implementations_of_hkdf_give() {
        let counting = core::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(Key::from_bytes(counting).id(), KeyId(0xdb));
        assert_eq!(Key::from_bytes([0; 32]).id(), KeyId(0x2));
    }

    /// An HMAC is two states of the hash, HKDF is one HMAC, and neither holds a secret beside them.
    #[test]
    fn what_is_kept_of_a_key_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
        is_wiped::<Sha256>();
    }

    #[test]
    fn the_fingerprint_tells_keys_and_suites_apart() {
        let mut other = [1; 32];
        other[31] = 2;
        let fingerprint = |suite, bytes| Key::new(suite, bytes).fingerprint();
        let keys =
            Suite::ALL.iter().flat_map(|&suite| [fingerprint(suite, [1; 32]), fingerprint(suite, other)]);
        let different: alloc::collections::BTreeSet<_> = keys.collect();
        assert_eq!(different.len(), 6);
        assert!(different.contains(&fingerprint(Suite::Aes256Gcm, other)));
    }

    #[test]
    fn a_key_prints_its_public_names_only() {
        let key = Key::new(Suite::Aes256Gcm, [0xab; 32]);
        let expected = alloc::format!("Key {{ suite: Aes256Gcm, fingerprint: {:?}, .. }}", key.fingerprint());
        assert_eq!(alloc::format!("{key:?}"), expected);
    }
}
