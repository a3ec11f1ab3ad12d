//! How long each step may take, from what the protocol promises.

use std::time::Duration;

use swim_core::Config;

/// What a busy machine may add to everything: as much again.
const SLACK: u32 = 2;

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

    /// As long as a single accuser has to wait.
    fn suspicion(&self) -> Duration {
        self.config.suspicion_time(usize::from(self.nodes), 0)
    }

    /// All repeats of a piece of news. Whoever misses them all is told after the next ping, which shows that two
    /// nodes differ.
    fn news(&self) -> Duration {
        self.config.settle_time(usize::from(self.nodes)) + self.round()
    }
}
