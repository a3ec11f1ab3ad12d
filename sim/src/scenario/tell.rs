//! Answers to what a scenario asks.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{DropReason, Fact, Member, Node, State};

use super::command::{Belief, Question};
use super::news;
use super::nodes::Nodes;
use super::stage::{Stage, name_of, node_of};
use crate::NodeId;

pub(super) fn tell(stage: &Stage, question: &Question) -> Vec<String> {
    match question {
        Question::Members(observers) => members(stage, observers),
        Question::Who { subjects, belief } => vec![who(stage, subjects, *belief)],
        Question::News(subjects) => news::news(stage, subjects),
        Question::Events(nodes) => events(stage, nodes),
        Question::Registers(owners) => registers(stage, owners),
        Question::Traffic => traffic(stage),
        Question::Drops => vec![drops(stage)],
    }
}

/// One line for all who believe the same.
fn members(stage: &Stage, observers: &Nodes) -> Vec<String> {
    let mut views: BTreeMap<Vec<(State, Nodes)>, Nodes> = BTreeMap::new();
    for node in observers.iter() {
        if let Some(machine) = stage.member(node) {
            views.entry(view(machine)).or_default().0.insert(node);
        }
    }
    let mut lines: Vec<_> = views.into_iter().map(|(view, observers)| (observers, view)).collect();
    lines.sort();
    lines.into_iter().map(|(observers, view)| format!("{observers}: {}", view_text(&view))).collect()
}

fn view(machine: &Node) -> Vec<(State, Nodes)> {
    let mut states: BTreeMap<State, Nodes> = BTreeMap::new();
    for member in machine.members().chain(machine.departed()) {
        if let Some(node) = node_of(member.name().as_str()) {
            states.entry(member.state()).or_default().0.insert(node);
        }
    }
    states.into_iter().collect()
}

fn view_text(view: &[(State, Nodes)]) -> String {
    let parts: Vec<_> = view.iter().map(|(is, nodes)| format!("{nodes} {}", state(*is))).collect();
    parts.join("; ")
}

fn who(stage: &Stage, subjects: &Nodes, belief: Belief) -> String {
    let believes = |node: NodeId| {
        let others = subjects.iter().filter(|&subject| subject != node);
        let machine = stage.member(node)?;
        let mut fits = others.map(|subject| belief.fits(machine.member(&name_of(subject)).as_ref()));
        fits.all(|fits| fits).then_some(node)
    };
    let believers: Nodes = stage.ours.iter().filter_map(believes).collect();
    format!("{believers} ({} of {} who run)", believers.len(), stage.running().len())
}

fn events(stage: &Stage, nodes: &Nodes) -> Vec<String> {
    let of_nodes = stage.news().iter().filter(|seen| nodes.has(seen.node));
    let lines = of_nodes.map(|seen| {
        let after = time(seen.at.since(stage.changed()));
        format!("{after:>8}  {}: {}", seen.node, fact(&seen.event.fact))
    });
    some(lines.collect(), "no events")
}

/// One line for all owners and readers of the same.
fn registers(stage: &Stage, owners: &Nodes) -> Vec<String> {
    let mut readings: BTreeMap<(NodeId, String, String), Nodes> = BTreeMap::new();
    for observer in stage.running().iter() {
        let Some(machine) = stage.member(observer) else { continue };
        for owner in owners.iter() {
            let member = machine.member(&name_of(owner));
            for (key, value) in member.iter().flat_map(Member::registers) {
                let value = String::from_utf8_lossy(value).into_owned();
                readings.entry((owner, key.to_owned(), value)).or_default().0.insert(observer);
            }
        }
    }
    let lines = readings
        .into_iter()
        .map(|((owner, key, value), by)| format!("{owner} {key} = {value}, read at {by}"));
    some(lines.collect(), "no registers")
}

fn traffic(stage: &Stage) -> Vec<String> {
    let (now, before) = (stage.cluster.network.traffic(), stage.traffic_before());
    let datagrams = now.sent - before.sent;
    let span = stage.now().since(stage.changed());
    let node_seconds = span.as_secs_f64() * count(stage.running().len() as u64);
    let rate = count(datagrams) / node_seconds.max(f64::MIN_POSITIVE);
    vec![format!(
        "in {}, per node and second: {rate:.1} datagrams, {:.0} bytes",
        time(span),
        bytes_per_node_second(stage)
    )]
}

pub(super) fn bytes_per_node_second(stage: &Stage) -> f64 {
    let bytes = stage.cluster.network.traffic().bytes - stage.traffic_before().bytes;
    let node_seconds = stage.now().since(stage.changed()).as_secs_f64() * count(stage.running().len() as u64);
    count(bytes) / node_seconds.max(f64::MIN_POSITIVE)
}

fn drops(stage: &Stage) -> String {
    let mut sums: BTreeMap<DropReason, u64> = BTreeMap::new();
    for (reason, count) in stage.cluster.machines().iter().flat_map(|(_, machine)| machine.stats().drops()) {
        *sums.entry(reason).or_default() += count;
    }
    let parts: Vec<_> = sums
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    if parts.is_empty() { "nothing".into() } else { parts.join(", ") }
}

/// An event in a few words.
#[must_use]
pub fn fact(fact: &Fact) -> String {
    let by = |by: &Option<swim_core::Name>| by.as_ref().map_or(String::new(), |by| format!(", says {by}"));
    match fact {
        Fact::Joined { member } => format!("{} joined", member.name),
        Fact::Suspected { member, by: accuser } => format!("{} is suspected{}", member.name, by(accuser)),
        Fact::Refuted { member } => format!("{} refuted", member.name),
        Fact::Restarted { member } => format!("{} restarted", member.name),
        Fact::AddressChanged { member, .. } => format!("{} moved to {}", member.name, member.addr),
        Fact::Failed { member, by: judge } => format!("{} failed{}", member.name, by(judge)),
        Fact::Left { member } => format!("{} left", member.name),
        Fact::Updated { member, key, value: Some(value) } => {
            format!("{member} set {key} = {}", String::from_utf8_lossy(value))
        }
        Fact::Updated { member, key, value: None } => format!("{member} removed {key}"),
        Fact::Forgotten { member } => format!("{member} is forgotten"),
        Fact::HasJoined { seed } => format!("has joined through {seed}"),
        Fact::JoinFailed { seed, reason, .. } => format!("could not join through {seed}: {reason:?}"),
        Fact::SelfRefuted { .. } => "refuted what was said of it".into(),
        Fact::NameConflict { addr } => format!("another node with its name is at {addr}"),
        Fact::HasLeft => "has left".into(),
        Fact::Lagged { missed } => format!("lost {missed} events"),
        other => format!("{other:?}"),
    }
}

pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Alive => "alive",
        State::Suspect => "suspect",
        State::Dead => "dead",
        State::Left => "left",
    }
}

/// With as many digits as anybody wants to read.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..120.0 => format!("{seconds:.1} s"),
        ..7_200.0 => format!("{:.1} min", seconds / 60.0),
        ..172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}

pub(super) fn some(lines: Vec<String>, none: &str) -> Vec<String> {
    if lines.is_empty() { vec![none.into()] } else { lines }
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
pub(super) fn count(count: u64) -> f64 {
    count as f64
}
