//! How long datagrams take, where "evenly from a range" is too simple.

use std::time::Duration;

use swim_core::Instant;

use crate::{NodeId, Rng, Rule, Seed, Verdict};

/// A distribution of one-way times.
#[derive(Clone, Debug, PartialEq)]
pub enum Latency {
    /// Always the same.
    Constant(Duration),
    /// Around a mean with this standard deviation; never below zero.
    Normal {
        /// The most usual time.
        mean: Duration,
        /// About a third is farther from it than that.
        deviation: Duration,
    },
    /// At least so long, and often not much longer.
    Exponential {
        /// The shortest time.
        least: Duration,
        /// How much longer it takes on average.
        mean: Duration,
    },
    /// Mostly as long as the shortest time, and sometimes very long.
    Pareto {
        /// The shortest time.
        least: Duration,
        /// The smaller, the heavier the tail; with 1 or less there is no mean.
        shape: f64,
        /// What it never exceeds.
        most: Duration,
    },
    /// By distance: nodes lie on a line in the order of their numbers, in this many places far from each other.
    Geographic {
        /// How many places there are, at least 1; a node's is its number modulo that.
        places: u32,
        /// From each place to the next.
        apart: Duration,
    },
}

impl Latency {
    fn draw(&self, rng: &mut Rng, from: NodeId, to: NodeId) -> Duration {
        match *self {
            Self::Constant(time) => time,
            Self::Normal { mean, deviation } => {
                // The sum of twelve even draws is as good as normal.
                let sum: f64 = (0..12).map(|_| rng.unit()).sum();
                Duration::try_from_secs_f64(mean.as_secs_f64() + deviation.as_secs_f64() * (sum - 6.0))
                    .unwrap_or_default()
            }
            Self::Exponential { least, mean } => least.saturating_add(rng.exponential(mean)),
            Self::Pareto { least, shape, most } => {
                let long = least.as_secs_f64() * libm::pow(1.0 - rng.unit(), -1.0 / shape);
                Duration::try_from_secs_f64(long).unwrap_or(most).min(most)
            }
            Self::Geographic { places, apart } => {
                apart.saturating_mul((from.0 % places.max(1)).abs_diff(to.0 % places.max(1)))
            }
        }
    }
}

/// Datagrams take longer than their link says.
#[derive(Debug)]
pub struct Delays {
    latency: Latency,
    rng: Rng,
}

impl Delays {
    /// By so much.
    #[must_use]
    pub fn new(seed: Seed, latency: Latency) -> Self {
        Self { latency, rng: Rng::new(seed) }
    }
}

impl Rule for Delays {
    fn judge(&mut self, _: Instant, from: NodeId, to: NodeId, _: &[u8]) -> Verdict {
        Verdict::Delay(self.latency.draw(&mut self.rng, from, to))
    }
}
