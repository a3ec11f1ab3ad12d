//! What happens to a cluster on real sockets, and what must become of it.

mod graylinks;
mod partitions;
mod processes;
mod weather;

use std::time::Duration;

use crate::cluster::{Cluster, Mark};

/// One story, told with each adapter.
pub(crate) struct Scenario {
    /// What happens.
    pub(crate) name: &'static str,
    /// Whether it belongs to those that every `cargo test` plays.
    pub(crate) is_quick: bool,
    pub(crate) play: fn(&mut Cluster) -> Times,
}

/// How long it took; `None` where it did not happen.
#[derive(Clone, Copy, Default)]
pub(crate) struct Times {
    /// From the start of all nodes until all knew all.
    pub(crate) formed: Option<Duration>,
    /// From a word of one until all had heard it.
    pub(crate) told: Option<Duration>,
    /// From the fault until all whom it concerns knew who is gone.
    pub(crate) detected: Option<Duration>,
    /// From the end of the fault until all saw all alive.
    pub(crate) healed: Option<Duration>,
    /// How often a node declared another dead that ran and could be reached; but where it may happen, a scenario fails
    /// of it.
    pub(crate) wrong: usize,
}

/// The longest first, so that the last to end is a short one.
pub(crate) const SCENARIOS: &[Scenario] = &[
    slow("stopped for a tenth of a second to a minute", processes::stopped),
    slow("split for a minute", partitions::split),
    slow("30 percent loss", weather::heavy_loss),
    slow("interface down and up", partitions::unplugged),
    slow("one-way link", graylinks::one_way),
    slow("two groups and a bridge", graylinks::bridge),
    slow("link flapping", partitions::flapping),
    slow("no descriptors left", processes::without_descriptors),
    slow("10 percent loss", weather::loss),
    slow("delay of 100 to 300 ms each way", weather::latency),
    slow("duplication and reordering", weather::disorder),
    slow("corruption", weather::corruption),
    slow("two killed", processes::killed),
    Scenario { name: "baseline", is_quick: true, play: weather::baseline },
];

const fn slow(name: &'static str, play: fn(&mut Cluster) -> Times) -> Scenario {
    Scenario { name, is_quick: false, play }
}

/// Panics if somebody declared dead whom it should not have.
fn nobody_is_buried_but(cluster: &Cluster, since: Mark, is_right: impl Fn(usize, usize) -> bool) {
    let burials = cluster.burials_since(since).into_iter();
    let wrong: Vec<_> = burials.filter(|&(by, whom)| !is_right(by, whom)).collect();
    assert!(wrong.is_empty(), "declared dead (by, whom): {wrong:?}\n{}", cluster.story());
}
