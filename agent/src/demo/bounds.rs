//! How long each step may take, from what the protocol promises.

use std::time::Duration;

use swim_core::Config;

/// What a busy machine may add to everything: as much again.
const SLACK: u32 = 2;
/// The least number of times that a piece of news is repeated.
const REPEATS_MIN: f64 = 8.0;

pub(crate) struct Bounds {
    config: Config,
    nodes: u8,
}

impl Bounds {
    pub(crate) fn new(config: Config, nodes: u8) -> Self {
        Self { config, nodes }
    }

    /// Everybody has reached the seed, the unlucky ones with their second attempt, and everybody is told.
    pub(crate) fn join(&self) -> Duration {
        SLACK * (self.config.stream_timeout + self.config.heal_interval + self.news())
    }

    /// Everybody has learned a piece of news.
    pub(crate) fn spread(&self) -> Duration {
        SLACK * self.news()
    }

    /// Somebody has pinged the victim in vain, the suspicion ran out, and everybody is told.
    pub(crate) fn detect(&self) -> Duration {
        let verdict = 2 * self.config.probe_interval;
        SLACK * (self.round() + verdict + self.suspicion() + self.news())
    }

    /// The leaver is done, and everybody is told.
    pub(crate) fn leave(&self) -> Duration {
        SLACK * (self.config.leave_timeout + self.news())
    }

    /// The longest time between two pings from one member to another: the order is shuffled each round.
    fn round(&self) -> Duration {
        self.config.probe_interval * (2 * u32::from(self.nodes))
    }

    fn suspicion(&self) -> Duration {
        let scale = f64::from(self.nodes).log10().max(1.0);
        self.config.probe_interval.mul_f64(f64::from(self.config.suspicion_multiplier) * scale)
    }

    /// All repeats of a piece of news. Whoever misses them all is told after the next ping, which shows that two
    /// nodes differ.
    fn news(&self) -> Duration {
        let repeats = f64::from(self.config.retransmit_multiplier) * f64::from(self.nodes).ln_1p();
        self.config.gossip_interval.mul_f64(repeats.max(REPEATS_MIN)) + self.round()
    }
}
