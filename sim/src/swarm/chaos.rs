//! Faults, one after the other, as the plan has it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swim_core::{Addr, Instant, Node, State};

use super::hosts::Hosts;
use super::plan::{Fault, Strike};
use super::weather::{Share, Weather};
use super::{Ours, attackers};
use crate::fault::Bursts;
use crate::population::addr;
use crate::{Cluster, Link, NodeId, Rng, Seed, StreamFaults};

/// The children of a run's seed that decide what the network does to single datagrams, what is played again, and when
/// links are bad.
const WEATHER: u64 = 17;
const PLAYED: u64 = 19;
const BURSTS: u64 = 22;
/// How long after it was told to leave a node's process ends: more than any leave takes.
pub(super) const EXIT: Duration = Duration::from_secs(4);
/// How many seeds a node is told when it starts again.
const SEEDS: usize = 3;
/// How many replayed datagrams in a hundred go to somebody else than at first.
const ASTRAY: u64 = 20;
/// How many of them seem to come from an address where nobody listens.
const SPOOFED: u64 = 10;
const NOBODY: usize = 1 << 16;

/// What does the damage.
pub(super) struct Chaos<'a> {
    ours: &'a Ours<'a>,
    weather: Weather,
    rng: Rng,
    /// Whose applications take no events.
    deaf: BTreeSet<NodeId>,
    paused: BTreeSet<NodeId>,
    hosts: Hosts,
    saved: BTreeMap<NodeId, Vec<u8>>,
    /// How many attackers there were, and until when they may be there.
    attackers: usize,
    end: Instant,
}

impl<'a> Chaos<'a> {
    pub(super) fn new(ours: &'a Ours<'a>, cluster: &mut Cluster<Node>) -> Self {
        let weather = Weather::new(ours.plan.rng(WEATHER), ours.population.keyring.clone());
        cluster.network.add_rule(weather.clone());
        let rng = ours.plan.rng(PLAYED);
        Self {
            ours,
            weather,
            rng,
            deaf: BTreeSet::new(),
            paused: BTreeSet::new(),
            hosts: Hosts::default(),
            saved: BTreeMap::new(),
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

    /// Ends all faults of the network and of applications, and lets processes end that are to.
    pub(super) fn calm(&mut self, cluster: &mut Cluster<Node>) {
        cluster.network.repair();
        cluster.network.set_links(Link::default());
        cluster.network.set_streams(StreamFaults::default());
        self.weather.clear();
        self.hosts.heal(cluster);
        for node in std::mem::take(&mut self.paused) {
            cluster.resume(node);
        }
        for node in std::mem::take(&mut self.deaf) {
            cluster.set_listening(node, true);
        }
    }

    fn strike(&mut self, cluster: &mut Cluster<Node>, fault: &Fault) {
        match fault {
            Fault::Crash { node } => self.crash(cluster, NodeId(*node)),
            Fault::Restart { node } => self.restart(cluster, NodeId(*node)),
            Fault::Save { node } => self.save(cluster, NodeId(*node)),
            Fault::Recover { node } => self.recover(cluster, NodeId(*node)),
            Fault::Leave { node } => self.leave(cluster, NodeId(*node)),
            Fault::Set { node, key, bytes } => set(cluster, NodeId(*node), key, *bytes),
            Fault::Remove { node, key } => {
                let _refused = cluster.with(NodeId(*node), |node, now| node.remove(now, key));
            }
            Fault::Partition { groups } => partition(cluster, groups),
            Fault::Oneway { from, to } => {
                cluster.network.repair();
                cluster.network.partition_oneway(&ids(from), &ids(to));
            }
            Fault::Isolate { node } => {
                cluster.network.repair();
                cluster.network.isolate(NodeId(*node));
            }
            Fault::Repair => cluster.network.repair(),
            Fault::Deafen { node } => self.set_deaf(cluster, NodeId(*node), true),
            Fault::Listen { node } => self.set_deaf(cluster, NodeId(*node), false),
            Fault::Pause { node } => self.pause(cluster, NodeId(*node)),
            Fault::Resume { node } => cluster.resume(NodeId(*node)),
            Fault::Corrupt { percent } => self.weather.damage(*percent),
            Fault::Wake { node } => cluster.nudge(NodeId(*node)),
            Fault::Duplicate { percent, within_ms } => self.weather.duplicate(share(*percent, *within_ms)),
            Fault::Delay { percent, within_ms } => self.weather.delay(share(*percent, *within_ms)),
            Fault::Mute { kind } => self.weather.mute(*kind),
            Fault::Replay { count } => self.replay(cluster, *count),
            Fault::Bursts { good_ms, bad_ms } => self.burst(cluster.now(), *good_ms, *bad_ms),
            Fault::ClockRate { node, thousandths } => {
                self.hosts.set_rate(cluster, NodeId(*node), *thousandths);
            }
            Fault::ClockStep { node, by_ms } => self.hosts.step(cluster, NodeId(*node), *by_ms),
            Fault::Late { node, within_ms } => {
                self.hosts.delay(cluster, NodeId(*node), Duration::from_millis(*within_ms));
            }
            Fault::Slow { node, by_ms } => {
                self.hosts.slow(cluster, NodeId(*node), Duration::from_millis(*by_ms));
            }
            Fault::Streams { reset, piece, stalled, stall_ms } => {
                cluster.network.set_streams(StreamFaults {
                    reset: f64::from(*reset) / 100.0,
                    piece: (*piece).max(1) as usize,
                    stalled: f64::from(*stalled) / 100.0,
                    stall: Duration::from_millis(*stall_ms),
                });
            }
            Fault::Attack { by, every_ms, for_ms } => {
                let end = self.end.min(cluster.now() + Duration::from_millis(*for_ms));
                let pause = Duration::from_millis(*every_ms);
                attackers::send(self.ours, cluster, by, self.attackers, pause, end);
                self.attackers += 1;
            }
        }
    }

    fn crash(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.is_dispensable(cluster, node) {
            cluster.resume(node);
            cluster.crash(node);
            self.deaf.remove(&node);
        }
    }

    fn pause(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if cluster.machines().get(node).is_some() {
            cluster.pause(node);
            self.paused.insert(node);
        }
    }

    fn leave(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if self.is_dispensable(cluster, node) {
            cluster.resume(node);
            leave(cluster, node);
        }
    }

    fn restart(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if cluster.machines().get(node).is_none() {
            let seeds = self.seeds(cluster, node);
            self.ours.population.restart(cluster, node, &seeds);
        }
    }

    fn save(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        if let Some(machine) = cluster.machines().get(node) {
            self.saved.insert(node, machine.snapshot());
        }
    }

    fn recover(&mut self, cluster: &mut Cluster<Node>, node: NodeId) {
        match self.saved.get(&node) {
            Some(saved) if cluster.machines().get(node).is_none() => {
                let seeds = self.seeds(cluster, node);
                self.ours.population.recover(cluster, node, &seeds, saved);
            }
            Some(_) => {}
            None => self.restart(cluster, node),
        }
    }

    /// One that will be there in the end and the next ones that run, as an operator would name them: through addresses
    /// where nobody is any more, two who both forgot everything could never meet.
    fn seeds(&self, cluster: &Cluster<Node>, node: NodeId) -> Vec<Addr> {
        let running = self.ours.running(cluster);
        let (before, after): (Vec<NodeId>, Vec<NodeId>) =
            running.into_iter().partition(|&other| other <= node);
        let lasting = self.ours.plan.core.iter().map(|&node| NodeId(node)).find(|&core| core != node);
        let others = lasting.into_iter().chain(after).chain(before).take(SEEDS);
        others.map(|node| addr(node.0 as usize)).collect()
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
                0..SPOOFED => addr(NOBODY),
                _ => cluster.machines().addr(captured.from).clone(),
            };
            cluster.inject(from, to, &captured.bytes);
        }
    }

