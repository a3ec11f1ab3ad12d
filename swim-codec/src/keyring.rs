//! The keys of a cluster: one that seals, and those that still or already open.

use alloc::vec::Vec;
use core::{fmt, mem};

use crate::frame::{Envelope, Frame, HEADER_LEN, Header, OpenError};
use crate::id::ClusterId;
use crate::key::{Key, KeyId, Secret};
use crate::limits::KEYS_MAX;
use crate::mode::Mode;
use crate::seal::{Seal, SealKind};
use crate::subkeys::{Life, Subkeys};
use crate::suite::Suite;
use crate::writer::FrameWriter;

/// Seals the frames that a member sends and opens those it receives.
///
/// To change the key of a cluster while it runs: [`install`](Self::install) the new one on every member, then
/// [`use_key`](Self::use_key) it on every member, then [`remove`](Self::remove) the old one from every member.
/// Between the steps old and new frames are opened everywhere. A key has one [`Suite`](crate::Suite), so the suite
/// of a cluster changes in the same way. How a cluster without keys gets its first one, [`Mode`] says.
///
/// It trusts that no [`Header`] is sealed twice, see [`Headers`](crate::Headers).
#[derive(Clone)]
pub struct Keyring {
    keys: Keys,
    subkeys: Subkeys,
}

#[derive(Clone)]
enum Keys {
    None,
    Some { mode: Mode, sealing: Key, opening: Vec<Key> },
}

impl Keyring {
    /// No keys: frames carry a CRC-32C, which finds damage. Whoever can send to a member can forge any frame.
    #[must_use]
    pub const fn plain() -> Self {
        Self { keys: Keys::None, subkeys: Subkeys::new() }
    }

    /// Frames are sealed with `key`, in the way of its suite. Plain frames are refused.
    #[must_use]
    pub const fn sealed(key: Key) -> Self {
        Self::with_mode(key, Mode::Strict)
    }

    /// Like [`sealed`](Self::sealed), but for a while plain frames have a place as well.
    #[must_use]
    pub const fn with_mode(key: Key, mode: Mode) -> Self {
        let keys = Keys::Some { mode, sealing: key, opening: Vec::new() };
        Self { keys, subkeys: Subkeys::new() }
    }

    /// Opens frames under `key` from now on, and returns what to call it in [`use_key`](Self::use_key).
    ///
    /// # Errors
    ///
    /// [`KeyringError::Plain`], [`AlreadyInstalled`](KeyringError::AlreadyInstalled),
    /// [`SameId`](KeyringError::SameId), or [`Full`](KeyringError::Full) with [`KEYS_MAX`] keys.
    pub fn install(&mut self, key: Key) -> Result<KeyId, KeyringError> {
        let id = key.id();
        match self.keys.find(id) {
            Some(present) if present.fingerprint() == key.fingerprint() => {
                return Err(KeyringError::AlreadyInstalled);
            }
            Some(_) => return Err(KeyringError::SameId(id)),
            None => {}
        }
        let Keys::Some { opening, .. } = &mut self.keys else { return Err(KeyringError::Plain) };
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
        let Keys::Some { sealing, opening, .. } = &mut self.keys else { return Err(KeyringError::Plain) };
        if sealing.id() != id {
            let key = opening.iter_mut().find(|key| key.id() == id).ok_or(KeyringError::Unknown(id))?;
            mem::swap(sealing, key);
        }
        Ok(())
    }

    /// Opens nothing under the key `id` any more, and wipes it.
    ///
    /// # Errors
    ///
    /// [`KeyringError::Plain`], [`KeyringError::InUse`] for the key that seals, or [`KeyringError::Unknown`] if
    /// it is not installed.
    pub fn remove(&mut self, id: KeyId) -> Result<(), KeyringError> {
        let Keys::Some { sealing, opening, .. } = &mut self.keys else { return Err(KeyringError::Plain) };
        if sealing.id() == id {
            return Err(KeyringError::InUse(id));
        }
        let at = opening.iter().position(|key| key.id() == id).ok_or(KeyringError::Unknown(id))?;
        opening.remove(at);
        self.subkeys.forget(id);
        Ok(())
    }

