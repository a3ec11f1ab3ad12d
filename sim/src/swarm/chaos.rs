//! Faults, one after the other, as the plan has it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swim_core::{Instant, Node};

use super::attackers;
use super::commands::{chatter, set};
use super::fault::{Fault, Strike};
use super::hosts::Hosts;
use super::keys::Rotation;
use super::phases::Ours;
use super::tweak::Tweak;
use super::weather::{Share, Weather};
use crate::fault::{Bursts, Nat};
use crate::population::Population;
use crate::{Cluster, Link, Network, NodeId, Rng, Seed, StreamFaults};

/// The children of a run's seed that decide what the network does to single datagrams, what is played again, and when
/// links are bad.
const WEATHER: u64 = 17;
const PLAYED: u64 = 19;
const BURSTS: u64 = 22;
/// How many replayed datagrams in a hundred go to somebody else than at first.
const ASTRAY: u64 = 20;
/// How many of them seem to come from an address where nobody listens.
const SPOOFED: u64 = 10;
const NOBODY: usize = 1 << 16;

/// What does the damage.
pub(super) struct Chaos<'a> {
    pub(super) ours: &'a Ours<'a>,
    weather: Weather,
    pub(super) rng: Rng,
    /// Whose applications take no events.
    pub(super) deaf: BTreeSet<NodeId>,
    /// Whose hosts are unplugged.
    pub(super) unplugged: BTreeSet<NodeId>,
    paused: BTreeSet<NodeId>,
    hosts: Hosts,
    pub(super) saved: BTreeMap<NodeId, Vec<u8>>,
    /// The nodes as they start now, whose keys change.
    pub(super) population: Population,
    rotation: Option<Rotation>,
    /// How often anybody moved.
    pub(super) moves: usize,
    /// Who runs elsewhere under the name of a node.
    pub(super) clones: Vec<NodeId>,
    /// How many attackers there were, and until when they may be there.
    attackers: usize,
    end: Instant,
}

impl<'a> Chaos<'a> {
    pub(super) fn new(ours: &'a Ours<'a>, cluster: &mut Cluster<Node>) -> Self {
        let weather = Weather::new(ours.plan.rng(WEATHER), Rotation::reader(&ours.population.keyring));
        cluster.network.add_rule(weather.clone());
        let rng = ours.plan.rng(PLAYED);
        Self {
            ours,
            weather,
            rng,
            deaf: BTreeSet::new(),
            unplugged: BTreeSet::new(),
            paused: BTreeSet::new(),
            hosts: Hosts::default(),
            saved: BTreeMap::new(),
            population: ours.population.clone(),
            rotation: Rotation::new(&ours.population.keyring, ours.plan.nodes),
            moves: 0,
            clones: Vec::new(),
            attackers: 0,
            end: cluster.now() + Duration::from_millis(ours.plan.chaos_ms),
        }
    }

    /// Lets all faults happen, until a law is broken; answers how many did.
    pub(super) fn rage(&mut self, cluster: &mut Cluster<Node>) -> u64 {
        let (begin, mut happened) = (cluster.now(), 0);
        for Strike { at_ms, fault } in &self.ours.plan.strikes {
            run_until(cluster, begin + Duration::from_millis(*at_ms));
            if cluster.violation().is_some() {
                return happened;
            }
            self.strike(cluster, fault);
            happened += 1;
        }
        run_until(cluster, self.end);
        happened
    }

    /// Ends all faults of the network and of applications, and lets processes end that are to. Answers how nodes start
    /// from now on.
    pub(super) fn calm(mut self, cluster: &mut Cluster<Node>) -> Population {
        cluster.network.repair();
        cluster.network.set_links(Link::default());
        cluster.network.set_streams(StreamFaults::default());
        self.weather.clear();
        cluster.release();
        self.hosts.heal(cluster);
        for node in std::mem::take(&mut self.paused) {
            cluster.resume(node);
        }
        for node in std::mem::take(&mut self.deaf) {
            cluster.set_listening(node, true);
        }
        self.end_clones(cluster);
        let config = &self.population.config;
        for node in self.ours.nodes() {
            cluster.with(node, |node, now| node.reconfigure(now, config.clone()).expect("valid"));
        }
        self.population
    }

