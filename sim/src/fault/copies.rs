//! Datagrams that arrive twice.

use std::ops::RangeInclusive;
use std::time::Duration;

use swim_core::Instant;

use crate::{NodeId, Rng, Rule, Seed, Verdict};

/// Some datagrams arrive a second time, up to much later.
#[derive(Debug)]
pub struct Copies {
    share: f64,
    after: RangeInclusive<Duration>,
    rng: Rng,
}

impl Copies {
    /// That share of the datagrams, 0.0 to 1.0, arrives again after such a time.
    #[must_use]
    pub fn new(seed: Seed, share: f64, after: RangeInclusive<Duration>) -> Self {
        Self { share, after, rng: Rng::new(seed) }
    }
}

impl Rule for Copies {
    fn judge(&mut self, _: Instant, _: NodeId, _: NodeId, _: &[u8]) -> Verdict {
        if self.rng.chance(self.share) {
            Verdict::Duplicate(self.rng.duration(&self.after))
        } else {
            Verdict::Pass
        }
    }
}