    /// Every key: the one that seals first, none in a plain keyring.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The id of every key, in the same order.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().map(Key::id)
    }

    /// What it does with plain frames; `None` if it has no keys, and so no other frames.
    #[must_use]
    pub const fn mode(&self) -> Option<Mode> {
        match self.keys {
            Keys::None => None,
            Keys::Some { mode, .. } => Some(mode),
        }
    }

    /// Whether what it sends is sealed with a key, and not plain.
    #[must_use]
    pub const fn seals(&self) -> bool {
        self.keys.sealing().is_some()
    }

    /// Changes what it does with plain frames.
    ///
    /// # Errors
    ///
    /// [`KeyringError::Plain`].
    pub fn set_mode(&mut self, mode: Mode) -> Result<(), KeyringError> {
        let Keys::Some { mode: current, .. } = &mut self.keys else { return Err(KeyringError::Plain) };
        *current = mode;
        Ok(())
    }

    /// Tells the time, on the clock that the end of a [`Mode`] was given on: once the end has come the mode is
    /// strict, and one that is too far away is brought forward. Whoever uses another mode calls this before it seals or opens.
    pub fn advance(&mut self, now: u64) {
        if let Keys::Some { mode, .. } = &mut self.keys {
            *mode = mode.at(now);
        }
    }

    /// Bytes of a sealed frame beside its body: 40 plain, 52 with keys.
    #[must_use]
    pub fn overhead(&self) -> usize {
        let kind = self.keys.sealing().map_or(SealKind::Plain, |key| SealKind::Keyed(key.suite()));
        HEADER_LEN.saturating_add(kind.tag_len())
    }

    /// Starts a frame at the end of `buf` that will take at most `budget` bytes when sealed, and never more than
    /// 4 GiB.
    ///
    /// With a budget below [`overhead`](Self::overhead) no message fits, and the frame, if sealed nevertheless,
    /// has `overhead` bytes.
    pub fn frame<'k>(&'k mut self, header: &Header, budget: usize, buf: &'k mut Vec<u8>) -> FrameWriter<'k> {
        FrameWriter::datagram(self.seal(header), header, budget, buf)
    }

    /// Like [`frame`](Self::frame), for a stream: sealing also puts the length in front, which `budget` does not
    /// count.
    pub fn stream_frame<'k>(
        &'k mut self,
        header: &Header,
        budget: usize,
        buf: &'k mut Vec<u8>,
    ) -> FrameWriter<'k> {
        FrameWriter::stream(self.seal(header), header, budget, buf)
    }

    /// Checks and reads one whole frame.
    ///
    /// Takes the bytes mutably because a seal that encrypts decrypts where they are. After an error they are what
    /// they were.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the bytes.
    #[inline]
    pub fn open<'a>(&mut self, cluster: ClusterId, frame: &'a mut [u8]) -> Result<Frame<'a>, OpenError> {
        let Envelope { seal, key, header } = Envelope::read(frame)?;
        if header.cluster != cluster {
            return Err(OpenError::ForeignCluster);
        }
        match seal {
            SealKind::Plain => self.open_plain(header, frame),
            SealKind::Keyed(suite) => self.open_keyed(suite, key, header, frame),
        }
    }

    #[inline]
    fn open_plain<'a>(&self, header: Header, frame: &'a mut [u8]) -> Result<Frame<'a>, OpenError> {
        if !self.keys.accept_plain() {
            return Err(OpenError::PlainRefused);
        }
        Ok(Frame { header, body: Seal::Plain.open(frame)?, key: None })
    }

    fn open_keyed<'a>(
        &mut self,
        suite: Suite,
        id: KeyId,
        header: Header,
        frame: &'a mut [u8],
    ) -> Result<Frame<'a>, OpenError> {
        if matches!(self.keys, Keys::None) {
            return Err(OpenError::SealedRefused);
        }
        let key = self.keys.find(id).filter(|key| key.suite() == suite).ok_or(OpenError::UnknownKey(id))?;
        let body = match key.secret() {
            Secret::HmacSha256(mac) => Seal::Hmac(id, mac).open(frame)?,
            Secret::Cipher(source) => self.subkeys.open(Life::of(id, &header), source, frame)?,
        };
        Ok(Frame { header, body, key: Some(id) })
    }

    /// What protects the next frame of the member that `header` names.
    fn seal(&mut self, header: &Header) -> Seal<'_> {
        let Some(key) = self.keys.sealing() else { return Seal::Plain };
        match key.secret() {
            Secret::HmacSha256(mac) => Seal::Hmac(key.id(), mac),
            Secret::Cipher(source) => {
                Seal::Cipher(key.id(), self.subkeys.own(Life::of(key.id(), header), source))
            }
        }
    }
}

impl Keys {
    fn iter(&self) -> impl Iterator<Item = &Key> {
        let (sealing, opening) = match self {
            Self::None => (None, [].as_slice()),
            Self::Some { sealing, opening, .. } => (Some(sealing), opening.as_slice()),
        };
        sealing.into_iter().chain(opening)
    }

    /// Looks at every key, wherever the right one is, so that the time it takes tells nothing.
    fn find(&self, id: KeyId) -> Option<&Key> {
        self.iter().fold(None, |found, key| if key.id() == id { Some(key) } else { found })
    }

    /// The key that seals; `None` where plain frames are sent.
    const fn sealing(&self) -> Option<&Key> {
        match self {
            Self::None | Self::Some { mode: Mode::SendPlain { .. }, .. } => None,
            Self::Some { sealing, .. } => Some(sealing),
        }
    }

    const fn accept_plain(&self) -> bool {
        !matches!(self, Self::Some { mode: Mode::Strict, .. })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("mode", &self.mode())
            .field("keys", &self.keys().collect::<Vec<_>>())
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
