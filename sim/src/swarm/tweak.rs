//! Settings at the ends of their ranges: small bounds are met soon, and what is never the usual may never have worked.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use swim_core::Config;

use crate::Rng;

/// One setting, and what it is; times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "setting", content = "is", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "these are the fields of `Config`")]
pub enum Tweak {
    IndirectProbes(u8),
    SuspicionMultiplier(u8),
    SuspicionMaxMultiplier(u8),
    HealthMax(u8),
    GossipInterval(u64),
    GossipFanout(u8),
    RetransmitMultiplier(u8),
    GossipToDead(u64),
    DatagramLimit(u16),
    HealInterval(u64),
    StreamTimeout(u64),
    StreamsPerSource(u8),
    NewcomersPerMinute(u32),
    MaxEvents(u32),
}

impl Tweak {
    /// Any of them, in all of its range but where that would break a promise by itself: rounds of gossip as far apart as
    /// suspicions last or closer than a clock is good for, news that is told for longer than the judge waits for quiet, heal
    /// intervals and streams shorter than a few bad round trips, fewer newcomers than there are nodes.
    pub(super) fn draw(rng: &mut Rng, nodes: u32) -> Self {
        let mut small = |least: u64, most: u64| u8::try_from(rng.number(least..=most)).unwrap_or(u8::MAX);
        let kind = small(0, 13);
        match kind {
            0 => Self::IndirectProbes(small(0, 8)),
            1 => Self::SuspicionMultiplier(small(1, 100)),
            2 => Self::SuspicionMaxMultiplier(small(1, 100)),
            3 => Self::HealthMax(small(0, 32)),
            4 => Self::GossipInterval(scaled(rng, 10, 1_000)),
            5 => Self::GossipFanout(small(1, 16)),
            6 => Self::RetransmitMultiplier(small(1, 8)),
            7 => Self::GossipToDead(scaled(rng, 0, 3_600_000)),
            8 => Self::DatagramLimit([1_024, 1_400, 9_000, 65_507][rng.index(4)]),
            9 => Self::HealInterval(scaled(rng, 200, 3_600_000)),
            10 => Self::StreamTimeout(scaled(rng, 1_000, 600_000)),
            11 => Self::StreamsPerSource(small(1, 64)),
            12 => Self::NewcomersPerMinute(nodes + u32::from(small(0, 8))),
            _ => Self::MaxEvents(u32::from(small(16, 64))),
        }
    }

    pub(super) fn apply(self, config: &mut Config) {
        let millis = Duration::from_millis;
        match self {
            Self::IndirectProbes(count) => config.indirect_probes = count,
            Self::SuspicionMultiplier(times) => config.suspicion_multiplier = times,
            Self::SuspicionMaxMultiplier(times) => config.suspicion_max_multiplier = times,
            Self::HealthMax(most) => config.health_max = most,
            Self::GossipInterval(time) => config.gossip_interval = millis(time),
            Self::GossipFanout(count) => config.gossip_fanout = count,
            Self::RetransmitMultiplier(times) => config.retransmit_multiplier = times,
            Self::GossipToDead(time) => config.gossip_to_dead = millis(time),
            Self::DatagramLimit(bytes) => config.datagram_limit = bytes,
            Self::HealInterval(time) => config.heal_interval = millis(time),
            Self::StreamTimeout(time) => config.stream_timeout = millis(time),
            Self::StreamsPerSource(count) => config.streams_per_source = count,
            Self::NewcomersPerMinute(count) => config.newcomers_per_minute = count,
            Self::MaxEvents(count) => config.max_events = count,
        }
    }
}

/// Mostly far below the most.
fn scaled(rng: &mut Rng, least: u64, most: u64) -> u64 {
    let most = most >> rng.below(12);
    rng.number(least..=most.max(least))
}
