//! What a scenario does to its cluster.

use std::time::Duration;

use swim_core::{Addr, ClusterId, Node};

use super::command::{Act, OfKind, Step};
use super::hosts;
use super::keys;
use super::nodes::Nodes;
use super::stage::Stage;
use crate::attack::{Liar, Lie, launch};
use crate::fault::{Bursts, Copies, Damages, Firewall, LossOfKind, Nat};
use crate::population::addr;
use crate::{Link, NodeId, StreamFaults};

/// How long after it was told to leave a node's process ends: more than any leave takes.
const EXIT: Duration = Duration::from_secs(4);
/// The number of the member that lies, and how often it does.
const LIAR: usize = 1 << 15;
const LIE_PAUSE: Duration = Duration::from_millis(20);
/// The longest datagram of garbage.
const GARBAGE_MAX: u64 = 1_400;

pub(super) fn act(stage: &mut Stage, act: &Act) -> Result<(), String> {
    stage.note_change();
    let network = &mut stage.cluster.network;
    match act {
        Act::Add(count) => stage.add(*count),
        Act::Foreigners(count) => stage.add_foreigners(*count),
        Act::Strangers(nodes) => strangers(stage, nodes),
        Act::Links(link) => network.set_links(link.clone()),
        Act::Link { from, to, link } => set_links(stage, from, to, link),
        Act::Partition(groups) => partition(stage, groups),
        Act::Oneway { from, to } => network.partition_oneway(&from.to_vec(), &to.to_vec()),
        Act::Block(sides) => {
            let sides: Vec<_> = sides.iter().map(Nodes::to_vec).collect();
            network.add_rule(Firewall::between(&sides));
        }
        Act::Isolate(nodes) => nodes.iter().for_each(|node| network.isolate(node)),
        Act::Ring { reach } => ring(stage, *reach as usize),
        Act::Flap { groups, every, during } => flap(stage, groups, *every, *during),
        Act::Repair => repair(stage),
        Act::Each { step, nodes, every } => return each(stage, step, nodes, *every),
        Act::Set { nodes, key, value } => return set(stage, nodes, key, Some(value)),
        Act::Remove { nodes, key } => return set(stage, nodes, key, None),
        Act::Garbage { count, nodes } => garbage(stage, *count, nodes),
        Act::Slow { nodes, by } => nodes.iter().for_each(|node| stage.cluster.set_service_time(node, *by)),
        Act::Late { nodes, by } => hosts::late(stage, nodes, *by),
        Act::Batch { nodes, within, at_most } => hosts::batch(stage, nodes, *within, *at_most),
        Act::Clock { nodes, to } => hosts::clock(stage, nodes, *to),
        Act::Keys { nodes, step, number } => return keys::take(stage, nodes, *step, *number),
        Act::Reconfigure { nodes, settings } => return hosts::reconfigure(stage, nodes, settings),
        Act::Clog { nodes, within } => stage.cluster.clog(&nodes.to_vec(), *within),
        Act::Hold { from, to } => network.hold(&from.to_vec(), &to.to_vec()),
        Act::Release => stage.cluster.release(),
        Act::Nat { nodes, memory } => network.add_rule(Nat::new(&nodes.to_vec(), *memory)),
        Act::Mute { kind, share } => mute(stage, *kind, *share),
        Act::Streams(faults) => network.set_streams(faults.clone()),
        Act::Duplicate { share, within } => {
            let copies = Copies::new(stage.new_seed(), *share, Duration::ZERO..=*within);
            stage.cluster.network.add_rule(copies);
        }
        Act::Corrupt { share } => {
            let damages = Damages::new(stage.new_seed(), *share, 0.0);
            stage.cluster.network.add_rule(damages);
        }
        Act::Bursts { good, bad } => {
            let bursts = Bursts::new(stage.new_seed(), *good, *bad, 1.0);
            stage.cluster.network.add_rule(bursts);
        }
        Act::Eavesdrop => stage.cluster.network.add_rule(stage.ear.clone()),
        Act::Lie { lies, during } => lie(stage, lies, *during),
        Act::Replay(count) => {
            (0..*count).for_each(|_| stage.ear.replay(&mut stage.cluster, &mut stage.rng));
        }
    }
    Ok(())
}

fn strangers(stage: &mut Stage, nodes: &Nodes) {
    let addrs = nodes.iter().map(|node| addr(node.0 as usize));
    stage.strangers.seeds.extend(addrs);
    let (population, seeds) = (stage.strangers.clone(), stage.strangers.seeds.clone());
    for node in nodes.iter() {
        population.restart(&mut stage.cluster, node, &seeds);
    }
    stage.ours = stage.ours.without(nodes);
}

fn set_links(stage: &mut Stage, from: &Nodes, to: &Nodes, link: &Link) {
    for (from, to) in from.iter().flat_map(|from| to.iter().map(move |to| (from, to))) {
        stage.cluster.network.set_link(from, to, link.clone());
        stage.special.insert((from, to));
    }
}

fn partition(stage: &mut Stage, groups: &[Nodes]) {
    let groups: Vec<_> = groups.iter().map(Nodes::to_vec).collect();
    let groups: Vec<_> = groups.iter().map(Vec::as_slice).collect();
    stage.cluster.network.partition(&groups);
}

