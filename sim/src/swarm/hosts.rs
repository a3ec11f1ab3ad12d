//! Computers whose clocks, timers and processors are not as they should be.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Instant, Node};

use crate::{Cluster, Flush, NodeId};

/// The rate of a clock that goes right.
const RIGHT: u32 = 1_000;

/// Those that something is wrong with.
#[derive(Default)]
pub(super) struct Hosts {
    /// The latest time that the clock of each has shown before it was set.
    ill: BTreeMap<NodeId, Instant>,
}

impl Hosts {
    pub(super) fn set_rate(&mut self, cluster: &mut Cluster<Node>, node: NodeId, thousandths: u32) {
        self.note(cluster, node);
        cluster.set_clock_rate(node, thousandths);
    }

    pub(super) fn step(&mut self, cluster: &mut Cluster<Node>, node: NodeId, by_ms: i64) {
        self.note(cluster, node);
        let (shown, by) = (cluster.clock(node), Duration::from_millis(by_ms.unsigned_abs()));
        let back = Instant::ZERO + shown.since(Instant::ZERO + by);
        cluster.set_clock(node, if by_ms < 0 { back } else { shown + by });
    }

    pub(super) fn delay(&mut self, cluster: &mut Cluster<Node>, node: NodeId, within: Duration) {
        self.note(cluster, node);
        cluster.set_lateness(node, Duration::ZERO..=within);
    }

    pub(super) fn batch(
        &mut self,
        cluster: &mut Cluster<Node>,
        node: NodeId,
        within: Duration,
        at_most: Option<u32>,
    ) {
        self.delay(cluster, node, within);
        cluster.set_flush(node, Flush::WhenWoken { at_most });
    }

    pub(super) fn slow(&mut self, cluster: &mut Cluster<Node>, node: NodeId, by: Duration) {
        self.note(cluster, node);
        cluster.set_service_time(node, by);
    }

    /// Makes all of them well. A clock that was set back is set forward again: until it showed what its node has seen,
    /// no time would pass there.
    pub(super) fn heal(&mut self, cluster: &mut Cluster<Node>) {
        for (node, latest) in std::mem::take(&mut self.ill) {
            cluster.set_clock_rate(node, RIGHT);
            cluster.set_lateness(node, Duration::ZERO..=Duration::ZERO);
            cluster.set_flush(node, Flush::AtOnce);
            cluster.set_service_time(node, Duration::ZERO);
            if cluster.clock(node) < latest {
                cluster.set_clock(node, latest);
            }
        }
    }

    fn note(&mut self, cluster: &Cluster<Node>, node: NodeId) {
        let shown = cluster.clock(node);
        let latest = self.ill.entry(node).or_insert(shown);
        *latest = shown.max(*latest);
    }
}