    fn strike(&mut self, cluster: &mut Cluster<Node>, fault: &Fault) {
        match fault {
            Fault::Crash { node } => self.crash(cluster, NodeId(*node)),
            Fault::Vanish { node } => self.vanish(cluster, NodeId(*node)),
            Fault::Restart { node } => self.restart(cluster, NodeId(*node)),
            Fault::Save { node } => self.save(cluster, NodeId(*node)),
            Fault::Recover { node } => self.recover(cluster, NodeId(*node)),
            Fault::Torn { node } => self.recover_torn(cluster, NodeId(*node)),
            Fault::Move { node } => self.move_away(cluster, NodeId(*node)),
            Fault::Clone { node } => self.clone_elsewhere(cluster, NodeId(*node)),
            Fault::Leave { node } => self.leave(cluster, NodeId(*node)),
            Fault::Set { node, key, bytes } => set(cluster, NodeId(*node), key, *bytes),
            Fault::Remove { node, key } => {
                let _refused = cluster.with(NodeId(*node), |node, now| node.remove(now, key));
            }
            Fault::Chatter { node, times } => chatter(cluster, NodeId(*node), *times),
            Fault::Join { node, through } => {
                let seeds = cluster.machines().addrs(ids(through));
                cluster.with(NodeId(*node), |node, now| node.join(now, &seeds));
            }
            Fault::Reconfigure { node, tweak } => self.reconfigure(cluster, NodeId(*node), *tweak),
            Fault::Rotate { nodes } => self.rotate(cluster, *nodes),
            Fault::Partition { groups } => {
                cluster.network.repair();
                partition(&mut cluster.network, groups);
            }
            Fault::Ring { nodes } => {
                cluster.network.repair();
                cluster.network.ring(&ids(nodes));
            }
            Fault::Flap { groups, period_ms, times } => {
                self.flap(cluster, groups, Duration::from_millis(*period_ms), *times);
            }
            Fault::Clog { nodes, within_ms } => {
                let left = self.end.since(cluster.now());
                cluster.clog(&ids(nodes), left.min(Duration::from_millis(*within_ms)));
            }
            Fault::Nat { nodes, memory_ms } => {
                self.weather.translate(Nat::new(&ids(nodes), Duration::from_millis(*memory_ms)));
            }
            Fault::Oneway { from, to } => {
                cluster.network.repair();
                cluster.network.partition_oneway(&ids(from), &ids(to));
            }
            Fault::Isolate { node } => {
                cluster.network.repair();
                cluster.network.isolate(NodeId(*node));
            }
            Fault::Repair => cluster.network.repair(),
            Fault::Hold { from, to } => cluster.network.hold(&ids(from), &ids(to)),
            Fault::Release => cluster.release(),
            Fault::Deafen { node } => self.set_deaf(cluster, NodeId(*node), true),
            Fault::Listen { node } => self.set_deaf(cluster, NodeId(*node), false),
            Fault::Pause { node } => self.pause(cluster, NodeId(*node)),
            Fault::Resume { node } => cluster.resume(NodeId(*node)),
            Fault::Corrupt { percent } => self.weather.damage(*percent),
            Fault::Wake { node } => cluster.nudge(NodeId(*node)),
            Fault::Duplicate { percent, within_ms } => self.weather.duplicate(share(*percent, *within_ms)),
            Fault::Delay { percent, within_ms } => self.weather.delay(share(*percent, *within_ms)),
            Fault::Mute { kind, percent } => self.weather.mute(*kind, *percent),
            Fault::Replay { count } => self.replay(cluster, *count),
            Fault::Bursts { good_ms, bad_ms, percent } => {
                self.burst(cluster.now(), *good_ms, *bad_ms, *percent);
            }
            Fault::ClockRate { node, thousandths } => {
                self.hosts.set_rate(cluster, NodeId(*node), *thousandths);
            }
            Fault::ClockStep { node, by_ms } => self.hosts.step(cluster, NodeId(*node), *by_ms),
            Fault::Late { node, within_ms } => {
                self.hosts.delay(cluster, NodeId(*node), Duration::from_millis(*within_ms));
            }
            Fault::Batch { node, within_ms, at_most } => {
                self.hosts.batch(cluster, NodeId(*node), Duration::from_millis(*within_ms), *at_most);
            }
            Fault::Slow { node, by_ms } => {
                self.hosts.slow(cluster, NodeId(*node), Duration::from_millis(*by_ms));
            }
            Fault::Streams { reset, piece, stalled, stall_ms, boastful } => {
                cluster.network.set_streams(StreamFaults {
                    reset: f64::from(*reset) / 100.0,
                    piece: (*piece).max(1) as usize,
                    stalled: f64::from(*stalled) / 100.0,
                    stall: Duration::from_millis(*stall_ms),
                    boastful: f64::from(*boastful) / 100.0,
                });
            }
            Fault::Attack { by, every_ms, for_ms } => {
                let end = self.end.min(cluster.now() + Duration::from_millis(*for_ms));
                let pause = Duration::from_millis(*every_ms);
                attackers::send(self.ours, &self.population, cluster, by, self.attackers, pause, end);
                self.attackers += 1;
            }
        }
    }

