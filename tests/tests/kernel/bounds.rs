//! How long things may take: what the protocol promises of `Config::lan()`, and half as much more for a real machine.
//!
//! Of each time there are two bounds. What happens at the worst, every wait is held to. What the protocol promises of 99 runs
//! in 100, medians are held to, see `medians`: a single run may be that hundredth, and a busy machine may make it so.

use std::time::Duration;

use crate::rig::HOSTS;

/// A crash, at the worst: every probe of a round goes elsewhere, the suspicion has one accuser, and the news gets lost and
/// comes with the next comparison of tables. (2(n − 1) − 1) + 1 probe intervals, 24 s of suspicion, 30 s.
pub(crate) const DETECTED: Duration = promised(2 * (HOSTS as u64 - 1) * 1_000 + 54_000);
/// All nodes start at once, at the worst.
pub(crate) const FORMED: Duration = promised(30_000);
/// A node is back after a crash; at the worst no sooner than if all had started anew.
pub(crate) const RETURNED: Duration = promised(30_000);
/// After a partition, of whatever length, all see all alive, at the worst.
pub(crate) const HEALED: Duration = promised(60_000);
/// What one says reaches all, at the worst when tables are compared: 30 s, as often as log2 of the members and one.
pub(crate) const TOLD: Duration = promised(30_000 * 4);

/// What medians are held to in one story.
#[derive(Clone, Copy)]
pub(crate) struct Usual {
    pub(crate) formed: Duration,
    pub(crate) told: Duration,
    pub(crate) detected: Duration,
    pub(crate) healed: Duration,
}

impl Usual {
    /// A network that loses nothing, and a process that ends and is started again. The longest detection is the first
    /// suspicion after six intervals, five seconds of it, and the news of it.
    pub(crate) const CLEAR: Self = Self {
        formed: promised(2_000),
        told: promised(1_400),
        detected: promised(6_000 + 5_000 + 2_500),
        healed: promised(5_000),
    };
    /// The same where a packet in ten is lost, or a round trip takes longer than in a data centre.
    pub(crate) const POOR: Self = Self { formed: promised(5_000), ..Self::CLEAR };
    /// A clear network, of which some are cut off for a while.
    pub(crate) const CUT: Self = Self { healed: promised(20_000), ..Self::CLEAR };
    /// Half of the cluster is cut off from the other half, so each has many to accuse and few accusers.
    pub(crate) const SPLIT: Self = Self { detected: DETECTED, ..Self::CUT };
    /// Nothing but the worst is promised.
    pub(crate) const BAD: Self = Self { formed: FORMED, told: TOLD, detected: DETECTED, healed: RETURNED };

    /// In the order of [`Times::NAMES`](crate::scenarios::Times::NAMES).
    pub(crate) fn figures(&self) -> [Duration; 4] {
        [self.formed, self.told, self.detected, self.healed]
    }
}

const fn promised(millis: u64) -> Duration {
    Duration::from_millis(millis * 3 / 2)
}
