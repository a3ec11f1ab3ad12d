//! Pieces of news, and who knew each when.

use std::collections::BTreeMap;
use std::sync::Arc;

use swim_core::{Epoch, Fact, Incarnation, Instant, Name, Peer};

use super::beliefs::micros;
use crate::NodeId;

/// How many tellings are remembered at most.
const TOLD_MAX: usize = 4_000_000;

/// What news says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Joined,
    Suspected,
    Refuted,
    Failed,
    Left,
    /// A register and its value; `None`: removed.
    Register(Arc<str>, Option<Arc<[u8]>>),
}

/// One piece of news: two tell the same if they go back to the same word of their subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    subject: NodeId,
    word: Option<(Epoch, Incarnation)>,
    topic: Topic,
}

/// A piece of news and everybody who was told.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) subject: NodeId,
    pub(super) topic: Topic,
    /// When it was first told, in microseconds.
    pub(super) since: u64,
    /// Who knew since when, in microseconds.
    pub(super) told: BTreeMap<NodeId, u64>,
}

/// All news of a run.
#[derive(Debug, Default)]
pub(super) struct News {
    items: Vec<Item>,
    places: BTreeMap<Key, usize>,
    told: usize,
}

impl News {
    /// Notes what a node was told; `subject` finds the node of a name.
    pub(super) fn note(
        &mut self,
        now: Instant,
        observer: NodeId,
        fact: &Fact,
        subject: impl Fn(&Name) -> Option<NodeId>,
    ) {
        let Some(key) = key(fact, subject) else { return };
        if self.told == TOLD_MAX {
            return;
        }
        self.told += 1;
        let place = *self.places.entry(key.clone()).or_insert_with(|| {
            let since = micros(now);
            self.items.push(Item { subject: key.subject, topic: key.topic, since, told: BTreeMap::new() });
            self.items.len() - 1
        });
        self.items[place].told.entry(observer).or_insert(micros(now));
    }

    /// In the order in which they were first told.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }
}

fn key(fact: &Fact, subject: impl Fn(&Name) -> Option<NodeId>) -> Option<Key> {
    let of = |member: &Peer, topic| {
        let word = Some((member.epoch, member.incarnation));
        Some(Key { subject: subject(&member.name)?, word, topic })
    };
    match fact {
        Fact::Joined { member } | Fact::Restarted { member } => of(member, Topic::Joined),
        Fact::Suspected { member, .. } => of(member, Topic::Suspected),
        Fact::Refuted { member } => of(member, Topic::Refuted),
        Fact::Failed { member, .. } => of(member, Topic::Failed),
        Fact::Left { member } => of(member, Topic::Left),
        Fact::Updated { member, key, value } => {
            let topic = Topic::Register(Arc::clone(key), value.clone());
            Some(Key { subject: subject(member)?, word: None, topic })
        }
        _ => None,
    }
}
