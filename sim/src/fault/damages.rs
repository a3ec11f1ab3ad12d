//! Datagrams that arrive with other bytes than they were sent with.

use swim_core::Instant;

use crate::{Damage, NodeId, Rng, Rule, Seed, Verdict};

/// Some datagrams arrive with a bit flipped, or too short.
#[derive(Debug)]
pub struct Damages {
    flipped: f64,
    shortened: f64,
    rng: Rng,
}

impl Damages {
    /// These shares of the datagrams, 0.0 to 1.0 each.
    #[must_use]
    pub fn new(seed: Seed, flipped: f64, shortened: f64) -> Self {
        Self { flipped, shortened, rng: Rng::new(seed) }
    }
}

impl Rule for Damages {
    fn judge(&mut self, _: Instant, _: NodeId, _: NodeId, bytes: &[u8]) -> Verdict {
        if self.rng.chance(self.flipped) {
            Verdict::Corrupt(Damage::Flip(self.rng.any()))
        } else if self.rng.chance(self.shortened) {
            Verdict::Corrupt(Damage::Cut(self.rng.index(bytes.len())))
        } else {
            Verdict::Pass
        }
    }
}
