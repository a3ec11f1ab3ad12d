//! One subkey at work: a body is encrypted where it is, and its header is tagged with it.

use alloc::boxed::Box;

use aes_gcm::AesGcm;
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes256Enc;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

/// Bytes of a tag under any key.
pub(crate) const TAG_LEN: usize = 16;
/// Bytes of a nonce: an epoch and a sequence, which no sender uses twice.
pub(crate) const NONCE_LEN: usize = 12;
/// Bytes of a subkey.
pub(crate) const SUBKEY_LEN: usize = 32;

/// What encrypts the frames of one sender in one life. Wiped when dropped, and boxed, so that no copy of it stays where
/// it was moved from.
#[derive(Clone)]
pub(crate) enum Cipher {
    ChaCha20Poly1305(Box<ChaCha20Poly1305>),
    Aes256Gcm(Box<AesGcm<Aes256Enc, U12>>),
}

impl Cipher {
    pub(crate) fn chacha20_poly1305(subkey: &[u8; SUBKEY_LEN]) -> Self {
        Self::ChaCha20Poly1305(Box::new(KeyInit::new(subkey.into())))
    }

    pub(crate) fn aes_256_gcm(subkey: &[u8; SUBKEY_LEN]) -> Self {
        Self::Aes256Gcm(Box::new(KeyInit::new(subkey.into())))
    }

    /// Encrypts `body`, at most 4 GiB, and returns the tag over `header` and the result.
    #[expect(clippy::expect_used, reason = "both take 64 GiB")]
    pub(crate) fn encrypt(&self, nonce: &[u8; NONCE_LEN], header: &[u8], body: &mut [u8]) -> [u8; TAG_LEN] {
        let (nonce, body) = (nonce.into(), body.into());
        let tag = match self {
            Self::ChaCha20Poly1305(cipher) => cipher.encrypt_inout_detached(nonce, header, body),
            Self::Aes256Gcm(cipher) => cipher.encrypt_inout_detached(nonce, header, body),
        };
        tag.expect("no more than 4 GiB").into()
    }

    /// Decrypts `body` if the tag is right, which is found out in constant time. Otherwise leaves it as it is.
    pub(crate) fn decrypt(
        &self,
        nonce: &[u8; NONCE_LEN],
        header: &[u8],
        body: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> bool {
        let (nonce, body, tag) = (nonce.into(), body.into(), tag.into());
        match self {
            Self::ChaCha20Poly1305(cipher) => cipher.decrypt_inout_detached(nonce, header, body, tag),
            Self::Aes256Gcm(cipher) => cipher.decrypt_inout_detached(nonce, header, body, tag),
        }
        .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_subkey_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
        is_wiped::<ChaCha20Poly1305>();
        is_wiped::<AesGcm<Aes256Enc, U12>>();
    }
}
