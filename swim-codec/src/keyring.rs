//! The keys of a cluster: one that seals, and those that still or already open.

use alloc::vec::Vec;
use core::{fmt, mem};

use crate::frame::{Envelope, Frame, HEADER_LEN, Header, OpenError};
use crate::id::ClusterId;
use crate::key::{Key, KeyId};
use crate::limits::KEYS_MAX;
use crate::seal::{Seal, SealKind};
use crate::writer::FrameWriter;

/// Seals the frames that a member sends and opens those it receives.
///
/// To change the key of a cluster while it runs: [`install`](Self::install) the new one on every member, then
/// [`use_key`](Self::use_key) it on every member, then [`remove`](Self::remove) the old one from every member.
/// Between the steps old and new frames are opened everywhere.
#[derive(Clone)]
pub struct Keyring(Keys);

#[derive(Clone)]
enum Keys {
    None,
    Some { sealing: Key, opening: Vec<Key> },
}

impl Keyring {
    /// No keys: frames carry a CRC-32C, which finds damage. Whoever can send to a member can forge any frame.
    #[must_use]
    pub const fn plain() -> Self {
        Self(Keys::None)
    }

    /// Frames carry an HMAC-SHA256 under `key`, truncated to 16 bytes. Plain frames are refused.
    #[must_use]
    pub const fn sealed(key: Key) -> Self {
        Self(Keys::Some { sealing: key, opening: Vec::new() })
    }

    /// Opens frames under `key` from now on, and returns what to call it in [`use_key`](Self::use_key).
    ///
    /// # Errors
    ///
    /// [`KeyringError::Plain`], [`AlreadyInstalled`](KeyringError::AlreadyInstalled),
    /// [`SameId`](KeyringError::SameId), or [`Full`](KeyringError::Full) with [`KEYS_MAX`] keys.
    pub fn install(&mut self, key: Key) -> Result<KeyId, KeyringError> {
        let id = key.id();
        match self.find(id) {
            Some(present) if present.is_same(&key) => return Err(KeyringError::AlreadyInstalled),
            Some(_) => return Err(KeyringError::SameId(id)),
            None => {}
        }
        let Keys::Some { opening, .. } = &mut self.0 else { return Err(KeyringError::Plain) };
        if opening.len() >= KEYS_MAX - 1 {
            return Err(KeyringError::Full);
        }
        opening.push(key);
        Ok(id)
    }

    /// Seals under the key `id` from now on. The one used so far still opens.
    ///
    /// # Errors
    ///
    /// [`KeyringError::Plain`], or [`KeyringError::Unknown`] if it is not installed.
    pub fn use_key(&mut self, id: KeyId) -> Result<(), KeyringError> {
        let Keys::Some { sealing, opening } = &mut self.0 else { return Err(KeyringError::Plain) };
        if sealing.id() != id {
            let key = opening.iter_mut().find(|key| key.id() == id).ok_or(KeyringError::Unknown(id))?;
            mem::swap(sealing, key);
        }
        Ok(())
    }

    /// Opens nothing under the key `id` any more.
    ///
    /// # Errors
    ///
    /// [`KeyringError::Plain`], [`KeyringError::InUse`] for the key that seals, or [`KeyringError::Unknown`] if
    /// it is not installed.
    pub fn remove(&mut self, id: KeyId) -> Result<(), KeyringError> {
        let Keys::Some { sealing, opening } = &mut self.0 else { return Err(KeyringError::Plain) };
        if sealing.id() == id {
            return Err(KeyringError::InUse(id));
        }
        let at = opening.iter().position(|key| key.id() == id).ok_or(KeyringError::Unknown(id))?;
        opening.remove(at);
        Ok(())
    }