fn ring(stage: &mut Stage, reach: usize) {
    let nodes = stage.ours.to_vec();
    for (place, &node) in nodes.iter().enumerate() {
        let far = |other: usize| {
            let apart = place.abs_diff(other);
            apart.min(nodes.len() - apart) > reach
        };
        let beyond: Vec<_> = (0..nodes.len()).filter(|&other| far(other)).map(|other| nodes[other]).collect();
        stage.cluster.network.partition_oneway(&[node], &beyond);
    }
}

fn flap(stage: &mut Stage, groups: &[Nodes], every: Duration, during: Duration) {
    let end = stage.now() + during;
    let mut split = false;
    while stage.now() < end && stage.cluster.violation().is_none() {
        split = !split;
        if split {
            partition(stage, groups);
        } else {
            stage.cluster.network.repair();
        }
        stage.cluster.run_for(every.min(end.since(stage.now())));
    }
    stage.cluster.network.repair();
}

fn repair(stage: &mut Stage) {
    let network = &mut stage.cluster.network;
    network.repair();
    network.clear_rules();
    network.set_streams(StreamFaults::default());
    network.set_links(Link::default());
    for (from, to) in std::mem::take(&mut stage.special) {
        network.set_link(from, to, Link::default());
    }
}

fn each(stage: &mut Stage, step: &Step, nodes: &Nodes, every: Duration) -> Result<(), String> {
    for node in nodes.iter() {
        one(stage, step, node)?;
        stage.cluster.run_for(every);
    }
    Ok(())
}

fn one(stage: &mut Stage, step: &Step, node: NodeId) -> Result<(), String> {
    match step {
        Step::Crash => stage.cluster.crash(node).map(drop).ok_or_else(|| format!("{node} is down")),
        Step::Restart { through } => {
            restart(stage, node, through.as_ref());
            Ok(())
        }
        Step::Leave => leave(stage, node),
        Step::Pause => {
            stage.cluster.pause(node);
            Ok(())
        }
        Step::Resume => {
            stage.cluster.resume(node);
            Ok(())
        }
        Step::Deafen => {
            stage.cluster.set_listening(node, false);
            Ok(())
        }
        Step::Listen => {
            stage.cluster.set_listening(node, true);
            Ok(())
        }
        Step::Bounce { down } => {
            let seeds = stage.population.seeds.clone();
            stage.population_of(node).bounce(&mut stage.cluster, node, *down, seeds);
            Ok(())
        }
        Step::Vanish => stage.cluster.vanish(node).map(drop).ok_or_else(|| format!("{node} is down")),
        Step::Move { through } => {
            hosts::move_away(stage, node, &seeds(stage, through.as_ref()));
            Ok(())
        }
        Step::Save => hosts::save(stage, node),
        Step::Recover => hosts::recover(stage, node),
        Step::Wake => {
            stage.cluster.nudge(node);
            Ok(())
        }
    }
}

fn restart(stage: &mut Stage, node: NodeId, through: Option<&Nodes>) {
    let seeds = seeds(stage, through);
    stage.population_of(node).restart(&mut stage.cluster, node, &seeds);
}

/// Where these are, or those whom all join through.
fn seeds(stage: &Stage, through: Option<&Nodes>) -> Vec<Addr> {
    let named = |nodes: &Nodes| stage.cluster.machines().addrs(nodes.iter());
    through.map_or_else(|| stage.population.seeds.clone(), named)
}

fn mute(stage: &mut Stage, kind: OfKind, share: f64) {
    let (name, keyring) = (stage.population.name, keys::reader(&stage.keys));
    let loss = LossOfKind::new(stage.new_seed(), ClusterId::from_name(name), keyring, share, kind);
    stage.cluster.network.add_rule(loss);
}

fn leave(stage: &mut Stage, node: NodeId) -> Result<(), String> {
    stage.cluster.with(node, Node::leave).ok_or_else(|| format!("{node} is down"))?;
    stage.cluster.at(stage.now() + EXIT, move |cluster| {
        if cluster.machines().get(node).is_some_and(Node::has_left) {
            cluster.crash(node);
        }
    });
    Ok(())
}

fn set(stage: &mut Stage, nodes: &Nodes, key: &str, value: Option<&String>) -> Result<(), String> {
    for node in nodes.iter() {
        let write = |machine: &mut Node, now| match value {
            Some(value) => machine.set(now, key, value.as_bytes()),
            None => machine.remove(now, key),
        };
        let written = stage.cluster.with(node, write).ok_or_else(|| format!("{node} is down"))?;
        written.map_err(|error| format!("{node} refuses: {error}"))?;
    }
    Ok(())
}

/// In peace no lie may do harm that lasts.
fn lie(stage: &mut Stage, lies: &[Lie], during: Duration) {
    let network = &stage.cluster.network;
    stage.lies.begin(!network.has_cuts() && *network.usual_link() == Link::default());
    let (now, seed) = (stage.now(), stage.new_seed());
    let local = stage.population.local(LIAR, now);
    stage.lies.note_liar(&local);
    let liar = Liar::new(seed, local, stage.population.keyring.clone(), lies);
    launch(&mut stage.cluster, liar, LIE_PAUSE, now + during);
    stage.cluster.run_for(during);
}

fn garbage(stage: &mut Stage, count: u32, nodes: &Nodes) {
    let from = addr(1 << 16);
    for node in nodes.iter() {
        for _ in 0..count {
            let len = stage.rng.number(0..=GARBAGE_MAX);
            let bytes: Vec<u8> = (0..len).map(|_| stage.rng.any().to_le_bytes()[0]).collect();
            stage.cluster.inject(from.clone(), node, &bytes);
        }
    }
}
