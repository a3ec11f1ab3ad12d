//! Faults, one after the other, as the seed has it.

use std::collections::BTreeSet;
use std::time::Duration;

use swim_codec::limits::REGISTER_VALUE_MAX;
use swim_core::{Addr, Name, Node};

use super::gates::running;
use super::options::{Fault, Options};
use crate::population::Population;
use crate::{Cluster, NodeId, Rng, Seed};

/// The child of a run's seed that decides the faults.
const CHILD: u64 = 17;
/// How long after it was told to leave a node's process ends: more than any leave takes.
const EXIT: Duration = Duration::from_secs(4);
/// How long a node stays down at least, so that its next life has a later epoch.
const DOWN_MIN: Duration = Duration::from_millis(100);
/// How many seeds a node is told when it starts again.
const SEEDS: usize = 3;
/// What does the damage.
pub(super) struct Chaos<'a> {
    options: &'a Options,
    population: &'a Population,
    rng: Rng,
    /// Whose applications take no events.
    deaf: BTreeSet<NodeId>,
}

impl<'a> Chaos<'a> {
    pub(super) fn new(options: &'a Options, population: &'a Population) -> Self {
        let rng = Rng::new(Seed::from(options.seed).child(CHILD));
        Self { options, population, rng, deaf: BTreeSet::new() }
    }

    /// Lets faults happen for as long as the options say.
    pub(super) fn rage(&mut self, cluster: &mut Cluster<Node>) {
        let end = cluster.now() + self.options.chaos;
        while cluster.now() < end && cluster.violation().is_none() {
            let pause = self.rng.duration(&(Duration::from_millis(10)..=self.options.pause));
            cluster.run_for(pause.min(end.since(cluster.now())));
            if let Some(&fault) = self.rng.pick(&self.options.faults) {
                self.strike(cluster, fault);
            }
        }
    }

    /// Ends all faults but those that cannot be undone: who is down stays down, if not everybody is.
    pub(super) fn heal(&mut self, cluster: &mut Cluster<Node>) {
        cluster.network.repair();
        cluster.network.set_links(crate::Link::default());
        for node in std::mem::take(&mut self.deaf) {
            cluster.set_listening(node, true);
        }
        cluster.run_for(EXIT);
    }

    /// Lets one node set a register, now that there are no faults.
    pub(super) fn set_one(&mut self, cluster: &mut Cluster<Node>) {
        self.set(cluster);
    }

    /// Lets one node leave, if there are others, and says which.
    pub(super) fn leave_one(&mut self, cluster: &mut Cluster<Node>) -> Option<Name> {
        let node = self.dispensable(cluster)?;
        let name = cluster.machines().get(node)?.local().name().clone();
        leave(cluster, node);
        Some(name)
    }

    fn strike(&mut self, cluster: &mut Cluster<Node>, fault: Fault) {
        match fault {
            Fault::Crash => self.crash(cluster),
            Fault::Restart => self.restart(cluster),
            Fault::Leave => self.leave(cluster),
            Fault::Set => self.set(cluster),
            Fault::Partition => self.partition(cluster),
            Fault::Oneway => self.oneway(cluster),
            Fault::Isolate => self.isolate(cluster),
            Fault::Repair => cluster.network.repair(),
            Fault::Deafen => self.deafen(cluster),
        }
    }

    fn crash(&mut self, cluster: &mut Cluster<Node>) {
        if let Some(node) = self.dispensable(cluster) {
            cluster.crash(node);
            self.deaf.remove(&node);
            cluster.run_for(DOWN_MIN);
        }
    }

    fn restart(&mut self, cluster: &mut Cluster<Node>) {
        let down: Vec<_> = self.ours().filter(|&node| cluster.machines().get(node).is_none()).collect();
        let Some(&node) = self.rng.pick(&down) else { return };
        let seeds = self.seeds(cluster);
        self.population.restart(cluster, node, &seeds);
    }

    /// Some who run, as an operator would name them: through addresses where nobody is any more, two who both
    /// forgot everything could never meet.
    fn seeds(&mut self, cluster: &Cluster<Node>) -> Vec<Addr> {
        let mut running = self.running(cluster);
        self.rng.shuffle(&mut running);
        running.iter().take(SEEDS).map(|&node| cluster.machines().addr(node).clone()).collect()
    }

    fn leave(&mut self, cluster: &mut Cluster<Node>) {
        if let Some(node) = self.dispensable(cluster) {
            leave(cluster, node);
        }
    }

    fn set(&mut self, cluster: &mut Cluster<Node>) {
        let Some(node) = self.any_running(cluster) else { return };
        let key = ["role", "zone", "load", "state/1"][self.rng.index(4)];
        // A long one now and then, so that datagrams fill up.
        let len = if self.rng.chance(0.3) { REGISTER_VALUE_MAX } else { self.rng.index(64) };
        let value = vec![self.rng.any().to_le_bytes()[0]; len];
        let removes = self.rng.chance(0.2);
        let done = cluster
            .with(node, |node, now| if removes { node.remove(now, key) } else { node.set(now, key, &value) });
        if let Some(Err(error)) = done {
            cluster.fail("contract", node, format!("refuses to set a register: {error:?}"));
        }
    }

    fn partition(&mut self, cluster: &mut Cluster<Node>) {
        let (mut groups, count) = ([vec![], vec![], vec![]], self.rng.index(2) + 2);
        for node in self.ours() {
            groups[self.rng.index(count)].push(node);
        }
        cluster.network.repair();
        cluster.network.partition(&groups.each_ref().map(Vec::as_slice));
    }

    fn oneway(&mut self, cluster: &mut Cluster<Node>) {
        let mut nodes: Vec<_> = self.ours().collect();
        self.rng.shuffle(&mut nodes);
        let (from, to) = nodes.split_at(self.rng.index(nodes.len() - 1) + 1);
        cluster.network.repair();
        cluster.network.partition_oneway(from, to);
    }

    fn isolate(&mut self, cluster: &mut Cluster<Node>) {
        let nodes: Vec<_> = self.ours().collect();
        if let Some(&node) = self.rng.pick(&nodes) {
            cluster.network.repair();
            cluster.network.isolate(node);
        }
    }

    fn deafen(&mut self, cluster: &mut Cluster<Node>) {
        let Some(node) = self.any_running(cluster) else { return };
        let listens = self.deaf.remove(&node);
        if !listens {
            self.deaf.insert(node);
        }
        cluster.set_listening(node, listens);
    }

    /// The nodes of our cluster, up or down: those that were added first.
    fn ours(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.options.nodes).unwrap_or(u32::MAX)).map(NodeId)
    }

    fn any_running(&mut self, cluster: &Cluster<Node>) -> Option<NodeId> {
        let running = self.running(cluster);
        self.rng.pick(&running).copied()
    }

    /// A node that runs, and is not the last.
    fn dispensable(&mut self, cluster: &Cluster<Node>) -> Option<NodeId> {
        let running = self.running(cluster);
        self.rng.pick(&running).copied().filter(|_| running.len() > 1)
    }

    fn running(&self, cluster: &Cluster<Node>) -> Vec<NodeId> {
        let ours = self.options.nodes;
        running(cluster).map(|(node, _)| node).filter(|node| (node.0 as usize) < ours).collect()
    }
}

/// Tells a node to leave; its process ends once it has left.
fn leave(cluster: &mut Cluster<Node>, node: NodeId) {
    cluster.with(node, Node::leave);
    cluster.at(cluster.now() + EXIT, move |cluster| {
        if cluster.machines().get(node).is_some_and(Node::has_left) {
            cluster.crash(node);
        }
    });
}
