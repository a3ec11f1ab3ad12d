//! What an observer believes, as plain values, and how that changes from call to call.

use std::collections::BTreeMap;
use std::fmt;

use swim_core::{Addr, ClusterId, Epoch, Event, Fact, Incarnation, Instant, Member, Name, Node, Peer, State};

use super::Input;

/// All that one node believes of the members: those that are gone and still remembered too.
pub(super) type Table = BTreeMap<Name, Row>;

/// What is believed of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) word: Word,
    pub(super) state: State,
    pub(super) addr: Addr,
    pub(super) registers: BTreeMap<String, Vec<u8>>,
}

/// Which of its owner's words about itself a record goes back to: later lives, then later refutations are larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) epoch: Epoch,
    pub(super) incarnation: Incarnation,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.incarnation)
    }
}

impl Row {
    pub(super) fn is_live(&self) -> bool {
        self.state <= State::Suspect
    }

    /// A record without registers.
    pub(super) fn of_peer(peer: &Peer) -> Self {
        Self {
            word: Word { epoch: peer.epoch, incarnation: peer.incarnation },
            state: peer.state,
            addr: peer.addr.clone(),
            registers: BTreeMap::new(),
        }
    }

    fn of(member: &Member<'_>) -> Self {
        Self {
            word: Word { epoch: member.epoch(), incarnation: member.incarnation() },
            state: member.state(),
            addr: member.addr().clone(),
            registers: member.registers().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        }
    }

    /// Whether this is still what the node says; asked much more often than anything changes.
    fn is(&self, member: &Member<'_>) -> bool {
        self.word == (Word { epoch: member.epoch(), incarnation: member.incarnation() })
            && self.state == member.state()
            && self.addr == member.addr()
            && self
                .registers
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_slice()))
                .eq(member.registers())
    }
}

/// A record that appeared, changed or vanished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) subject: Name,
    pub(super) before: Option<Row>,
    pub(super) after: Option<Row>,
}

/// The table of one node, kept up to date.
#[derive(Debug)]
pub(super) struct View {
    name: Name,
    cluster: ClusterId,
    table: Table,
    changes: Vec<Change>,
    /// What the node had counted when it was last looked at as a whole.
    seen: [u64; 3],
    /// How many calls that was ago.
    unseen: u32,
    /// What the clock of its host has shown at the latest.
    clock: Instant,
    /// The same, with what it showed when the node was commanded.
    latest: Instant,
    /// When the node wanted to be called next.
    due: Option<Instant>,
}

/// A node says that something changed by its counters, and in a large table by its events whom it concerns. What it does
/// not say is found after so many calls at the latest.
const UNSEEN_MAX: u32 = 32;
/// A table of so many rows is looked at as a whole whenever anything changed.
const SMALL: usize = 128;

impl View {
    /// Of a node of which nothing was seen yet.
    pub(super) fn new(node: &Node, cluster_of: impl Fn(&Name) -> ClusterId) -> Self {
        let name = node.local().name().clone();
        Self {
            cluster: cluster_of(&name),
            name,
            table: Table::new(),
            changes: Vec::new(),
            seen: [0; 3],
            unseen: 0,
            clock: Instant::ZERO,
            latest: Instant::ZERO,
            due: None,
        }
    }

    /// What a node takes the time to be when its clock shows that, which never goes back, and whether it is later
    /// than when it wanted to be called; `due` is when it wants to be next. Not every command tells it the time.
    pub(super) fn note_clock(
        &mut self,
        shown: Instant,
        input: Input,
        due: Option<Instant>,
    ) -> (Instant, bool) {
        let now = shown.max(self.clock);
        self.latest = self.latest.max(now);
        if input != Input::Command {
            self.clock = now;
        }
        let late = std::mem::replace(&mut self.due, due).is_some_and(|due| now > due);
        (now, late)
    }

    /// What the node may take the time to be at the latest.
    pub(super) fn latest(&self) -> Instant {
        self.latest
    }

    pub(super) fn name(&self) -> &Name {
        &self.name
    }

    pub(super) fn cluster(&self) -> ClusterId {
        self.cluster
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// What the last update changed.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Looks again at what the call that had these events may have changed.
    pub(super) fn update(&mut self, node: &Node, events: &[Event]) {
        self.changes.clear();
        let stats = node.stats();
        let seen = [node.version(), stats.claims_adopted, stats.registers_adopted];
        let misses_some = events.iter().any(|event| matches!(event.fact, Fact::Lagged { .. }));
        let tells_all = node.version() == self.seen[0] + events.len() as u64 && !misses_some;
        let is_seen = seen == self.seen || self.table.len() > SMALL && tells_all;
        self.seen = seen;
        if is_seen && self.unseen < UNSEEN_MAX && !self.table.is_empty() {
            self.unseen += 1;
            events.iter().filter_map(|event| subject(&event.fact)).for_each(|name| self.look_at(node, name));
        } else {
            self.unseen = 0;
            self.look(node);
        }
    }

    fn look_at(&mut self, node: &Node, name: &Name) {
        match node.member(name.as_str()) {
            Some(member) => self.note(&member),
            None => self.note_vanished(node),
        }
    }

    fn look(&mut self, node: &Node) {
        let mut count = 0;
        for member in node.members().chain(node.departed()) {
            count += 1;
            self.note(&member);
        }
        // One that left is among neither: it is no member any more and not a memory either.
        if node.member(self.name.as_str()).is_some_and(|member| member.state() > State::Suspect) {
            count += 1;
            self.note(&node.local());
        }
        if count < self.table.len() {
            self.note_vanished(node);
        }
    }

    fn note(&mut self, member: &Member<'_>) {
        let known = self.table.get_mut(member.name());
        if known.as_ref().is_some_and(|row| row.is(member)) {
            return;
        }
        let after = Row::of(member);
        let before = self.table.insert(member.name().clone(), after.clone());
        self.changes.push(Change { subject: member.name().clone(), before, after: Some(after) });
    }

    fn note_vanished(&mut self, node: &Node) {
        let is_gone = |name: &&Name| node.member(name.as_str()).is_none();
        let vanished: Vec<Name> = self.table.keys().filter(is_gone).cloned().collect();
        for subject in vanished {
            let before = self.table.remove(&subject);
            self.changes.push(Change { subject, before, after: None });
        }
    }
}

/// Whom a fact is about, where it is about a member.
pub(super) fn subject(fact: &Fact) -> Option<&Name> {
    match fact {
        Fact::Joined { member }
        | Fact::Suspected { member, .. }
        | Fact::Refuted { member }
        | Fact::Restarted { member }
        | Fact::AddressChanged { member, .. }
        | Fact::Failed { member, .. }
        | Fact::Left { member }
        | Fact::SelfRefuted { member } => Some(&member.name),
        Fact::Updated { member, .. } | Fact::Forgotten { member } => Some(member),
        _ => None,
    }
}
