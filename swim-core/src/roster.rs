//! The members as an application keeps them, by listening.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;

use swim_codec::Name;

use crate::{Event, Fact, Member, Node, Peer};

/// Who is there, folded from the events of one node: a copy of its [`members`](Node::members) for another thread, a
/// cache or a test, that is never behind the last event and never needs a periodic comparison.
///
/// ```
/// # use swim_core::{ClusterId, Config, Epoch, Event, Instant, Keyring, Local, Machine, Name, Node, Roster};
/// # fn node() -> Node {
/// #     let local = Local {
/// #         cluster: ClusterId::from_name("docs"),
/// #         name: Name::new("alice").unwrap(),
/// #         addr: std::net::SocketAddr::from(([127, 0, 0, 1], 1)).into(),
/// #         epoch: Epoch::new(1).unwrap(),
/// #     };
/// #     Node::new(Config::local(), local, Keyring::plain(), [1; 32], Instant::ZERO).unwrap()
/// # }
/// let mut node = node();
/// let mut roster = Roster::new();
/// while let Some(event) = node.poll_event() {
///     if roster.fold(&event).is_err() {
///         roster = Roster::of(&node); // and what is still queued is known already: folding it does nothing
///     }
/// }
/// assert_eq!(roster, Roster::of(&node));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    version: u64,
    members: BTreeMap<Name, Entry>,
}

/// A member with its registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its record.
    pub peer: Peer,
    /// Its registers.
    pub registers: BTreeMap<Arc<str>, Arc<[u8]>>,
}

/// Events were lost: take [`Roster::of`] the node and go on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The last event that was folded.
    pub last: u64,
    /// The event that came next.
    pub next: u64,
}

impl Roster {
    /// Nobody, for folding all events of a node from its first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a node believes now, for folding its events from here on. O(n).
    #[must_use]
    pub fn of(node: &Node) -> Self {
        let members = node.members().map(|member| (member.name().clone(), Entry::of(&member)));
        Self { version: node.version(), members: members.collect() }
    }

    /// Takes the next event into account. One that is known already, because the roster was taken after it, changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Lost`] where events are missing before this one; the roster stays what it was.
    pub fn fold(&mut self, event: &Event) -> Result<(), Lost> {
        if event.version <= self.version {
            return Ok(());
        }
        let is_next = event.version == self.version + 1 && !matches!(event.fact, Fact::Lagged { .. });
        if !is_next {
            return Err(Lost { last: self.version, next: event.version });
        }
        self.version = event.version;
        self.apply(&event.fact);
        Ok(())
    }

    fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Joined { member } | Fact::Restarted { member } => {
                self.members.insert(member.name.clone(), Entry::new(member.clone()));
            }
            Fact::Suspected { member, .. }
            | Fact::Refuted { member }
            | Fact::AddressChanged { member, .. }
            | Fact::SelfRefuted { member } => {
                if let Some(entry) = self.members.get_mut(&member.name) {
                    entry.peer = member.clone();
                }
            }
            Fact::Updated { member, key, value } => {
                if let Some(entry) = self.members.get_mut(member) {
                    entry.update(key, value.as_ref());
                }
            }
            Fact::Failed { member, .. } | Fact::Left { member } => {
                self.members.remove(&member.name);
            }
            _ => {}
        }
    }

    /// The event that this roster goes up to.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Everybody who is alive or suspected, in the order of their names.
    #[must_use]
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.members.values()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.members.get(name)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is nobody, as before the first event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl Entry {
    fn new(peer: Peer) -> Self {
        Self { peer, registers: BTreeMap::new() }
    }

    fn of(member: &Member<'_>) -> Self {
        let registers = member.registers().map(|(key, value)| (key.into(), value.into()));
        Self { peer: member.to_peer(), registers: registers.collect() }
    }

    fn update(&mut self, key: &Arc<str>, value: Option<&Arc<[u8]>>) {
        match value {
            Some(value) => self.registers.insert(key.clone(), value.clone()),
            None => self.registers.remove(key),
        };
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the events between {} and {} were lost", self.last, self.next)
    }
}

impl core::error::Error for Lost {}
