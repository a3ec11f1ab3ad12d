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

/// Lets each sender be reported once within any period, and at most [`PER_PERIOD`](Self::PER_PERIOD) in all.
#[derive(Clone, Debug, Default)]
pub struct KeyMismatches(Vec<Reported>);

#[derive(Clone, Debug)]
struct Reported {
    sender: MemberId,
    at: u64,
}

impl KeyMismatches {
    /// Reports within one period: anybody can forge mismatches.
    pub const PER_PERIOD: usize = 8;

    /// Whether to report this one. `now` is the time since any origin, and `period` how often a lasting mismatch should
    /// be heard of, in the same unit.
    pub fn is_news(&mut self, now: u64, period: u64, mismatch: KeyMismatch) -> bool {
        self.0.retain(|reported| now.saturating_sub(reported.at) < period);
        let sender = mismatch.sender;
        let is_news =
            self.0.len() < Self::PER_PERIOD && !self.0.iter().any(|reported| reported.sender == sender);
        if is_news {
            self.0.push(Reported { sender, at: now });
        }
        is_news
    }
}
