//! Members that cannot be understood, for someone to hear of it.

use alloc::vec::Vec;

use crate::frame::{Envelope, OpenError};
use crate::id::MemberId;
use crate::key::KeyId;
use crate::seal::SealKind;

/// A frame of the own cluster that could not be opened because keys or modes differ: one side missed a rotation.
///
/// Nothing of it is proven. Report it only of members that are known, and no more often than [`KeyMismatches`] lets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyMismatch {
    /// Whose frame it claims to be.
    pub sender: MemberId,
    /// The key that it names; `None` for a plain frame where only sealed ones are accepted.
    pub key: Option<KeyId>,
}

impl KeyMismatch {
    /// What there is to report of a frame that [`Keyring::open`](crate::Keyring::open) refused, if anything.
    #[must_use]
    pub fn of(error: OpenError, frame: &[u8]) -> Option<Self> {
        match error {
            OpenError::UnknownKey(_) | OpenError::PlainRefused | OpenError::SealedRefused => {
                let Envelope { seal, key, header } = Envelope::read(frame).ok()?;
                Some(Self { sender: header.sender, key: (seal != SealKind::Plain).then_some(key) })
            }
            _ => None,
        }
    }
}

/// Lets each mismatch be reported once in a period, and at most [`PER_PERIOD`](Self::PER_PERIOD) in all.
#[derive(Clone, Debug, Default)]
pub struct KeyMismatches {
    period: u64,
    reported: Vec<KeyMismatch>,
}

impl KeyMismatches {
    /// Reports in one period: anybody can forge mismatches.
    pub const PER_PERIOD: usize = 8;

    /// Whether to report this one. A period is the time since any origin, divided by how often a lasting mismatch should
    /// be heard of.
    pub fn is_news(&mut self, period: u64, mismatch: KeyMismatch) -> bool {
        if self.period != period {
            self.period = period;
            self.reported.clear();
        }
        let news = self.reported.len() < Self::PER_PERIOD && !self.reported.contains(&mismatch);
        if news {
            self.reported.push(mismatch);
        }
        news
    }
}
