//! Numbers that only grow: the life of a member, its word in that life, its frames in that life.

use core::fmt;

use crate::limits::U48_MAX;

/// One life of a member: 0 to 2⁴⁸ - 1, larger than that of any life before.
///
/// Milliseconds since 1970 do, and last until the year 10 889. Six bytes in a header, a varint in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// The last epoch there is: 2⁴⁸ - 1.
    pub const MAX: Self = Self(U48_MAX);

    /// `None` if `value` is larger than [`Epoch::MAX`].
    #[must_use]
    pub const fn new(value: u64) -> Option<Self> {
        if value <= U48_MAX { Some(Self(value)) } else { None }
    }

    /// The number, at most 2⁴⁸ - 1.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The life after this one; `None` after [`Epoch::MAX`].
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0.saturating_add(1))
    }

    /// The epoch of a new life: the time in milliseconds since 1970, or one more than the `last` life if the clock
    /// went back since. `None` after [`Epoch::MAX`].
    ///
    /// With the last epoch kept where it survives a crash, no epoch comes twice, whatever the clock does. Without,
    /// only the clock keeps two lives apart.
    #[must_use]
    pub fn after(last: Option<Self>, now_ms: u64) -> Option<Self> {
        let least = last.map_or(Some(Self::default()), Self::next)?;
        Self::new(now_ms.max(least.0))
    }

    pub(crate) const fn from_be_bytes(bytes: [u8; 6]) -> Self {
        Self(u48_from_be_bytes(bytes))
    }

    pub(crate) const fn to_be_bytes(self) -> [u8; 6] {
        u48_to_be_bytes(self.0)
    }
}

impl From<Epoch> for u64 {
    fn from(epoch: Epoch) -> Self {
        epoch.0
    }
}

impl TryFrom<u64> for Epoch {
    type Error = EpochTooLarge;

    fn try_from(value: u64) -> Result<Self, EpochTooLarge> {
        Self::new(value).ok_or(EpochTooLarge)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number is larger than [`Epoch::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochTooLarge;

impl fmt::Display for EpochTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an epoch is at most {U48_MAX}")
    }
}

impl core::error::Error for EpochTooLarge {}

/// How often a member has spoken up against rumours in this life. Any `u64`; a varint on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(u64);

impl Incarnation {
    /// Any number is an incarnation; a life begins with 0.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next larger one; `u64::MAX` has none and stays.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a frame in the life of its sender: 1 to 2⁴⁸ - 1, one larger than that of the frame before. Where a life
/// begins is left to [chance](Self::drawn).
///
/// A sender that runs out of them stops, because a pair of epoch and sequence must never repeat under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

impl Sequence {
    /// The smallest: 1.
    pub const FIRST: Self = Self(1);
    /// Of the last frame that a life can send: 2⁴⁸ - 1.
    pub const MAX: Self = Self(U48_MAX);

    /// `None` for 0 and for what is larger than [`Sequence::MAX`].
    #[must_use]
    pub const fn new(value: u64) -> Option<Self> {
        if value >= 1 && value <= U48_MAX { Some(Self(value)) } else { None }
    }

    /// Of the first frame of a life, from 64 bits that nobody can foresee and no life before had: 1 to 2⁴⁷ - 1, so that at
    /// least 2⁴⁷ frames can follow.
    #[must_use]
    pub const fn drawn(random: u64) -> Self {
        let drawn = random >> 17;
        if drawn == 0 { Self::FIRST } else { Self(drawn) }
    }

    /// The number, 1 to 2⁴⁸ - 1.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Of the frame after this one; `None` after [`Sequence::MAX`].
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0.saturating_add(1))
    }

    pub(crate) const fn from_be_bytes(bytes: [u8; 6]) -> Option<Self> {
        Self::new(u48_from_be_bytes(bytes))
    }

    pub(crate) const fn to_be_bytes(self) -> [u8; 6] {
        u48_to_be_bytes(self.0)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const fn u48_to_be_bytes(value: u64) -> [u8; 6] {
    let [_, _, low @ ..] = value.to_be_bytes();
    low
}

const fn u48_from_be_bytes([a, b, c, d, e, f]: [u8; 6]) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}
