//! What the application is told.

use crate::planted::{Bug, planted};
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::time::Duration;

use swim_codec::{Addr, Epoch, Incarnation, KeyId, Name, State};

/// A fact about the cluster, in the order in which this node learned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The node's version after this event: [`Node::version`](crate::Node::version) rises with each.
    pub version: u64,
    /// What happened.
    pub fact: Fact,
}

/// What happened, in the past tense.
///
/// Folding the facts from an empty map gives [`Node::members`](crate::Node::members) at every moment: `Joined`
/// adds a member (without registers), `Suspected`, `Refuted`, `Restarted`, `AddressChanged` and `SelfRefuted` replace
/// its record (`Restarted` clears its registers), `Updated` sets or removes one register, `Failed` and `Left` take the
/// member out. [`Roster`](crate::Roster) does that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// A member is there that was not: it is new, or it came back. This node itself is the first.
    Joined {
        /// Its record now.
        member: Peer,
    },
    /// A member gave no sign of life and has some time to refute.
    Suspected {
        /// Its record now.
        member: Peer,
        /// Who accuses it; `None` when the accuser is not known here.
        by: Option<Name>,
    },
    /// A member proved a suspicion wrong, which this node may not have believed, or not have heard of.
    Refuted {
        /// Its record now.
        member: Peer,
    },
    /// A member began a new life before anybody noticed the end of the last. Its registers are gone.
    Restarted {
        /// Its record now.
        member: Peer,
    },
    /// A member listens somewhere else now.
    AddressChanged {
        /// Its record now.
        member: Peer,
        /// Where it was before.
        from: Addr,
    },
    /// A member was suspected for too long and counts as dead.
    Failed {
        /// Its last record.
        member: Peer,
        /// Who declared it; `None` when that member is not known here.
        by: Option<Name>,
    },
    /// A member said goodbye.
    Left {
        /// Its last record.
        member: Peer,
    },
    /// A member set or removed one of its registers.
    Updated {
        /// Whose register.
        member: Name,
        /// Which register.
        key: Arc<str>,
        /// Its value now; `None`: removed.
        value: Option<Arc<[u8]>>,
    },
    /// A member that had failed or left is not remembered any longer.
    Forgotten {
        /// Who it was.
        member: Name,
    },
    /// The exchange with a seed is complete: this node is in the cluster.
    HasJoined {
        /// The seed that answered.
        seed: Addr,
    },
    /// A seed did not answer. The node goes on trying all of them.
    JoinFailed {
        /// The seed that did not answer.
        seed: Addr,
        /// What went wrong.
        reason: JoinFailure,
        /// When the next round of attempts starts; `None` while others of this round are under way.
        retry_in: Option<Duration>,
    },
    /// This node was accused and answered with a larger incarnation; or a former life of it was believed to be the
    /// later one, and it answered with a larger epoch. Its registers stay.
    SelfRefuted {
        /// Its record now.
        member: Peer,
    },
    /// Another node bears this node's name and answers, and nobody knows this one by it, or no more of the asked members
    /// than know the other. This node has ended without telling anybody anything; start again under another name, or
    /// once the other is gone.
    NameConflict {
        /// Where the other one is.
        addr: Addr,
    },
    /// Another node bears this node's name, and this one keeps it because it is known. At most once per
    /// [`heal_interval`](crate::Config::heal_interval).
    NameClaimed {
        /// Where the other one is.
        addr: Addr,
    },
    /// Frames arrive in the name of a member that this node cannot open: one of the two missed a change of keys. Told
    /// of each member once within any minute, and of few in all, because anybody can forge such frames.
    KeyMismatch {
        /// Whose frames they claim to be.
        member: Name,
        /// The key that they name; `None`: they are plain, and this node accepts sealed ones only.
        key: Option<KeyId>,
    },
    /// A member answers over streams and not by datagrams, probe after probe: something between here and there lets
    /// only streams through. Told once, until it answers by datagram again; the member counts as alive.
    DatagramsBlocked {
        /// Its record now.
        member: Peer,
    },
    /// The goodbye is told; the node has ended. This and [`NameConflict`](Self::NameConflict) are the last event of a node,
    /// which is never lost.
    HasLeft,
    /// The application was too slow: so many events were lost since the last one. Go on from
    /// [`Roster::of`](crate::Roster::of) the node, or read [`Node::members`](crate::Node::members) again.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// The record of a member at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub name: Name,
    /// Where it listens.
    pub addr: Addr,
    /// Which life of this name it is.
    pub epoch: Epoch,
    /// How often it refuted in this life.
    pub incarnation: Incarnation,
    /// What is believed of it.
    pub state: State,
}

