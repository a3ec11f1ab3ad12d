//! Every crash, and who noticed it when.

use std::collections::{BTreeMap, BTreeSet};

use super::moment::Turn;
use super::news::Topic;
use super::recorder::Recording;
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
    /// Who ran then, and until it knew, the end, or the next life of the node that crashed.
    pub(super) audience: usize,
}

/// All crashes of nodes that had not left.
pub(super) fn deaths(recording: &Recording) -> Vec<Death> {
    let mut running = BTreeSet::new();
    let mut deaths: Vec<(Death, BTreeSet<NodeId>)> = Vec::new();
    for moment in &recording.moments {
        let node = moment.node;
        match moment.turn {
            Turn::Start | Turn::Restart => {
                running.insert(node);
                let last = deaths.iter_mut().map(|(death, _)| death).rfind(|death| death.node == node);
                if let Some(death) = last.filter(|death| death.until.is_none()) {
                    death.until = Some(moment.at);
                }
            }
            Turn::Crash | Turn::Leave if running.remove(&node) => {
                for (death, witnesses) in &mut deaths {
                    if death.until.is_none() {
                        witnesses.remove(&node);
                    }
                }
                if moment.turn == Turn::Crash {
                    let witnesses =
                        running.iter().copied().filter(|other| are_peers(recording, node, *other));
                    deaths.push((Death::new(node, moment.at), witnesses.collect()));
                }
            }
            Turn::Crash | Turn::Leave | Turn::Exit | Turn::Refute => {}
        }
    }
    deaths.into_iter().map(|(death, witnesses)| death.noticed(recording, witnesses)).collect()
}

fn are_peers(recording: &Recording, a: NodeId, b: NodeId) -> bool {
    recording.nodes[a.0 as usize].cluster == recording.nodes[b.0 as usize].cluster
}

impl Death {
    fn new(node: NodeId, at: u64) -> Self {
        Self { node, at, until: None, suspected: Vec::new(), declared: Vec::new(), audience: 0 }
    }

    /// With those who noticed; who was there to the end or noticed could have.
    fn noticed(mut self, recording: &Recording, mut witnesses: BTreeSet<NodeId>) -> Self {
        self.suspected = told(recording, &self, &Topic::Suspected);
        self.declared = told(recording, &self, &Topic::Failed);
        witnesses.extend(self.declared.iter().chain(&self.suspected).map(|(_, observer)| *observer));
        self.audience = witnesses.len();
        self
    }
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
