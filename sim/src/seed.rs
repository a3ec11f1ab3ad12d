//! Seeds, and the generators made from them.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// What a whole run follows from.
///
/// Seeds form a tree: whatever needs chance gets a [`child`](Self::child) of its own, so that one part drawing
/// more numbers does not shift those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed with that number below this one: always the same, and unrelated to its siblings.
    #[must_use]
    pub fn child(self, number: u64) -> Self {
        let mut generator = ChaCha8Rng::from_seed(self.0);
        generator.set_stream(number);
        let mut bytes = [0; 32];
        generator.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The bytes, for a constructor that wants them.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The number that this seed was made from, where it was made from one.
    fn number(self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        rest.iter().all(|&byte| byte == 0).then(|| u64::from_le_bytes(*number))
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self(bytes)
    }
}

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Seed {
    /// The number, or 64 hexadecimal digits where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => write!(f, "{number}"),
            None => self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// A portable generator (ChaCha8): a seed means the same numbers for ever.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The generator of this seed.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self(ChaCha8Rng::from_seed(seed.0))
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.any()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(u64::MAX)
    }

    /// A number in the range.
    pub fn number(&mut self, range: RangeInclusive<u64>) -> u64 {
        let width = range.end().saturating_sub(*range.start()).saturating_add(1);
        range.start() + self.below(width)
    }

    /// A number in the range, of each order of magnitude about as often.
    pub(crate) fn scaled(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (least, most) = range.into_inner();
        let octaves = (most / least.max(1)).checked_ilog2().map_or(1, |octaves| octaves + 1);
        let most = most >> self.below(octaves.into());
        self.number(least..=most.max(least))
    }

    /// An index below `len`; 0 where that is 0.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// A duration in the range, to the nanosecond; its ends are below 584 years.
    pub fn duration(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        let nanos = |duration: &Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.number(nanos(range.start())..=nanos(range.end())))
    }

    /// True with probability `p`, 0.0 to 1.0.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A number from 0.0 up to, but never, 1.0.
    pub fn unit(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.any() >> 11) as f64) * UNIT
    }

    /// A duration with that mean, as the time until something happens that can happen at any moment.
    pub fn exponential(&mut self, mean: Duration) -> Duration {
        let seconds = mean.as_secs_f64() * -libm::log(1.0 - self.unit());
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Any element; `None` of an empty slice.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.index(items.len()))
    }

    /// Puts the elements in any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.index(end + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_differ_and_a_child_is_always_the_same() {
        let seed = Seed::from(7);
        assert_eq!(seed.child(1), seed.child(1));
        assert_ne!(seed.child(1), seed.child(2));
        assert_ne!(seed.child(1), Seed::from(8).child(1));
    }

    #[test]
    fn a_seed_made_from_a_number_prints_as_that_number() {
        assert_eq!(Seed::from(42).to_string(), "42");
        assert_eq!(Seed::from([0xab; 32]).to_string(), "ab".repeat(32));
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut rng = Rng::new(Seed::from(1));
        let drawn: Vec<_> = (0..200).map(|_| rng.number(3..=6)).collect();
        assert!(drawn.iter().all(|n| (3..=6).contains(n)));
        assert!((3..=6).all(|n| drawn.contains(&n)));
    }

    #[test]
    fn scaled_numbers_stay_in_their_range_and_are_small_as_often_as_large() {
        let mut rng = Rng::new(Seed::from(1));
        let mut drawn =
            |range| (0..1_000).map(|_| rng.scaled(RangeInclusive::clone(&range))).collect::<Vec<_>>();
        let numbers = drawn(10..=10_000);
        assert!(numbers.iter().all(|n| (10..=10_000).contains(n)));
        assert!(numbers.iter().filter(|&&n| n < 300).count() > 300);
        assert!(numbers.iter().filter(|&&n| n > 300).count() > 300);
        assert_eq!(drawn(0..=0), [0; 1_000]);
        assert_eq!(drawn(7..=7), [7; 1_000]);
    }

    #[test]
    fn what_happens_at_any_moment_takes_its_mean_time_on_average_however_long_that_is() {
        let mut rng = Rng::new(Seed::from(1));
        let mean = Duration::from_secs(1_000);
        let average = (0..1_000).map(|_| rng.exponential(mean)).sum::<Duration>() / 1_000;
        assert!(average > mean / 10 * 9 && average < mean / 10 * 11, "{average:?}");
        assert!((0..1_000).any(|_| rng.exponential(Duration::MAX) == Duration::MAX));
    }

    #[test]
    fn chance_is_never_at_zero_and_always_at_one() {
        let mut rng = Rng::new(Seed::from(1));
        assert!((0..1000).all(|_| !rng.chance(0.0) && rng.chance(1.0)));
    }
}
