//! What must come true once all faults are over, and stay true.

use std::collections::BTreeSet;
use std::time::Duration;

use swim_core::{Config, Member, Name, Node, State};

use super::bounds;
use crate::{Brief, Cluster, NodeId};

/// A state of some nodes that they must reach together.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    /// Its short name in the list of properties.
    pub(super) rule: &'static str,
    /// Within which time.
    pub(super) bound: fn(&Config, usize) -> Duration,
    sees: fn(&Node, &Group<'_>) -> Result<(), String>,
}

/// The gate of the start: everybody has met everybody, suspected or not.
pub(super) const BOOT: &[Gate] = &[Gate { rule: "L3", bound: bounds::boot, sees: has_met_all }];

/// Somebody with the key has lied, and has stopped.
pub(super) const UNHARMED: &[Gate] = &[
    Gate { rule: "S-BYZ", bound: bounds::lies, sees: holds_all_alive },
    Gate { rule: "S-BYZ", bound: bounds::forged_values, sees: has_same_registers },
];

/// The gates of a core that lives on alone.
pub(super) const CORE: &[Gate] = &[
    Gate { rule: "L9", bound: core, sees: knows_all },
    Gate { rule: "L9", bound: core, sees: knows_nobody_else },
    Gate { rule: "L9", bound: core, sees: has_same_registers },
];

/// The gates of the calm.
pub(super) const CALM: &[Gate] = &[
    Gate { rule: "L4", bound: bounds::healing, sees: knows_all },
    Gate { rule: "L1", bound: bounds::mass_detection, sees: knows_nobody_else },
    Gate { rule: "L7", bound: bounds::healing, sees: has_same_registers },
];

/// One has set a register.
pub(super) const NEWS: &[Gate] = &[
    Gate { rule: "L7", bound: bounds::news, sees: has_same_registers },
    Gate { rule: "L7", bound: bounds::news, sees: knows_all },
];

/// One has set a register while a little is lost.
pub(super) const SPREAD: &[Gate] = &[Gate { rule: "L2", bound: bounds::spread, sees: has_same_registers }];

/// Some have said much at once.
pub(super) const STORM: &[Gate] = &[Gate { rule: "L8", bound: bounds::storm, sees: has_same_registers }];

/// One reaches not everybody, but somebody who does.
pub(super) const GRAYNESS: &[Gate] = &[Gate { rule: "L10", bound: bounds::news, sees: has_met_all }];

/// One has left.
pub(super) const FAREWELL: &[Gate] = &[Gate { rule: "L6", bound: bounds::news, sees: knows_nobody_else }];

/// One has crashed.
pub(super) const CRASH: &[Gate] = &[Gate { rule: "L1", bound: bounds::detection, sees: knows_nobody_else }];

/// One was killed and began a new life at once.
pub(super) const RESTART: &[Gate] = &[Gate { rule: "L5", bound: bounds::news, sees: knows_all }];

fn core(config: &Config, members: usize) -> Duration {
    bounds::mass_detection(config, members) + bounds::healing(config, members)
}

/// Nodes that must agree on each other.
pub(super) struct Group<'a> {
    nodes: Vec<(NodeId, &'a Node)>,
    names: BTreeSet<&'a Name>,
}

/// Who does not see what it should, in words.
pub(super) type Doubt = (NodeId, String);

impl<'a> Group<'a> {
    /// Those of the nodes that run and have not left.
    pub(super) fn of(nodes: impl Iterator<Item = NodeId>, cluster: &'a Cluster<Node>) -> Self {
        let nodes: Vec<_> = nodes.filter_map(|node| Some((node, running(node, cluster)?))).collect();
        let names = nodes.iter().map(|(_, node)| node.local().name()).collect();
        Self { nodes, names }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Who does not see what the gate asks for; the search begins at `first`, since who was behind often still is.
    pub(super) fn doubt(&self, gate: &Gate, first: &mut usize) -> Option<Doubt> {
        let begin = (*first).min(self.len());
        let mut places = (begin..self.len()).chain(0..begin);
        places.find_map(|place| {
            let (id, node) = self.nodes[place];
            let text = (gate.sees)(node, self).err()?;
            *first = place;
            Some((id, text))
        })
    }
}

fn running(node: NodeId, cluster: &Cluster<Node>) -> Option<&Node> {
    cluster.machines().get(node).filter(|node| node.local().state() == State::Alive)
}

fn each(group: &Group<'_>, mut sees: impl FnMut(&Node) -> Result<(), String>) -> Result<(), String> {
    group.nodes.iter().try_for_each(|(_, subject)| sees(subject))
}

fn find<'a>(observer: &'a Node, subject: &Node) -> Result<Member<'a>, String> {
    let name = subject.local().name();
    observer.member(name.as_str()).ok_or_else(|| format!("does not know {name}"))
}

fn has_met_all(observer: &Node, group: &Group<'_>) -> Result<(), String> {
    each(group, |subject| {
        let member = find(observer, subject)?;
        if member.state() <= State::Suspect {
            Ok(())
        } else {
            Err(format!("believes {:?}", member.to_peer()))
        }
    })
}

fn holds_all_alive(observer: &Node, group: &Group<'_>) -> Result<(), String> {
    each(group, |subject| {
        let member = find(observer, subject)?;
        if member.state() == State::Alive && member.addr() == subject.local().addr() {
            Ok(())
        } else {
            Err(format!("believes {:?}", member.to_peer()))
        }
    })
}

fn knows_all(observer: &Node, group: &Group<'_>) -> Result<(), String> {
    let words = |member: &Member<'_>| (member.epoch(), member.incarnation(), member.state());
    each(group, |subject| {
        let (believed, itself) = (find(observer, subject)?, subject.local());
        if words(&believed) == words(&itself) && believed.addr() == itself.addr() {
            return Ok(());
        }
        Err(format!("believes {:?} of {:?}", believed.to_peer(), itself.to_peer()))
    })
}

fn has_same_registers(observer: &Node, group: &Group<'_>) -> Result<(), String> {
    each(group, |subject| {
        let (member, itself) = (find(observer, subject)?, subject.local());
        if member.registers().eq(itself.registers()) {
            return Ok(());
        }
        let keys = |member: Member<'_>| {
            let short = |(key, value): (&str, &[u8])| format!("{key}: {}", Brief(value));
            member.registers().map(short).collect::<Vec<_>>()
        };
        let (believed, own) = (keys(member), keys(itself));
        Err(format!("believes {believed:?} of the registers of {}, which are {own:?}", itself.name()))
    })
}

fn knows_nobody_else(observer: &Node, group: &Group<'_>) -> Result<(), String> {
    match observer.members().find(|member| !group.names.contains(member.name())) {
        Some(member) => Err(format!("believes in {:?}, who is gone", member.to_peer())),
        None => Ok(()),
    }
}