/// Why an attempt to join through a seed failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinFailure {
    /// Nobody accepted a stream there, or it broke.
    Unreachable,
    /// The seed closed the stream without an answer: it has no room, or is no node.
    Refused,
    /// The seed answered with something that this node cannot open or read: it has another key or another cluster name,
    /// or this node's own name.
    BadAnswer,
    /// The exchange took longer than [`Config::stream_timeout`](crate::Config::stream_timeout).
    TimedOut,
    /// This node has as many streams open as it may.
    TooManyStreams,
}

/// The memory for so many events is kept when all are read.
const KEPT: usize = 8;

/// Events on their way to the application, bounded.
pub(crate) struct Events {
    queue: VecDeque<Event>,
    capacity: usize,
    version: u64,
    missed: u64,
    /// After it there are no more.
    last: Option<Event>,
}

impl Events {
    pub(crate) fn new(capacity: u32) -> Self {
        Self { queue: VecDeque::new(), capacity: capacity as usize, version: 0, missed: 0, last: None }
    }

    pub(crate) fn limit(&mut self, capacity: u32) {
        self.capacity = capacity as usize;
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Queues a fact. Once one was lost, all are until the application has read what is queued, so that the loss
    /// is reported in its place.
    pub(crate) fn push(&mut self, fact: Fact) {
        self.version += if planted(Bug::SkipsVersions) && self.version == 12 { 2 } else { 1 };
        let full = self.queue.len() >= self.capacity && !planted(Bug::EventsWithoutBound);
        if self.missed > 0 || full {
            self.missed += u64::from(!planted(Bug::LosesEventsSilently));
        } else {
            self.queue.push_back(Event { version: self.version, fact });
        }
    }

    /// Keeps the last fact of all: it has a place of its own, so that whoever was too slow learns why the node ended.
    pub(crate) fn push_last(&mut self, fact: Fact) {
        self.version += 1;
        self.last = Some(Event { version: self.version, fact });
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        let event = self.queue.pop_front();
        if event.is_none() && self.queue.capacity() > KEPT {
            self.queue.shrink_to(KEPT);
        }
        event.or_else(|| self.pop_lagged()).or_else(|| self.last.take())
    }

    fn pop_lagged(&mut self) -> Option<Event> {
        let missed = core::mem::take(&mut self.missed);
        let version = self.version - u64::from(self.last.is_some());
        (missed > 0).then_some(Event { version, fact: Fact::Lagged { missed } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_application_is_told_how_much_it_missed_and_where() {
        let mut events = Events::new(16);
        (0..20).for_each(|_| events.push(Fact::HasLeft));
        for version in 1..=16 {
            assert_eq!(events.pop(), Some(Event { version, fact: Fact::HasLeft }));
        }
        assert_eq!(events.pop(), Some(Event { version: 20, fact: Fact::Lagged { missed: 4 } }));
        assert_eq!(events.pop(), None);
        events.push(Fact::HasLeft);
        assert_eq!(events.pop(), Some(Event { version: 21, fact: Fact::HasLeft }));
    }

    #[test]
    fn nothing_is_queued_behind_a_loss_before_the_loss_is_reported() {
        let mut events = Events::new(16);
        (0..17).for_each(|_| events.push(Fact::HasLeft));
        events.pop();
        events.push(Fact::HasLeft);
        let seen = core::iter::from_fn(|| events.pop()).last();
        assert_eq!(seen, Some(Event { version: 18, fact: Fact::Lagged { missed: 2 } }));
    }
}
