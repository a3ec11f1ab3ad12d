//! Members by the hash of their name, so that two tables are compared part by part.

use core::fmt;

use crate::id::MemberId;
use crate::limits::BUCKETS;

/// One of the [`BUCKETS`] parts of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u8);

impl Bucket {
    /// The bucket of a member: the first byte of its id, without the highest bit.
    #[must_use]
    pub const fn of(id: MemberId) -> Self {
        let [first, ..] = *id.as_bytes();
        Self(first & 0x7f)
    }

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..BUCKETS).filter_map(|number| u8::try_from(number).ok()).map(Self)
    }

    /// Its number, below [`BUCKETS`].
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }

    const fn bit(self) -> u128 {
        1 << self.0
    }
}

/// A set of buckets: 16 bytes on the wire, bucket 0 in the lowest bit of the last.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Buckets([u8; 16]);

impl Buckets {
    /// Every bucket.
    pub const ALL: Self = Self([0xff; 16]);

    /// The buckets in this set, in order.
    pub fn iter(mut self) -> impl Iterator<Item = Bucket> {
        core::iter::from_fn(move || {
            let first = self.first()?;
            self.remove(first);
            Some(first)
        })
    }

    /// The one with the smallest number.
    #[must_use]
    pub fn first(self) -> Option<Bucket> {
        let number = u8::try_from(self.bits().trailing_zeros()).ok()?;
        (usize::from(number) < BUCKETS).then_some(Bucket(number))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.bits().count_ones() as usize
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bits() == 0
    }

    /// Whether this one is in the set.
    #[must_use]
    pub const fn contains(self, bucket: Bucket) -> bool {
        self.bits() & bucket.bit() != 0
    }

    /// Puts one into the set.
    pub const fn insert(&mut self, bucket: Bucket) {
        self.0 = (self.bits() | bucket.bit()).to_be_bytes();
    }

    /// Takes one out of the set.
    pub const fn remove(&mut self, bucket: Bucket) {
        self.0 = (self.bits() & !bucket.bit()).to_be_bytes();
    }

    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    const fn bits(self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

impl FromIterator<Bucket> for Buckets {
    fn from_iter<I: IntoIterator<Item = Bucket>>(buckets: I) -> Self {
        let mut set = Self::default();
        buckets.into_iter().for_each(|bucket| set.insert(bucket));
        set
    }
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Bucket::number)).finish()
    }
}
