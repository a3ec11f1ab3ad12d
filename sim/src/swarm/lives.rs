//! Nodes that stop, and start again in many ways.

use swim_core::{Addr, Node};

use super::chaos::Chaos;
use super::commands;
use crate::{Cluster, NodeId};

/// How many seeds a node is told when it starts: more than it tries at a time.
pub(super) const SEEDS: u32 = 5;
/// By how much the number of a node's address grows when it moves.
const MOVED: usize = 1 << 17;
/// The number of the first address of a clone.
const CLONED: usize = 1 << 18;
/// In so many probe intervals a node has found out which of two keeps their name.
const PROBES_OF_NAMESAKES: u32 = 20;

impl Chaos<'_> {
    pub(super) fn crash(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.is_dispensable(cluster, node) {
            cluster.resume(node);
            cluster.crash(node);
            self.deaf.remove(&node);
        }
    }

    pub(super) fn vanish(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.is_dispensable(cluster, node) {
            cluster.resume(node);
            cluster.vanish(node);
            self.deaf.remove(&node);
            self.unplugged.insert(node);
        }
    }

    pub(super) fn leave(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.is_dispensable(cluster, node) {
            cluster.resume(node);
            commands::leave(cluster, node);
        }
    }

    pub(super) fn restart(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if let Some(seeds) = self.prepare(cluster, node) {
            self.population.restart(cluster, node, &seeds);
        }
    }

    pub(super) fn save(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if let Some(machine) = cluster.machines().get(node) {
            self.saved.insert(node, machine.snapshot());
        }
    }

    pub(super) fn recover(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if let Some(seeds) = self.prepare(cluster, node) {
            match self.saved.get(&node) {
                Some(saved) => self.population.recover(cluster, node, &seeds, saved),
                None => self.population.restart(cluster, node, &seeds),
            }
        }
    }

    pub(super) fn recover_torn(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if let Some(saved) = self.saved.get_mut(&node)
            && cluster.machines().get(node).is_none()
        {
            saved.truncate(self.rng.index(saved.len().max(1)));
        }
        self.recover(cluster, node);
        self.saved.remove(&node);
    }

    /// The first of the core stays where it is: all who start are told its address.
    pub(super) fn move_away(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.ours.plan.core.first() == Some(&node.0) {
            return;
        }
        if let Some(seeds) = self.prepare(cluster, node) {
            self.moves += 1;
            let at = self.population.addresses.of(MOVED + self.moves);
            self.population.restart_at(cluster, node, at, &seeds);
        }
    }

    /// The laws know a member by its name, so from now on they are as if somebody lied: two speak for it.
    pub(super) fn clone_elsewhere(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.ours.running(cluster).contains(&node)
            && let Some(machine) = cluster.machines().get(node)
        {
            let saved = machine.snapshot();
            self.ours.lies.begin(false);
            let at = self.population.addresses.of(CLONED + self.clones.len());
            let clone = self.population.copy(cluster, node, at, &saved);
            self.clones.push(clone);
        }
    }

    /// Ends all clones, and the processes of those that lost their name to one.
    pub(super) fn end_clones(&mut self, cluster: &mut Cluster<Node>) {
        if self.clones.is_empty() {
            return;
        }
        for clone in std::mem::take(&mut self.clones) {
            cluster.crash(clone);
        }
        // Some have an answer of a clone by then, and act upon it later.
        cluster.run_for(self.population.config.probe_interval * PROBES_OF_NAMESAKES);
        let has_ended = |node: &NodeId| cluster.machines().get(*node).is_some_and(Node::has_left);
        let ended: Vec<_> = self.ours.nodes().filter(has_ended).collect();
        for node in ended {
            cluster.crash(node);
        }
    }

    /// Plugs in the host of a node that is down; answers through whom it is to join.
    fn prepare(&mut self, cluster: &mut Cluster<Node>, node: NodeId) -> Option<Vec<Addr>> {
        if cluster.machines().get(node).is_some() {
            return None;
        }
        if self.unplugged.remove(&node) {
            cluster.network.rejoin(node);
        }
        Some(self.seeds(cluster, node))
    }

    /// One that will be there in the end and the next ones that run, as an operator would name them: through addresses
    /// where nobody is any more, two who both forgot everything could never meet.
    fn seeds(&self, cluster: &Cluster<Node>, node: NodeId) -> Vec<Addr> {
        let running = self.ours.running(cluster);
        let (before, after): (Vec<NodeId>, Vec<NodeId>) =
            running.into_iter().partition(|&other| other <= node);
        let lasting = self.ours.plan.core.iter().map(|&node| NodeId(node)).find(|&core| core != node);
        let others = lasting.into_iter().chain(after).chain(before).take(SEEDS as usize);
        cluster.machines().addrs(others)
    }

    /// It runs, and is not the last.
    fn is_dispensable(&self, cluster: &Cluster<Node>, node: NodeId) -> bool {
        let running = self.ours.running(cluster);
        running.len() > 1 && running.contains(&node)
    }
}