    /// Each burst of its own begins with its own chances.
    fn burst(&mut self, now: Instant, good_ms: u64, bad_ms: u64) {
        let seed = Seed::from(self.ours.plan.seed).child(BURSTS).child(now.as_nanos());
        let (good, bad) = (Duration::from_millis(good_ms), Duration::from_millis(bad_ms));
        self.weather.burst(Bursts::new(seed, good, bad, 1.0));
    }

    fn random_node(&mut self) -> u32 {
        u32::try_from(self.rng.below(u64::from(self.ours.plan.nodes))).unwrap_or(0)
    }

    /// It runs, and is not the last.
    fn is_dispensable(&self, cluster: &Cluster<Node>, node: NodeId) -> bool {
        let running = self.ours.running(cluster);
        running.len() > 1 && running.contains(&node)
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

fn partition(cluster: &mut Cluster<Node>, groups: &[Vec<u32>]) {
    let groups: Vec<_> = groups.iter().map(|group| ids(group)).collect();
    let groups: Vec<_> = groups.iter().map(Vec::as_slice).collect();
    cluster.network.repair();
    cluster.network.partition(&groups);
}

/// Sets a register to bytes that no other time gives.
pub(super) fn set(cluster: &mut Cluster<Node>, node: NodeId, key: &str, bytes: u32) {
    let stamp = cluster.now().as_nanos().to_le_bytes();
    let value: Vec<u8> = stamp.into_iter().cycle().take(bytes as usize).collect();
    // A node that is leaving refuses, and there is room for all the keys that plans have.
    let _refused = cluster.with(node, |node, now| node.set(now, key, &value));
}

/// Tells a node to leave; its process ends once it has left.
pub(super) fn leave(cluster: &mut Cluster<Node>, node: NodeId) {
    cluster.with(node, Node::leave);
    exit(cluster, node);
}

/// Ends the process of a node that leaves, later if it was paused meanwhile.
fn exit(cluster: &mut Cluster<Node>, node: NodeId) {
    cluster.at(cluster.now() + EXIT, move |cluster| match cluster.machines().get(node) {
        Some(machine) if machine.has_left() => drop(cluster.crash(node)),
        Some(machine) if machine.local().state() == State::Left => exit(cluster, node),
        Some(_) | None => {}
    });
}
