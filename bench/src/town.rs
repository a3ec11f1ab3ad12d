//! A cluster of one library on the virtual network.

use std::time::Duration;

use sim::{Cluster, Link, NodeId};
use swim_core::Instant;

use crate::peer::{Peer, addr};
use crate::stopwatch::{Bill, Watched};

/// Members of one library, all in one network.
pub(crate) struct Town<P: Peer> {
    pub(crate) cluster: Cluster<Watched<P>>,
    pub(crate) nodes: u32,
}

/// All nodes start within this time.
const START: Duration = Duration::from_secs(1);

impl<P: Peer + 'static> Town<P> {
    /// So many nodes start within a second, evenly, each of them through the first; one-way latency is 0.5 to 1.5 ms.
    pub(crate) fn start(nodes: u32, seed: u64) -> Self {
        let mut cluster: Cluster<Watched<P>> = Cluster::new(seed);
        cluster.keep_events(false);
        for number in 0..nodes {
            let begin = Instant::ZERO + START * number / nodes;
            cluster.at(begin, move |cluster| {
                let node =
                    cluster.add(addr(number), |seed, now| Watched::new(P::start(number, nodes, seed, now)));
                if number > 0 {
                    cluster.with(node, |watched, now| watched.peer.join(now, 0));
                }
            });
        }
        Self { cluster, nodes }
    }

    /// The time by which everybody knows everybody.
    pub(crate) fn boot(&mut self, patience: Duration) -> Option<Duration> {
        let (nodes, mut behind) = (self.nodes, NodeId(0));
        let full = self.cluster.run_until(Instant::ZERO + patience, |cluster| {
            let knows_all = |node| {
                cluster.machines().get(node).is_some_and(|watched| watched.peer.members() == nodes as usize)
            };
            // Most of the time the one that was behind last is still behind.
            cluster.machines().nodes().len() == nodes as usize
                && knows_all(behind)
                && (0..nodes).map(NodeId).all(|node| {
                    behind = node;
                    knows_all(node)
                })
        })?;
        Some(full.since(Instant::ZERO))
    }

    pub(crate) fn lose(&mut self, share: f64) {
        self.cluster.network.set_links(Link { loss: share, ..Link::default() });
    }

    /// Runs until everybody has probed everybody twice: what is kept of an answer is kept by then.
    pub(crate) fn come_to_rest(&mut self) {
        let seconds = self.nodes.max(32) * 2;
        self.run_for(Duration::from_secs(seconds.into()));
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        self.cluster.run_for(duration);
    }
}

impl<P: Peer + 'static> Town<P> {
    /// From here on everything that a node does is measured.
    pub(crate) fn begin(&mut self) {
        for node in (0..self.nodes).map(NodeId) {
            self.cluster.with(node, |watched, _| watched.begin());
        }
    }

    /// Frees what only the measurement keeps.
    pub(crate) fn give_back(&mut self) {
        for node in (0..self.nodes).map(NodeId) {
            self.cluster.with(node, |watched, _| watched.give_back());
        }
    }

    pub(crate) fn bills(&self) -> impl Iterator<Item = &Bill> {
        self.cluster.machines().iter().map(|(_, watched)| &watched.bill)
    }
}
