//! Records made by hand, for the canaries of the laws.

use swim_codec::{Fingerprint, FrameWriter, Header, Keyring, Message, Nonce, Ping, Sequence};
use swim_core::{
    Addr, ClusterId, Config, Epoch, Event, Fact, Incarnation, Instant, Load, Name, Peer, State, Stats,
    StreamId, Transmit,
};

use super::record::{Change, Row, Table, Word};
use super::said::{self, Said};
use super::truth::Truth;
use super::{Honesty, Input, Law, Moment};
use crate::{Arrival, NodeId, Sent};

/// A moment that owns its parts: that of a node `me` at which all is well, until a test changes something.
pub(super) struct Scene {
    pub(super) now: Instant,
    /// What `me` was told before, if that was later.
    pub(super) latest: Instant,
    pub(super) node: NodeId,
    pub(super) input: Input,
    pub(super) changes: Vec<Change>,
    pub(super) table: Table,
    pub(super) events: Vec<Event>,
    pub(super) version: u64,
    pub(super) listening: bool,
    pub(super) batches: bool,
    pub(super) flushed: bool,
    pub(super) sent: Vec<Sent>,
    pub(super) timeout: Option<Instant>,
    pub(super) ended: bool,
    pub(super) truth: Truth,
    pub(super) quiet_since: Option<Instant>,
    pub(super) heard_bytes: Option<usize>,
    pub(super) heard_said: Option<Vec<Said>>,
    pub(super) arrival: Option<(StreamId, Arrival)>,
    pub(super) heard_on_stream: Vec<Said>,
    pub(super) stats: Stats,
    pub(super) live: usize,
    pub(super) config: Config,
    pub(super) load: Load,
    pub(super) honesty: Honesty,
    me: Name,
}

impl Scene {
    pub(super) fn new() -> Self {
        let me = name("me");
        let mut truth = Truth::default();
        truth.speak(&me, word(1, 0));
        truth.speak(&name("x"), word(5, 5));
        Self {
            now: at(10),
            latest: Instant::ZERO,
            node: NodeId(0),
            input: Input::Datagram,
            changes: Vec::new(),
            table: Table::from([(me.clone(), row(1, 0, State::Alive))]),
            events: Vec::new(),
            version: 0,
            listening: true,
            batches: false,
            flushed: true,
            sent: Vec::new(),
            timeout: Some(at(11)),
            ended: false,
            truth,
            quiet_since: None,
            heard_bytes: None,
            heard_said: None,
            arrival: None,
            heard_on_stream: Vec::new(),
            stats: Stats::default(),
            live: 1,
            config: Config::lan(),
            load: Load::default(),
            honesty: Honesty::Truth,
            me,
        }
    }

    /// `me` has another name.
    pub(super) fn called(mut self, other: &str) -> Self {
        let other = name(other);
        self.table.extend(self.table.get(&self.me).cloned().map(|row| (other.clone(), row)));
        self.changes.iter_mut().for_each(|change| change.subject = other.clone());
        Self { me: other, ..self }
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
        let read = |sent: &Sent| said::read(&mut Keyring::plain(), cluster_of(&self.me), &sent.bytes);
        let read_write =
            |sent: &Sent| said::read_write(&mut Keyring::plain(), cluster_of(&self.me), &sent.bytes);
        law.judge(&Moment {
            now: self.now,
            latest: self.now.max(self.latest),
            shown: self.now,
            is_late: false,
            batches: self.batches,
            flushed: self.flushed,
            time: self.now,
            node: self.node,
            observer: &self.me,
            input: self.input,
            changes: &self.changes,
            table: &self.table,
            events: &self.events,
            version: self.version,
            listening: self.listening,
            heard_bytes: self.heard_bytes,
            heard_said: self.heard_said.as_deref(),
            arrival: self.arrival.as_ref().map(|(stream, arrival)| (*stream, arrival)),
            heard_on_stream: &self.heard_on_stream,
            sent: &self.sent,
            said: &self.sent.iter().map(read).collect::<Vec<_>>(),
            written: &self.sent.iter().map(read_write).collect::<Vec<_>>(),
            timeout: self.timeout,
            ended: self.ended,
            config: &self.config,
            stats: &self.stats,
            load: self.load,
            doubt: 0,
            live: self.live,
            truth: &self.truth,
            cluster_of: &|name| cluster_of(name),
            quiet_since: self.quiet_since,
            honesty: self.honesty,
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

pub(super) fn ping() -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() })
}

/// A plain frame from `me`.
pub(super) fn frame(messages: &[Message<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    fill(Keyring::plain().frame(&header(), 1400, &mut bytes), messages);
    bytes
}

/// The same for a stream.
pub(super) fn stream_frame(messages: &[Message<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    fill(Keyring::plain().stream_frame(&header(), 1400, &mut bytes), messages);
    bytes
}

fn header() -> Header {
    Header {
        cluster: cluster_of(&name("me")),
        sender: name("me").id(),
        epoch: word(1, 0).epoch,
        sequence: Sequence::FIRST,
        destination: name("x").id().destination(),
    }
}

fn fill(mut writer: FrameWriter<'_>, messages: &[Message<'_>]) {
    assert!(messages.iter().all(|message| writer.push(message)));
    writer.seal();
}
