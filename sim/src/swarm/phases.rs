//! The phases of a run, one after the other.

use std::time::Duration;

use swim_core::{Addr, Config, Instant, Keyring, Machine as _, Node, State};

use super::bounds;
use super::chaos::Chaos;
use super::commands::EXIT;
use super::gates::{BOOT, CALM, CORE, Gate, UNHARMED};
use super::keys::{Rotation, suite_of};
use super::lives::SEEDS;
use super::strangers::strangers;
use super::strikes::DELAY_MAX;
use super::{Failure, OURS, Outcome, Plan};
use crate::check::{Judge, Lies, Marks, Quiet};
use crate::population::{Population, cluster_of, shared_key};
use crate::switches::turn_on;
use crate::{Checker, Cluster, Link, NodeId, Seed};

/// The share that is lost at most while all nodes have to meet in their time.
const BOOT_LOSS_MAX: f64 = 0.3;
/// How long after they agree the last news may travel at least.
const SETTLE: Duration = Duration::from_secs(20);
/// So many rounds of gossip are needed for each time that a piece of news is told in a storm.
const STORM_MAX: u32 = 8;
/// How long it is watched that nothing happens.
const QUIET: Duration = Duration::from_secs(20);
/// The child of a run's seed that decides when nodes start.
const STARTS: u64 = 18;
/// The one that decides which chances they take.
const SWITCHES: u64 = 24;

/// The cluster under test, as its plan has it.
#[derive(Clone)]
pub(super) struct Ours<'a> {
    pub(super) plan: &'a Plan,
    pub(super) population: Population,
    pub(super) lies: Lies,
}

