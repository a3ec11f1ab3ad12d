//! How long things may take: the numbers of the liveness properties.
//!
//! They hold from the moment at which all faults are over. A node that came to doubt itself meanwhile probes up to
//! nine times more slowly, and believes in itself again after one good probe for each step of doubt.

use std::time::Duration;

use swim_core::Config;

/// How long `members` may take to find out that one of them is dead: a member is probed at least once in the rounds
/// of two full turns (SWIM §4.3), and then has the longest time to refute.
pub(super) fn detection(config: &Config, members: usize) -> Duration {
    periods(members) * config.probe_interval + config.suspicion_time(members, 0) + doubt(config)
}

/// How long they may take to find out that all who are gone are. Where most are, a node hears nobody and doubts itself:
/// its probes are as slow as they get.
pub(super) fn mass_detection(config: &Config, members: usize) -> Duration {
    detection(config, members) * (u32::from(config.health_max) + 1)
}

/// The probe that finds it out, and those before it.
fn periods(members: usize) -> u32 {
    u32::try_from(2 * members.max(2) - 2).unwrap_or(u32::MAX)
}

/// How long those may take to find together again whom a partition or a mistake has kept apart. Who waits for an answer over a
/// stream that broke unnoticed tries nobody else meanwhile.
pub(super) fn healing(config: &Config, members: usize) -> Duration {
    let a_minute = config.heal_interval * 6;
    a_minute.max(config.stream_timeout * 2) + doubt(config) + config.settle_time(members)
}

/// How long one piece of news may take to reach everybody: 5 s in one data centre.
pub(super) fn news(config: &Config, members: usize) -> Duration {
    Duration::from_secs(5).max(config.settle_time(members) * 2)
}

/// How long it may take where a little is lost. Of seven nodes one in ten thousand hears nothing from any of the others, and
/// learns with a comparison what it missed: that takes two probes of whose answers none is lost, and waits for other news.
pub(super) fn spread(config: &Config, members: usize) -> Duration {
    news(config, members) + config.probe_interval * 4
}

/// How long it may take where much news is told at once: each piece comes seldom, so what gossip misses is not rare.
pub(super) fn storm(config: &Config, members: usize) -> Duration {
    spread(config, members).max(Duration::from_secs(10))
}

/// How long what liars said may be believed after they stopped.
pub(super) fn lies(_: &Config, _: usize) -> Duration {
    Duration::from_secs(10)
}

/// How long the values may stand that they wrote in the name of others. What is missed of the owner's word comes with a
/// comparison, which takes two probes, and all may doubt themselves by then.
pub(super) fn forged_values(config: &Config, members: usize) -> Duration {
    lies(config, members) + doubt(config)
}

/// How long all nodes may take to meet that start within a second.
pub(super) fn boot(config: &Config, members: usize) -> Duration {
    healing(config, members)
}

/// How long a node takes at most that believes in itself as little as it can until it does again.
pub(super) fn doubt(config: &Config) -> Duration {
    let steps = u32::from(config.health_max);
    config.probe_interval * (steps * (steps + 3) / 2)
}

/// How long somebody is asked at most whether it still is where it was, before silence counts: three times half a timeout.
pub(super) fn question(config: &Config) -> Duration {
    config.probe_timeout * (u32::from(config.health_max) + 1) * 3 / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_grow_with_the_cluster_and_start_small() {
        let seconds = |bound: fn(&Config, usize) -> Duration| {
            [2, 8, 64].map(|members| bound(&Config::lan(), members).as_secs())
        };
        assert_eq!(seconds(detection), [50, 82, 213]);
        assert_eq!(seconds(healing), [105, 105, 107]);
        assert_eq!(seconds(news), [5, 5, 6]);
    }
}
