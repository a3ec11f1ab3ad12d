//! Every crash, and who noticed it when.

use std::collections::{BTreeMap, BTreeSet};

use super::news::Topic;
use super::recorder::{Recording, Turn};
use crate::NodeId;

/// A crash and what the others made of it. Times are microseconds since the crash.
#[derive(Clone, Debug)]
pub(super) struct Death {
    pub(super) node: NodeId,
    /// When it crashed, in microseconds.
    pub(super) at: u64,
    /// When it started again, in microseconds.
    pub(super) until: Option<u64>,
    /// Who suspected it, soonest first.
    pub(super) suspected: Vec<(u64, NodeId)>,
    /// Who knew that it was dead, soonest first.
    pub(super) declared: Vec<(u64, NodeId)>,
    /// How many ran at that time and could notice.
    pub(super) audience: usize,
}

/// All crashes of nodes that had not left.
pub(super) fn deaths(recording: &Recording) -> Vec<Death> {
    let mut running = BTreeSet::new();
    let mut deaths: Vec<Death> = Vec::new();
    for moment in &recording.moments {
        let node = moment.node;
        match moment.turn {
            Turn::Start | Turn::Restart => {
                running.insert(node);
                let last = deaths.iter_mut().rev().find(|death| death.node == node);
                if let Some(death) = last.filter(|death| death.until.is_none()) {
                    death.until = Some(moment.at);
                }
            }
            Turn::Leave => {
                running.remove(&node);
            }
            Turn::Crash if running.remove(&node) => {
                let cluster = |node: NodeId| recording.nodes[node.0 as usize].cluster;
                let audience = running.iter().filter(|other| cluster(**other) == cluster(node)).count();
                let (suspected, declared) = (Vec::new(), Vec::new());
                deaths.push(Death { node, at: moment.at, until: None, suspected, declared, audience });
            }
            Turn::Crash | Turn::Refute => {}
        }
    }
    for death in &mut deaths {
        death.suspected = told(recording, death, &Topic::Suspected);
        death.declared = told(recording, death, &Topic::Failed);
    }
    deaths
}

/// Who was told between the crash and the next life.
fn told(recording: &Recording, death: &Death, topic: &Topic) -> Vec<(u64, NodeId)> {
    let until = death.until.unwrap_or(u64::MAX);
    let items =
        recording.news.items().iter().filter(|item| item.subject == death.node && item.topic == *topic);
    let mut first: BTreeMap<NodeId, u64> = BTreeMap::new();
    for (observer, at) in items.flat_map(|item| &item.told) {
        if (death.at..until).contains(at) {
            let known = first.entry(*observer).or_insert(*at);
            *known = (*known).min(*at);
        }
    }
    let mut told: Vec<_> = first.into_iter().map(|(observer, at)| (at - death.at, observer)).collect();
    told.sort_unstable();
    told
}
