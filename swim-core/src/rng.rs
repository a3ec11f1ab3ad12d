//! Chance as an argument: everything random comes from the seed given to the constructor.

use core::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use swim_codec::{Nonce, Sequence};

/// `ChaCha` with 8 rounds: named and portable, so a seed means the same on every machine, for ever.
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    pub(crate) fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 32 bytes that nobody can tell from what else is drawn.
    pub(crate) fn secret(&mut self) -> [u8; 32] {
        let mut secret = [0; 32];
        self.0.fill_bytes(&mut secret);
        secret
    }

    pub(crate) fn nonce(&mut self) -> Nonce {
        Nonce::from_u64(self.u64())
    }

    /// Uniform in `0..bound`, zero for a bound of zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.u64_below(bound as u64)).unwrap_or(0)
    }

    /// Uniform in `0..=span`.
    pub(crate) fn duration_up_to(&mut self, span: Duration) -> Duration {
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.u64_below(nanos.saturating_add(1)))
    }

    /// Lemire's multiplication, whose bias below 2^-32 no protocol decision can feel.
    fn u64_below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.u64()) * u128::from(bound)) >> 64) as u64
    }
}

/// Where the life with this seed begins to count its frames, from numbers of its own: nothing that is sent shows anything
/// of those that decide.
pub(crate) fn first_sequence(seed: [u8; 32]) -> Sequence {
    let mut chance = ChaCha8Rng::from_seed(seed);
    chance.set_stream(1);
    Sequence::drawn(chance.next_u64())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_seed_means_the_same_numbers_for_ever() {
        let mut rng = Rng::new([7; 32]);
        assert_eq!([rng.u64(), rng.u64(), rng.u64()], GOLDEN);
    }

    const GOLDEN: [u64; 3] =
        [4_115_934_089_738_703_076, 15_345_232_379_140_719_590, 5_365_187_766_710_272_727];

    #[test]
    fn every_value_below_the_bound_comes_up_and_none_above() {
        let mut rng = Rng::new([1; 32]);
        let mut seen = [0u32; 5];
        for _ in 0..5_000 {
            seen[rng.below(5)] += 1;
        }
        assert!(seen.iter().all(|&count| (850..1_150).contains(&count)), "{seen:?}");
        assert_eq!(rng.below(1), 0);
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn a_random_duration_stays_within_its_span() {
        let mut rng = Rng::new([2; 32]);
        let span = Duration::from_millis(3);
        assert!((0..1_000).all(|_| rng.duration_up_to(span) <= span));
        assert_eq!(rng.duration_up_to(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_random_duration_is_the_same_on_every_machine() {
        let mut rng = Rng::new([7; 32]);
        assert_eq!(rng.duration_up_to(Duration::from_secs(3_600)), Duration::from_nanos(803_250_842_742));
    }

    /// A clock that stands at one of a thousand times whenever a member starts, a million times, and nothing that outlives
    /// a crash.
    #[test]
    fn a_million_lives_of_equal_epochs_have_no_pair_of_epoch_and_sequence_in_common() {
        const LIVES: u64 = 1_000_000;
        const FRAMES: u64 = 1_000;
        let mut begun: Vec<(u64, u64)> = (0..LIVES)
            .map(|life| {
                let mut seed = [0; 32];
                seed[..8].copy_from_slice(&life.to_be_bytes());
                let epoch = (LIVES - life) % 1_000;
                (epoch, first_sequence(seed).get())
            })
            .collect();
        begun.sort_unstable();
        for (life, next) in begun.iter().zip(&begun[1..]) {
            assert!(life.0 < next.0 || life.1 + FRAMES <= next.1, "{life:?} {next:?}");
        }
    }
}