    /// The id of every key: that of the one that seals first, none in a plain keyring.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().map(Key::id)
    }

    /// Bytes of a sealed frame beside its body: 40 plain, 52 with keys.
    #[must_use]
    pub fn overhead(&self) -> usize {
        HEADER_LEN.saturating_add(self.seal().kind().tag_len())
    }

    /// Starts a frame at the end of `buf` that will take at most `budget` bytes when sealed.
    ///
    /// With a budget below [`overhead`](Self::overhead) no message fits, and the frame, if sealed nevertheless,
    /// has `overhead` bytes.
    pub fn frame<'k>(&'k self, header: &Header, budget: usize, buf: &'k mut Vec<u8>) -> FrameWriter<'k> {
        FrameWriter::datagram(self.seal(), header, budget, buf)
    }

    /// Like [`frame`](Self::frame), for a stream: sealing also puts the length in front, which `budget` does not
    /// count.
    pub fn stream_frame<'k>(
        &'k self,
        header: &Header,
        budget: usize,
        buf: &'k mut Vec<u8>,
    ) -> FrameWriter<'k> {
        FrameWriter::stream(self.seal(), header, budget, buf)
    }

    /// Checks and reads one whole frame.
    ///
    /// Takes the bytes mutably because a seal that encrypts decrypts where they are. After an error their
    /// content is unspecified.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the bytes.
    pub fn open<'a>(&self, cluster: ClusterId, frame: &'a mut [u8]) -> Result<Frame<'a>, OpenError> {
        let Envelope { seal, key, header } = Envelope::read(frame)?;
        if header.cluster != cluster {
            return Err(OpenError::ForeignCluster);
        }
        let body = self.seal_of(seal, key)?.open(frame)?;
        Ok(Frame { header, body })
    }

    fn seal(&self) -> Seal<'_> {
        match &self.0 {
            Keys::None => Seal::Plain,
            Keys::Some { sealing, .. } => Seal::Hmac(sealing),
        }
    }

    fn seal_of(&self, kind: SealKind, id: KeyId) -> Result<Seal<'_>, OpenError> {
        match (&self.0, kind) {
            (Keys::None, SealKind::Hmac) => Err(OpenError::SealedRefused),
            (Keys::None, SealKind::Plain) if id == KeyId::NONE => Ok(Seal::Plain),
            (Keys::None, SealKind::Plain) => Err(OpenError::UnknownKey(id)),
            (Keys::Some { .. }, SealKind::Plain) => Err(OpenError::PlainRefused),
            (Keys::Some { .. }, SealKind::Hmac) => {
                self.find(id).map(Seal::Hmac).ok_or(OpenError::UnknownKey(id))
            }
        }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        let (sealing, opening) = match &self.0 {
            Keys::None => (None, [].as_slice()),
            Keys::Some { sealing, opening } => (Some(sealing), opening.as_slice()),
        };
        sealing.into_iter().chain(opening)
    }

    fn find(&self, id: KeyId) -> Option<&Key> {
        self.keys().find(|key| key.id() == id)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("seal", &self.seal().kind())
            .field("keys", &self.key_ids().collect::<Vec<_>>())
            .finish()
    }
}

/// Why a keyring stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringError {
    /// A plain keyring has no keys to change.
    Plain,
    /// This very key is there.
    AlreadyInstalled,
    /// Another key has the same id, and a frame could not say which it means.
    SameId(KeyId),
    /// It has [`KEYS_MAX`] keys.
    Full,
    /// No key has this id.
    Unknown(KeyId),
    /// This key seals; use another one before removing it.
    InUse(KeyId),
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("a plain keyring has no keys to change"),
            Self::AlreadyInstalled => f.write_str("this very key is installed"),
            Self::SameId(id) => write!(f, "another key has the id {id} too: generate a new key instead"),
            Self::Full => write!(f, "a keyring has at most {KEYS_MAX} keys: remove one first"),
            Self::Unknown(id) => write!(f, "no key has the id {id}"),
            Self::InUse(id) => write!(f, "the key {id} seals: use another one first"),
        }
    }
}

impl core::error::Error for KeyringError {}