impl Ours<'_> {
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.plan.nodes).map(NodeId)
    }

    /// Who is up, has not left, and has its name.
    pub(super) fn running(&self, cluster: &Cluster<Node>) -> Vec<NodeId> {
        let runs = |node: &Node| node.local().state() == State::Alive && !node.has_left();
        self.nodes().filter(|&node| cluster.machines().get(node).is_some_and(runs)).collect()
    }
}

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) ours: Ours<'a>,
    pub(super) cluster: Cluster<Node>,
    quiet: Quiet,
    marks: Marks,
    faults: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(plan: &'a Plan, watchers: Vec<Box<dyn Checker<Node>>>) -> Self {
        let mut cluster = Cluster::new(plan.seed);
        cluster.keep_events(plan.nodes <= 64);
        let keyring = if plan.sealed { shared_key(suite_of(plan.seed)) } else { Keyring::plain() };
        let (judge, quiet) = Judge::new(cluster_of);
        let judge = judge.with_keyring(Rotation::reader(&keyring));
        let (marks, lies) = (judge.marks(), judge.lies());
        for watcher in watchers {
            cluster.watch(watcher);
        }
        cluster.watch(judge);
        let link = plan.link();
        cluster.network.set_links(Link { loss: link.loss.min(BOOT_LOSS_MAX), ..link });
        let config = plan.config();
        cluster.network.set_datagram_limit(usize::from(config.datagram_limit));
        let seeds = (0..plan.nodes.min(SEEDS) as usize).map(|number| plan.addresses.of(number)).collect();
        let ours = Ours {
            plan,
            population: Population {
                name_bytes: plan.name_bytes.into(),
                addresses: plan.addresses,
                keyring,
                ..Population::plain(OURS, config, seeds)
            },
            lies,
        };
        Self { ours, cluster, quiet, marks, faults: 0 }
    }

    /// What came of it.
    pub(super) fn outcome(self) -> Outcome {
        let Self { ours, cluster, marks, faults, .. } = self;
        let explanation = cluster.explain();
        let failure = cluster.violation().cloned().zip(explanation);
        Outcome {
            plan: ours.plan.clone(),
            failure: failure.map(|(violation, explanation)| Failure { violation, explanation }),
            calls: cluster.calls(),
            datagrams: cluster.network.traffic().sent,
            faults,
            simulated: cluster.now().since(Instant::ZERO),
            hash: cluster.trace_hash(),
            marks: marks.hit(),
        }
    }

    /// Lets all phases happen.
    pub(super) fn go(&mut self) {
        self.boot();
        self.pass(BOOT, &self.all());
        self.cluster.network.set_links(self.ours.plan.link());
        self.turn_switches_on();
        // A clone, so that the chaos can hold on to it while the run goes on.
        let ours = self.ours.clone();
        let mut chaos = Chaos::new(&ours, &mut self.cluster);
        self.faults = chaos.rage(&mut self.cluster);
        self.ours.population = chaos.calm(&mut self.cluster);
        if self.ours.plan.has_only_insiders() {
            self.pass(UNHARMED, &self.all());
            // Who had to refute much doubts itself, and finds it slowly out where it is behind.
            self.cluster.run_for(bounds::doubt(&self.ours.population.config));
        }
        self.cluster.run_for(EXIT.max(DELAY_MAX));
        self.heal_core();
        self.heal_all();
        self.pass(CALM, &self.all());
        self.turn_switches_off(CALM, &self.all());
        self.tell_news();
        self.cluster.run_for(SETTLE.max(self.storm_time()));
        self.stay(CALM, &self.all(), Duration::ZERO);
        self.quiet.set(Some(self.cluster.now()));
        self.cluster.run_for(QUIET);
        self.stay(CALM, &self.all(), Duration::ZERO);
        self.quiet.set(None);
        self.shut_down();
    }

    fn boot(&mut self) {
        let mut rng = self.ours.plan.rng(STARTS);
        let pause = Duration::from_secs(1) / self.ours.plan.nodes;
        for node in 0..self.ours.plan.nodes {
            self.cluster.run_for(rng.duration(&(Duration::ZERO..=pause)));
            if self.ours.plan.latecomers.contains(&node) {
                self.ours.population.reserve(&mut self.cluster);
            } else {
                self.ours.population.add(&mut self.cluster);
            }
        }
        let theirs = self.theirs();
        for _ in 0..self.ours.plan.foreigners {
            theirs.add(&mut self.cluster);
        }
    }

    /// Another cluster, that by mistake tries to join through ours.
    fn theirs(&self) -> Population {
        let first = self.ours.plan.nodes as usize;
        let addresses = self.ours.plan.addresses;
        let seeds = [0, first, first + 1].map(|number| addresses.of(number));
        Population {
            addresses,
            keyring: self.ours.population.keyring.clone(),
            ..Population::plain("foreign-", Config::lan(), seeds.into())
        }
    }

    fn turn_switches_on(&mut self) {
        if !self.ours.plan.switches.is_empty() {
            self.turn_switches(self.ours.plan.switches.clone());
        }
    }

    /// And waits until nobody doubts itself any more because of them, and the gates are open without them.
    fn turn_switches_off(&mut self, gates: &[Gate], nodes: &[NodeId]) {
        if !self.ours.population.switches.is_empty() {
            self.turn_switches(Vec::new());
            self.cluster.run_for(bounds::doubt(&self.ours.population.config));
            self.pass(gates, nodes);
        }
    }

    /// Turns these switches on, and all others off, inside our nodes that run, and those that start from now on.
    fn turn_switches(&mut self, switches: Vec<String>) {
        let seeds = Seed::from(self.ours.plan.seed).child(SWITCHES);
        for node in self.all() {
            let seed = seeds.child(node.0.into()).bytes();
            self.cluster.with(node, |machine, _| turn_on(machine, seed, &switches));
        }
        self.ours.population.switches = switches;
    }

    /// The core starts again where it is down; the rest dies, or lives on where nobody of the core hears it.
    fn heal_core(&mut self) {
        let Plan { core, cut_off, .. } = self.ours.plan;
        let ids = |nodes: &[u32]| nodes.iter().copied().map(NodeId).collect::<Vec<_>>();
        let (core, cut_off) = (ids(core), ids(cut_off));
        for node in self.ours.nodes().filter(|node| !core.contains(node) && !cut_off.contains(node)) {
            self.cluster.crash(node);
        }
        self.cluster.network.partition(&[&core, &cut_off]);
        self.start_down(&core);
        self.introduce(&core);
        // Who heard just before that somebody moved asks at the old address first, and then believes it.
        self.cluster.run_for(DELAY_MAX.max(bounds::question(&self.ours.population.config)));
        self.pass(CORE, &core);
        self.turn_switches_off(CORE, &core);
        self.stay(CORE, &core, Duration::from_secs(self.ours.plan.core_s));
        self.turn_switches_on();
    }

    /// Where no protocol brings these nodes together, an operator does.
    fn introduce(&mut self, nodes: &[NodeId]) {
        let strangers = strangers(&self.cluster, nodes);
        for pair in strangers.windows(2) {
            let other = self.cluster.machines().addr(pair[1]).clone();
            self.cluster.with(pair[0], |node, now| node.join(now, &[other]));
        }
    }

    fn heal_all(&mut self) {
        self.cluster.network.repair();
        let all: Vec<_> = self.ours.nodes().collect();
        // Half of the dead stay dead.
        let back: Vec<_> = all.into_iter().filter(|node| node.0 % 2 == 0).collect();
        self.start_down(&back);
    }

    /// Starts those of the nodes that are down, each through two of the core, who run already if there are such: they may
    /// hold the others for gone, and would not look for them. Where nobody of the core runs, those who are cut off may hold
    /// all of it for having left, so one of them is a seed, too.
    pub(super) fn start_down(&mut self, nodes: &[NodeId]) {
        let runs = |node: NodeId| self.cluster.machines().get(node).is_some();
        let down: Vec<_> = nodes.iter().copied().filter(|&node| !runs(node)).collect();
        let core = self.ours.plan.core.iter().map(|&node| NodeId(node));
        let (running, others): (Vec<_>, Vec<_>) = core.partition(|&node| runs(node));
        let cut_off = self.ours.plan.cut_off.first().map(|&node| NodeId(node)).filter(|_| running.is_empty());
        for node in down {
            let core = running.iter().chain(&others).filter(|&&other| other != node).take(2);
            let seeds = self.cluster.machines().addrs(core.chain(&cut_off).copied());
            self.ours.population.restart(&mut self.cluster, node, &seeds);
        }
    }

    /// Starts a node that is down elsewhere, through all who run: nobody knows where it is.
    pub(super) fn start_at(&mut self, node: NodeId, at: Addr) {
        let seeds = self.cluster.machines().addrs(self.ours.running(&self.cluster));
        self.ours.population.restart_at(&mut self.cluster, node, at, &seeds);
    }

    /// All leave at the same time: nobody may wait for anybody, and nothing may be left of them.
    fn shut_down(&mut self) {
        let nodes: Vec<_> = self.cluster.machines().iter().map(|(id, _)| id).collect();
        for node in nodes {
            self.cluster.with(node, Node::leave);
        }
        self.cluster.run_for(self.ours.population.config.leave_timeout);
        let lingers = |node: &Node| !node.has_left() || node.poll_timeout().is_some();
        let lingering = self.cluster.machines().iter().find(|(_, node)| lingers(node)).map(|(id, _)| id);
        if let Some(node) = lingering {
            self.cluster.fail("L6", node, "has not ended in the time that a node has to leave".into());
        }
    }

    /// How long those who talk much at once may take to tell it, where a datagram has room for one piece of it.
    fn storm_time(&self) -> Duration {
        let nodes = self.ours.plan.nodes as usize;
        self.ours.population.config.settle_time(nodes) * STORM_MAX
    }

    pub(super) fn all(&self) -> Vec<NodeId> {
        self.ours.nodes().collect()
    }
}
