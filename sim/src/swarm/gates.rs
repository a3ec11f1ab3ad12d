//! What must come true once all faults are over, and stay true.

use swim_core::{ClusterId, Member, Name, Node, State};

use crate::population::cluster_of;
use crate::{Cluster, NodeId};

/// A state of the whole cluster that must be reached.
#[derive(Debug)]
pub(super) struct Gate {
    /// Its short name in the list of properties.
    rule: &'static str,
    open: fn(&Cluster<Node>) -> Result<(), Doubt>,
}

/// Who does not see what it should, in words.
type Doubt = (NodeId, String);

/// The gate of the start: everybody has met everybody, suspected or not.
pub(super) const BOOT: &[Gate] = &[Gate { rule: "L3", open: |cluster| each_pair(cluster, has_met) }];

/// The gates of the calm, all of them to be open at once. Take out what the protocol does not promise yet.
pub(super) const CALM: &[Gate] = &[
    Gate { rule: "L4", open: |cluster| each_pair(cluster, knows) },
    Gate { rule: "L1", open: |cluster| each(cluster, only_who_is_there) },
    Gate { rule: "L7", open: |cluster| each_pair(cluster, same_registers) },
];

/// Why a gate is shut: its rule, and who does not see what it should.
pub(super) type Shut = (&'static str, Doubt);

/// The first gate that is shut.
pub(super) fn first_shut(gates: &[Gate], cluster: &Cluster<Node>) -> Option<Shut> {
    gates.iter().find_map(|gate| Some((gate.rule, (gate.open)(cluster).err()?)))
}

/// Whether everybody of its cluster knows that a node left, and does not take it for dead.
pub(super) fn farewell_shut(leaver: &Name, cluster: &Cluster<Node>) -> Option<Shut> {
    let mut others = running(cluster).filter(|(_, node)| home(node) == cluster_of(leaver));
    others.find_map(|(id, node)| {
        let state = node.member(leaver.as_str()).map(|member| member.state());
        let text = || format!("believes {state:?} of {leaver}, who left");
        (state != Some(State::Left)).then(|| ("L6", (id, text())))
    })
}

fn each(cluster: &Cluster<Node>, sees: fn(&Node, &Cluster<Node>) -> Result<(), String>) -> Result<(), Doubt> {
    running(cluster).try_for_each(|(id, node)| sees(node, cluster).map_err(|text| (id, text)))
}

/// Every node that runs, with every other one of its cluster and itself.
fn each_pair(cluster: &Cluster<Node>, sees: fn(&Node, &Node) -> Result<(), String>) -> Result<(), Doubt> {
    running(cluster).try_for_each(|(id, observer)| {
        let mut subjects = running(cluster).filter(|(_, subject)| home(subject) == home(observer));
        subjects.try_for_each(|(_, subject)| sees(observer, subject)).map_err(|text| (id, text))
    })
}

/// Who is up and has not left.
pub(super) fn running(cluster: &Cluster<Node>) -> impl Iterator<Item = (NodeId, &Node)> {
    cluster.machines().iter().filter(|(_, node)| node.local().state() == State::Alive)
}

fn home(node: &Node) -> ClusterId {
    cluster_of(node.local().name())
}

fn find<'a>(observer: &'a Node, subject: &Node) -> Result<Member<'a>, String> {
    let name = subject.local().name().clone();
    observer.member(name.as_str()).ok_or_else(|| format!("does not know {name}"))
}

fn has_met(observer: &Node, subject: &Node) -> Result<(), String> {
    let member = find(observer, subject)?;
    if member.state() <= State::Suspect { Ok(()) } else { Err(format!("believes {:?}", member.to_peer())) }
}

fn knows(observer: &Node, subject: &Node) -> Result<(), String> {
    let (believed, itself) = (find(observer, subject)?.to_peer(), subject.local().to_peer());
    if believed == itself { Ok(()) } else { Err(format!("believes {believed:?} of {itself:?}")) }
}

fn same_registers(observer: &Node, subject: &Node) -> Result<(), String> {
    let (member, itself) = (find(observer, subject)?, subject.local());
    if member.registers().eq(itself.registers()) {
        return Ok(());
    }
    let (believed, own) = (member.registers().collect::<Vec<_>>(), itself.registers().collect::<Vec<_>>());
    Err(format!("believes {believed:?} of the registers of {}, which are {own:?}", itself.name()))
}

fn only_who_is_there(observer: &Node, cluster: &Cluster<Node>) -> Result<(), String> {
    let is_there =
        |member: &Member<'_>| running(cluster).any(|(_, node)| node.local().name() == member.name());
    match observer.members().find(|member| !is_there(member)) {
        Some(member) => Err(format!("believes in {:?}, who is gone", member.to_peer())),
        None => Ok(()),
    }
}
