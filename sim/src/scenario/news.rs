//! What applications were told, put together: who said what of whom from when to when.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Fact, Name};

use super::nodes::Nodes;
use super::stage::{Stage, node_of};
use super::tell::{some, time};
use crate::NodeId;

/// When more different groups than this were told the same kind of news, they are not named.
const GROUPS_MAX: usize = 3;

/// What happened to one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Joined,
    Suspected,
    Refuted,
    Restarted,
    Moved,
    Failed,
    Left,
    Updated,
    Forgotten,
    Conflict,
    Blocked,
    Lagged,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Suspected => "suspected",
            Self::Refuted => "refuted",
            Self::Restarted => "restarted",
            Self::Moved => "moved",
            Self::Failed => "failed",
            Self::Left => "left",
            Self::Updated => "updated",
            Self::Forgotten => "forgotten",
            Self::Conflict => "name taken",
            Self::Blocked => "reached by streams alone",
            Self::Lagged => "events lost",
        }
    }
}

/// Who saw something of one or more members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Audience {
    EveryoneElse,
    These(Nodes),
    /// Different ones for each of the members.
    Some,
}

/// The same kind of news of one or more members.
struct Story {
    kind: Kind,
    subjects: Nodes,
    audience: Audience,
    first: Duration,
    last: Duration,
    /// How often the same observer was told the same of the same member, at most.
    times: u32,
}

pub(super) fn news(stage: &Stage, subjects: &Nodes) -> Vec<String> {
    let seen = collect(stage, subjects);
    let each = seen.iter().map(|(&(kind, subject), seen)| Story::of(stage, kind, subject, seen));
    let mut stories = merge(shorten(merge(each)));
    stories.sort_by_key(|story| (story.first, story.last, story.kind));
    some(stories.iter().map(Story::text).collect(), "no news")
}

type Seen = BTreeMap<NodeId, Vec<Duration>>;

fn collect(stage: &Stage, subjects: &Nodes) -> BTreeMap<(Kind, NodeId), Seen> {
    let mut all: BTreeMap<_, Seen> = BTreeMap::new();
    for happened in stage.news().iter().filter(|happened| stage.ours.has(happened.node)) {
        let Some((kind, subject)) = of_whom(&happened.event.fact, happened.node) else { continue };
        if subjects.has(subject) {
            let after = happened.at.since(stage.changed());
            all.entry((kind, subject)).or_default().entry(happened.node).or_default().push(after);
        }
    }
    all
}

fn of_whom(fact: &Fact, observer: NodeId) -> Option<(Kind, NodeId)> {
    let of = |kind, name: &Name| Some((kind, node_of(name.as_str())?));
    let (kind, subject) = match fact {
        Fact::Joined { member } => of(Kind::Joined, &member.name),
        Fact::Suspected { member, .. } => of(Kind::Suspected, &member.name),
        Fact::Refuted { member } => of(Kind::Refuted, &member.name),
        Fact::Restarted { member } => of(Kind::Restarted, &member.name),
        Fact::AddressChanged { member, .. } => of(Kind::Moved, &member.name),
        Fact::Failed { member, .. } => of(Kind::Failed, &member.name),
        Fact::Left { member } => of(Kind::Left, &member.name),
        Fact::Updated { member, .. } => of(Kind::Updated, member),
        Fact::Forgotten { member } => of(Kind::Forgotten, member),
        Fact::DatagramsBlocked { member } => of(Kind::Blocked, &member.name),
        Fact::NameConflict { .. } => return Some((Kind::Conflict, observer)),
        Fact::Lagged { .. } => return Some((Kind::Lagged, observer)),
        _ => None,
    }?;
    (subject != observer).then_some((kind, subject))
}

impl Story {
    fn of(stage: &Stage, kind: Kind, subject: NodeId, seen: &Seen) -> Self {
        let observers: Nodes = seen.keys().copied().collect();
        let others = stage.running().without(&std::iter::once(subject).collect());
        let all = others.len() > 1 && others.without(&observers).len() == 0;
        let times = || seen.values().flatten().copied();
        Self {
            kind,
            subjects: std::iter::once(subject).collect(),
            audience: if all { Audience::EveryoneElse } else { Audience::These(observers) },
            first: times().min().unwrap_or_default(),
            last: times().max().unwrap_or_default(),
            times: seen.values().map(Vec::len).max().and_then(|times| u32::try_from(times).ok()).unwrap_or(1),
        }
    }

    fn join(&mut self, other: &Self) {
        self.subjects = self.subjects.and(&other.subjects);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.times = self.times.max(other.times);
    }

    fn text(&self) -> String {
        let Self { kind, subjects, first, last, times, .. } = self;
        let span = if time(*first) == time(*last) {
            time(*first)
        } else {
            format!("{} to {}", time(*first), time(*last))
        };
        let again = if *times > 1 { format!(", up to {times} times each") } else { String::new() };
        format!("{span:<18} {subjects} {}{}{again}", kind.as_str(), self.audience_text())
    }

    fn audience_text(&self) -> String {
        match &self.audience {
            Audience::EveryoneElse => " at everyone else".into(),
            Audience::These(nodes) if *nodes == self.subjects => String::new(),
            Audience::These(nodes) => format!(" at {nodes}"),
            Audience::Some => " at some".into(),
        }
    }
}

/// Puts together what is the same but for its subject.
fn merge(stories: impl IntoIterator<Item = Story>) -> Vec<Story> {
    let mut merged: Vec<Story> = Vec::new();
    for story in stories {
        match merged.iter_mut().find(|other| other.kind == story.kind && other.audience == story.audience) {
            Some(other) => other.join(&story),
            None => merged.push(story),
        }
    }
    merged
}

/// Names no observers where they are too various.
fn shorten(mut stories: Vec<Story>) -> Vec<Story> {
    let mut named: BTreeMap<Kind, usize> = BTreeMap::new();
    for story in stories.iter().filter(|story| matches!(story.audience, Audience::These(_))) {
        *named.entry(story.kind).or_default() += 1;
    }
    for story in &mut stories {
        if matches!(story.audience, Audience::These(_)) && named[&story.kind] > GROUPS_MAX {
            story.audience = Audience::Some;
        }
    }
    stories
}
