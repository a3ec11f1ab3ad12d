//! What happens to a cluster on real sockets, and what must become of it.

mod graylinks;
mod partitions;
mod processes;
mod weather;

use std::time::Duration;

use crate::bounds::Usual;
use crate::cluster::{Burial, Cluster, Mark};

/// Time for a suspicion that comes of what is over to end in a death.
const AFTERMATH: Duration = Duration::from_secs(8);

/// One story, told with each adapter.
pub(crate) struct Scenario {
    /// What happens.
    pub(crate) name: &'static str,
    /// Whether it belongs to those that every `cargo test` plays.
    pub(crate) is_quick: bool,
    /// How long it may take in most runs.
    pub(crate) usual: Usual,
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
    pub(crate) wrong: Option<usize>,
}

impl Times {
    /// What its times are called.
    pub(crate) const NAMES: [&str; 4] = ["formed", "told", "detected", "healed"];

    /// In the order of the names.
    pub(crate) fn figures(&self) -> [Option<Duration>; 4] {
        [self.formed, self.told, self.detected, self.healed]
    }
}

/// The longest first, so that the last to end is a short one.
pub(crate) const SCENARIOS: &[Scenario] = &[
    slow("stopped for a tenth of a second to a minute", Usual::CUT, processes::stopped),
    slow("split for a minute", Usual::SPLIT, partitions::split),
    slow("30 percent loss", Usual::BAD, weather::heavy_loss),
    slow("interface down and up", Usual::CUT, partitions::unplugged),
    slow("one-way link", Usual::CLEAR, graylinks::one_way),
    slow("two groups and a bridge", Usual::CLEAR, graylinks::bridge),
    slow("link flapping", Usual::CUT, partitions::flapping),
    slow("no descriptors left", Usual::CUT, processes::without_descriptors),
    slow("10 percent loss", Usual::POOR, weather::loss),
    slow("delay of 100 to 300 ms each way", Usual::POOR, weather::latency),
    slow("duplication and reordering", Usual::POOR, weather::disorder),
    slow("corruption", Usual::POOR, weather::corruption),
    slow("two killed", Usual::CLEAR, processes::killed),
    Scenario { name: "baseline", is_quick: true, usual: Usual::CLEAR, play: weather::baseline },
];

const fn slow(name: &'static str, usual: Usual, play: fn(&mut Cluster) -> Times) -> Scenario {
    Scenario { name, is_quick: false, usual, play }
}

/// Panics if somebody declared dead whom it should not have; so there are none in the answer, which is how many there are.
fn nobody_is_buried_but(cluster: &Cluster, since: Mark, is_right: impl Fn(&Burial) -> bool) -> Option<usize> {
    let wrong = wrong_burials(cluster, since, is_right);
    assert!(wrong.is_empty(), "declared dead: {wrong:?}\n{}", cluster.story());
    Some(wrong.len())
}

fn wrong_burials(cluster: &Cluster, since: Mark, is_right: impl Fn(&Burial) -> bool) -> Vec<Burial> {
    cluster.burials_since(since).filter(|burial| !is_right(burial)).collect()
}
