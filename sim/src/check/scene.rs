//! Records made by hand, for the canaries of the laws.

use swim_core::{
    Addr, ClusterId, Config, Epoch, Event, Fact, Incarnation, Instant, Name, Peer, State, Transmit,
};

use super::record::{Change, Row, Table, Word};
use super::truth::Truth;
use super::{Input, Law, Moment};
use crate::{NodeId, Sent};

/// A moment that owns its parts: that of a node `me` at which all is well, until a test changes something.
pub(super) struct Scene {
    pub(super) now: Instant,
    pub(super) input: Input,
    pub(super) changes: Vec<Change>,
    pub(super) table: Table,
    pub(super) events: Vec<Event>,
    pub(super) version: u64,
    pub(super) listening: bool,
    pub(super) sent: Vec<Sent>,
    pub(super) timeout: Option<Instant>,
    pub(super) ended: bool,
    pub(super) truth: Truth,
    pub(super) quiet_since: Option<Instant>,
    me: Name,
    config: Config,
}

impl Scene {
    pub(super) fn new() -> Self {
        let me = name("me");
        let mut truth = Truth::default();
        truth.speak(&me, word(1, 0));
        truth.speak(&name("x"), word(5, 5));
        Self {
            now: at(10),
            input: Input::Datagram,
            changes: Vec::new(),
            table: Table::from([(me.clone(), row(1, 0, State::Alive))]),
            events: Vec::new(),
            version: 0,
            listening: true,
            sent: Vec::new(),
            timeout: Some(at(11)),
            ended: false,
            truth,
            quiet_since: None,
            me,
            config: Config::lan(),
        }
    }

    /// `me` changed its mind about `subject`.
    pub(super) fn change(mut self, subject: &str, before: Option<Row>, after: Option<Row>) -> Self {
        let subject = name(subject);
        match &after {
            Some(row) => self.table.insert(subject.clone(), row.clone()),
            None => self.table.remove(&subject),
        };
        self.changes.push(Change { subject, before, after });
        self
    }

    /// `me` told its application.
    pub(super) fn event(mut self, fact: Fact) -> Self {
        self.version += 1;
        self.events.push(Event { version: self.version, fact });
        self
    }

    /// `me` sent a datagram.
    pub(super) fn datagram(mut self, to: Addr, bytes: Vec<u8>) -> Self {
        self.sent.push(Sent { transmit: Transmit::Datagram { to }, bytes });
        self
    }

    pub(super) fn judge(&self, law: &mut dyn Law) -> Result<(), String> {
        law.judge(&Moment {
            now: self.now,
            node: NodeId(0),
            observer: &self.me,
            input: self.input,
            changes: &self.changes,
            table: &self.table,
            events: &self.events,
            version: self.version,
            listening: self.listening,
            sent: &self.sent,
            timeout: self.timeout,
            ended: self.ended,
            config: &self.config,
            truth: &self.truth,
            cluster_of: &|name| cluster_of(name),
            quiet_since: self.quiet_since,
        })
    }

    /// All is well.
    #[track_caller]
    pub(super) fn holds(&self, law: &mut dyn Law) {
        assert_eq!(self.judge(law), Ok(()));
    }

    /// The law objects in words that hold `part`.
    #[track_caller]
    pub(super) fn breaks(&self, law: &mut dyn Law, part: &str) {
        let text = self.judge(law).expect_err("the law did not object");
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
}

pub(super) fn cluster_of(name: &Name) -> ClusterId {
    ClusterId::from_name(if name.as_str().starts_with("foreign") { "theirs" } else { "ours" })
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

pub(super) fn word(epoch: u64, incarnation: u64) -> Word {
    Word { epoch: Epoch::new(epoch).expect("small"), incarnation: Incarnation::new(incarnation) }
}

pub(super) fn row(epoch: u64, incarnation: u64, state: State) -> Row {
    Row { word: word(epoch, incarnation), state, addr: addr(1), registers: [].into() }
}

pub(super) fn peer(text: &str, row: &Row) -> Peer {
    let Row { word: Word { epoch, incarnation }, state, ref addr, .. } = *row;
    Peer { name: name(text), addr: addr.clone(), epoch, incarnation, state }
}

pub(super) fn addr(port: u16) -> Addr {
    std::net::SocketAddr::from(([127, 0, 0, 1], port)).into()
}

pub(super) fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * 1_000_000_000)
}
