//! Settings at the ends of their ranges: small bounds are met soon, and what is never the usual may never have worked.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use swim_core::Config;

use crate::Rng;

/// In milliseconds.
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

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
    ProbeTimeout(u64),
    Tombstone(u64),
    LeaveTimeout(u64),
    MaxMembers(u32),
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
            4 => Self::GossipInterval(rng.scaled(10..=1_000)),
            5 => Self::GossipFanout(small(1, 16)),
            6 => Self::RetransmitMultiplier(small(1, 8)),
            7 => Self::GossipToDead(rng.scaled(0..=3_600_000)),
            8 => Self::DatagramLimit([1_024, 1_400, 9_000, 65_507][rng.index(4)]),
            9 => Self::HealInterval(rng.scaled(200..=3_600_000)),
            10 => Self::StreamTimeout(rng.scaled(1_000..=600_000)),
            11 => Self::StreamsPerSource(small(1, 64)),
            12 => Self::NewcomersPerMinute(nodes + u32::from(small(0, 8))),
            _ => Self::MaxEvents(u32::from(small(16, 64))),
        }
    }

    /// Any of the bounds, so low that a hostile member soon meets it.
    pub(super) fn draw_bound(rng: &mut Rng, nodes: u32) -> Self {
        let few = nodes + u32::try_from(rng.below(8)).unwrap_or(0);
        match rng.below(5) {
            0 => Self::MaxMembers(few),
            1 => Self::NewcomersPerMinute(few),
            2 => Self::StreamsPerSource(1),
            3 => Self::MaxEvents(16),
            _ => Self::DatagramLimit(1_024),
        }
    }

    /// Any of them at one end of its range, for one node and for a while: caps of one, the shortest timeouts, the smallest
    /// datagrams, and the other extremes. Only who forgets the dead at once, or has no room for them, breaks a promise by
    /// itself.
    pub(super) fn draw_end(rng: &mut Rng) -> Self {
        let low = rng.chance(0.5);
        match rng.below(18) {
            0 => Self::IndirectProbes(end(low, 0, 8)),
            1 => Self::SuspicionMultiplier(end(low, 1, 100)),
            2 => Self::SuspicionMaxMultiplier(end(low, 1, 100)),
            3 => Self::HealthMax(end(low, 0, 32)),
            4 => Self::GossipInterval(end(low, 1, MINUTE)),
            5 => Self::GossipFanout(end(low, 1, 16)),
            6 => Self::RetransmitMultiplier(end(low, 1, 16)),
            7 => Self::GossipToDead(end(low, 0, HOUR)),
            8 => Self::DatagramLimit(end(low, 1_024, 65_507)),
            9 => Self::HealInterval(end(low, 10, HOUR)),
            10 => Self::StreamTimeout(end(low, 10, 10 * MINUTE)),
            11 => Self::StreamsPerSource(end(low, 1, 64)),
            12 => Self::NewcomersPerMinute(end(low, 1, 1 << 20)),
            13 => Self::MaxEvents(end(low, 16, 1 << 20)),
            14 => Self::ProbeTimeout(end(low, 1, 999)),
            15 => Self::Tombstone(30 * 24 * HOUR),
            16 => Self::LeaveTimeout(end(low, 10, MINUTE)),
            _ => Self::MaxMembers(1 << 20),
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
            Self::ProbeTimeout(time) => config.probe_timeout = millis(time),
            Self::Tombstone(time) => config.tombstone = millis(time),
            Self::LeaveTimeout(time) => config.leave_timeout = millis(time),
            Self::MaxMembers(count) => config.max_members = count,
        }
    }
}

fn end<T>(low: bool, least: T, most: T) -> T {
    if low { least } else { most }
}
