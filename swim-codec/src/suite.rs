//! How a key protects frames.

use core::fmt;

/// How a key protects frames. Each key belongs to one suite; to change the suite, change the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// HMAC-SHA256, truncated to 16 bytes: proves who may speak, hides nothing.
    #[default]
    HmacSha256,
    /// ChaCha20-Poly1305: also hides the messages. Fast on every processor.
    ChaCha20Poly1305,
    /// AES-256-GCM: also hides the messages. The fastest where the processor has instructions for it.
    Aes256Gcm,
}

impl Suite {
    /// All suites.
    pub const ALL: [Self; 3] = [Self::HmacSha256, Self::ChaCha20Poly1305, Self::Aes256Gcm];

    /// The usual name in lower case: `hmac-sha256`, `chacha20-poly1305`, `aes-256-gcm`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
            Self::Aes256Gcm => "aes-256-gcm",
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