    fn pause(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if cluster.machines().get(node).is_some() {
            cluster.pause(node);
            self.paused.insert(node);
        }
    }

    fn reconfigure(&self, cluster: &mut Cluster<Node>, node: NodeId, tweak: Tweak) {
        let mut config = self.population.config.clone();
        tweak.apply(&mut config);
        cluster.with(node, |node, now| node.reconfigure(now, config).expect("a valid plan"));
    }

    fn rotate(&mut self, cluster: &mut Cluster<Node>, nodes: u32) {
        let Some(rotation) = &mut self.rotation else { return };
        (0..nodes).for_each(|_| rotation.advance(cluster));
        self.population.keyring = rotation.keyring().clone();
    }

    /// As often as there is time for it.
    fn flap(&self, cluster: &mut Cluster<Node>, groups: &[Vec<u32>], period: Duration, times: u32) {
        let room = self.end.since(cluster.now()).as_millis() / (2 * period.as_millis()).max(1);
        let groups = groups.to_vec();
        let times = times.min(u32::try_from(room).unwrap_or(u32::MAX));
        cluster.flap(period, times, move |network| partition(network, &groups));
    }

    fn set_deaf(&mut self, cluster: &mut Cluster<Node>, node: NodeId, deaf: bool) {
        if cluster.machines().get(node).is_some() {
            cluster.set_listening(node, !deaf);
            if deaf {
                self.deaf.insert(node)
            } else {
                self.deaf.remove(&node)
            };
        }
    }

    fn replay(&mut self, cluster: &mut Cluster<Node>, count: u32) {
        for _ in 0..count {
            let Some(captured) = self.weather.recall() else { return };
            let astray = self.rng.below(100) < ASTRAY;
            let to = if astray { NodeId(self.random_node()) } else { captured.to };
            let from = match self.rng.below(100) {
                0..SPOOFED => self.population.addresses.of(NOBODY),
                _ => cluster.machines().addr(captured.from).clone(),
            };
            cluster.inject(from, to, &captured.bytes);
        }
    }

    /// Each burst of its own begins with its own chances.
    fn burst(&mut self, now: Instant, good_ms: u64, bad_ms: u64, percent: u32) {
        let seed = Seed::from(self.ours.plan.seed).child(BURSTS).child(now.as_nanos());
        let (good, bad) = (Duration::from_millis(good_ms), Duration::from_millis(bad_ms));
        self.weather.burst(Bursts::new(seed, good, bad, f64::from(percent) / 100.0));
    }

    fn random_node(&mut self) -> u32 {
        u32::try_from(self.rng.below(u64::from(self.ours.plan.nodes))).unwrap_or(0)
    }
}

fn run_until(cluster: &mut Cluster<Node>, time: Instant) {
    cluster.run_for(time.since(cluster.now()));
}

fn share(percent: u32, within_ms: u64) -> Share {
    Share { percent, within: Duration::from_millis(within_ms) }
}

fn ids(nodes: &[u32]) -> Vec<NodeId> {
    nodes.iter().copied().map(NodeId).collect()
}

fn partition(network: &mut Network, groups: &[Vec<u32>]) {
    let groups: Vec<_> = groups.iter().map(|group| ids(group)).collect();
    let groups: Vec<_> = groups.iter().map(Vec::as_slice).collect();
    network.partition(&groups);
}
