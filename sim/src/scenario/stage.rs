//! The cluster of a scenario, while it is played.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swim_core::{Config, Event, Instant, Keyring, Node, State};

use super::keys::{self, Keys};
use super::nodes::Nodes;
use crate::check::{Judge, Lies, Quiet};
use crate::fault::Eavesdropper;
use crate::population::{Population, addr, cluster_of};
use crate::{Checker, Cluster, Happened, NodeId, Rng, Seed, Traffic};

/// The children of a run's seed that decide when nodes start, what garbage is, and what rules do.
pub(super) mod child {
    pub(crate) const START: u64 = 16;
    pub(crate) const CHANCE: u64 = 17;
    pub(crate) const RULES: u64 = 18;
}

/// How many of the first nodes everybody joins through.
const SEEDS: usize = 3;
/// Those that are added together start within this time.
pub(super) const START: Duration = Duration::from_secs(1);

pub(super) struct Stage {
    pub(super) cluster: Cluster<Node>,
    pub(super) population: Population,
    pub(super) strangers: Population,
    /// The nodes of our cluster, up or down.
    pub(super) ours: Nodes,
    pub(super) quiet: Quiet,
    pub(super) lies: Lies,
    pub(super) rng: Rng,
    /// The links that are not as all the others.
    pub(super) special: BTreeSet<(NodeId, NodeId)>,
    pub(super) keys: Keys,
    /// The keys that nodes find when they start, where they are not only the first.
    pub(super) files: BTreeMap<NodeId, Keyring>,
    /// What nodes have on their disks.
    pub(super) saved: BTreeMap<NodeId, Vec<u8>>,
    /// How often anybody moved.
    pub(super) moves: usize,
    /// Somebody on the way, if the scenario has one.
    pub(super) ear: Eavesdropper,
    starts: Rng,
    change: Change,
}

/// The last time that the scenario changed something.
#[derive(Clone, Copy)]
struct Change {
    at: Instant,
    events: usize,
    traffic: Traffic,
}

impl Stage {
    /// Nothing yet: no node runs. `watchers` see every call, and the judge does.
    pub(super) fn new(seed: u64, keys: Keys, watchers: Vec<Box<dyn Checker<Node>>>) -> Self {
        let mut cluster = Cluster::new(seed);
        let (judge, quiet) = Judge::new(cluster_of);
        let lies = judge.lies();
        for watcher in watchers {
            cluster.watch(watcher);
        }
        cluster.watch(judge.with_keyring(keys::reader(&keys)));
        let population = |name| Population::plain(name, Config::lan(), Vec::new());
        let child = |number| Rng::new(Seed::from(seed).child(number));
        Self {
            cluster,
            population: Population { keyring: keys::first(&keys), ..population("n") },
            keys,
            files: BTreeMap::new(),
            strangers: population("foreign-"),
            ours: Nodes::default(),
            quiet,
            lies,
            rng: child(child::CHANCE),
            special: BTreeSet::new(),
            saved: BTreeMap::new(),
            moves: 0,
            ear: Eavesdropper::new(),
            starts: child(child::START),
            change: Change { at: Instant::ZERO, events: 0, traffic: Traffic::default() },
        }
    }

    /// The first nodes, through which all others join.
    pub(super) fn found(&mut self, nodes: u32, config: Config) {
        let seeds: Vec<_> = (0..SEEDS.min(nodes as usize)).map(addr).collect();
        self.population.config = config.clone();
        self.strangers.config = config;
        self.population.seeds.clone_from(&seeds);
        self.strangers.seeds = seeds;
        self.add(nodes);
    }

    /// Starts so many nodes of ours, at times of their own.
    pub(super) fn add(&mut self, count: u32) {
        let population = self.population.clone();
        self.start(count, |stage| {
            let node = population.add(&mut stage.cluster);
            stage.ours.0.insert(node);
        });
    }

    /// Starts so many nodes of another cluster, which join through ours and the first of them.
    pub(super) fn add_foreigners(&mut self, count: u32) {
        self.strangers.seeds.push(addr(self.cluster.machines().nodes().len()));
        let population = self.strangers.clone();
        self.start(count, |stage| {
            population.add(&mut stage.cluster);
        });
    }

    fn start(&mut self, count: u32, one: impl Fn(&mut Self)) {
        let end = self.now() + START;
        let slot = START / count.max(1);
        for _ in 0..count {
            one(self);
            self.cluster.run_for(self.starts.duration(&(Duration::ZERO..=slot)));
        }
        self.cluster.run_for(end.since(self.now()));
    }

    /// What a node starts as, with the keys of its own files.
    pub(super) fn population_of(&self, node: NodeId) -> Population {
        let population = self.population.clone();
        let keyring = self.files.get(&node).unwrap_or(&population.keyring).clone();
        Population { keyring, ..population }
    }

    /// For one more rule of the network.
    pub(super) fn new_seed(&mut self) -> Seed {
        self.cluster.seed().child(child::RULES).child(self.rng.any())
    }

    /// From now on, times and events are told since now.
    pub(super) fn note_change(&mut self) {
        self.change = Change {
            at: self.cluster.now(),
            events: self.cluster.events().len(),
            traffic: self.cluster.network.traffic(),
        };
    }
}

/// What there is to see.
impl Stage {
    pub(super) fn now(&self) -> Instant {
        self.cluster.now()
    }

    /// When the last change was.
    pub(super) fn changed(&self) -> Instant {
        self.change.at
    }

    pub(super) fn traffic_before(&self) -> Traffic {
        self.change.traffic
    }

    /// What applications were told since the last change.
    pub(super) fn news(&self) -> &[Happened<Event>] {
        &self.cluster.events()[self.change.events..]
    }

    /// The machine of a node of ours that runs and has not left.
    pub(super) fn member(&self, node: NodeId) -> Option<&Node> {
        let machine = self.cluster.machines().get(node)?;
        (self.ours.has(node) && machine.local().state() == State::Alive).then_some(machine)
    }

    pub(super) fn running(&self) -> Nodes {
        self.ours.iter().filter(|&node| self.member(node).is_some()).collect()
    }
}

/// The name of a node of ours.
pub(super) fn name_of(node: NodeId) -> String {
    node.to_string()
}

/// The node of ours with that name.
pub(super) fn node_of(name: &str) -> Option<NodeId> {
    name.strip_prefix('n')?.parse().ok().map(NodeId)
}
