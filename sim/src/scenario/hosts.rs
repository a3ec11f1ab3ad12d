//! What a scenario does to the computers of its nodes, and to what is stored there.

use std::time::Duration;

use swim_core::{Addr, Instant, Node};

use super::command::Clock;
use super::nodes::Nodes;
use super::settings::{Setting, changed};
use super::stage::Stage;
use crate::population::addr;
use crate::{Flush, NodeId};

/// By how much the number of a node's address grows when it moves.
const MOVED: usize = 1 << 17;

pub(super) fn late(stage: &mut Stage, nodes: &Nodes, by: Duration) {
    nodes.iter().for_each(|node| stage.cluster.set_lateness(node, Duration::ZERO..=by));
}

pub(super) fn batch(stage: &mut Stage, nodes: &Nodes, within: Duration, at_most: Option<u32>) {
    late(stage, nodes, within);
    let flush = if within.is_zero() { Flush::AtOnce } else { Flush::WhenWoken { at_most } };
    nodes.iter().for_each(|node| stage.cluster.set_flush(node, flush));
}

pub(super) fn clock(stage: &mut Stage, nodes: &Nodes, to: Clock) {
    for node in nodes.iter() {
        let shown = stage.cluster.clock(node);
        match to {
            Clock::Rate(thousandths) => stage.cluster.set_clock_rate(node, thousandths),
            Clock::Forward(by) => stage.cluster.set_clock(node, shown + by),
            Clock::Back(by) => stage.cluster.set_clock(node, Instant::ZERO + shown.since(Instant::ZERO + by)),
        }
    }
}

pub(super) fn reconfigure(stage: &mut Stage, nodes: &Nodes, settings: &[Setting]) -> Result<(), String> {
    let config = changed(&stage.population.config, settings).map_err(|problem| problem.to_string())?;
    nodes.iter().try_for_each(|node| {
        let taken =
            stage.cluster.with(node, |machine: &mut Node, now| machine.reconfigure(now, config.clone()));
        taken.ok_or_else(|| format!("{node} is down"))?.map_err(|error| format!("{node} refuses: {error}"))
    })
}

/// To where nobody has ever been.
pub(super) fn move_away(stage: &mut Stage, node: NodeId, seeds: &[Addr]) {
    stage.moves += 1;
    stage.population_of(node).restart_at(&mut stage.cluster, node, addr(MOVED + stage.moves), seeds);
}

pub(super) fn save(stage: &mut Stage, node: NodeId) -> Result<(), String> {
    let machine = stage.cluster.machines().get(node).ok_or_else(|| format!("{node} is down"))?;
    stage.saved.insert(node, machine.snapshot());
    Ok(())
}

pub(super) fn recover(stage: &mut Stage, node: NodeId) -> Result<(), String> {
    let saved = stage.saved.get(&node).ok_or_else(|| format!("nothing of {node} was saved"))?;
    let population = stage.population_of(node);
    population.recover(&mut stage.cluster, node, &population.seeds, saved);
    Ok(())
}
