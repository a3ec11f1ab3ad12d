//! Telling each other much, over a stream: how a node joins, and how tables that differ in much are mended.
//!
//! The dialler writes what it knows and finishes; the acceptor merges it, answers with what it knows, and finishes.
//! When a node joins that is all that either knows. Else it is what the dialler knows of the buckets that differ,
//! and what the acceptor knows of those that differ still. A probe asks for an ack alone.

use alloc::vec::Vec;

use swim_codec::limits::STREAM_FRAME_MAX;
use swim_codec::{
    Ack, Addr, Bucket, Buckets, Destination, Fingerprint, FrameWriter, MemberId, Message, Nonce, Ping,
    StreamDecoder, Sync, Want,
};

use crate::buckets::Walk;
use crate::events::JoinFailure;
use crate::merge::Spread;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::records;
use crate::stats::{DropReason, add};
use crate::table::Table;
use crate::timers::Timer;
use crate::{Node, StreamId, StreamInput, Transmit};

/// One stream, and how far it is.
pub(crate) struct Exchange {
    stream: StreamId,
    phase: Phase,
    decoder: StreamDecoder,
}

enum Phase {
    /// We dialled.
    Dialing(Why),
    /// We write what we know.
    Asking { why: Why, writing: Writing },
    /// We finished and read the answer.
    Awaiting { why: Why, answered: Option<MemberId> },
    /// They dialled, and say what they want.
    Listening(Question),
    /// They finished, and we write what we know.
    Answering { asker: MemberId, writing: Writing },
}

/// What a dialler wants.
enum Question {
    /// It has not said so yet.
    None,
    Ping {
        asker: MemberId,
        nonce: Nonce,
    },
    /// Our records, maybe only of some buckets; its own come along.
    Records {
        asker: MemberId,
        wanted: Option<Vec<(Bucket, u32)>>,
    },
}

/// How far our direction is.
struct Writing {
    /// What the first frame begins with.
    opening: Opening,
    opened: bool,
    walk: Walk,
}

#[derive(Clone, Copy)]
enum Opening {
    Sync,
    /// The peer shall tell no more than what it knows of these.
    SyncAndWant(Buckets),
    Ping(Nonce),
    Ack(Nonce),
}

impl Writing {
    fn new(opening: Opening, buckets: Buckets) -> Self {
        Self { opening, opened: false, walk: Walk::new(buckets) }
    }

    /// A question or an answer without any records.
    fn alone(opening: Opening) -> Self {
        Self::new(opening, Buckets::default())
    }

    fn is_done(&mut self, table: &Table) -> bool {
        self.opened && self.walk.at(table.buckets()).is_none()
    }
}

/// Why we dialled.
pub(crate) enum Why {
    Join { seed: Addr },
    Repair { member: MemberId, buckets: Buckets },
    Probe { target: MemberId, nonce: Nonce },
}

/// Streams at a time.
const EXCHANGES_MAX: u8 = 64;
/// Those among them that we dial because tables differ.
const REPAIRS_MAX: usize = 4;
/// Bytes of records in one write: what a slow reader keeps us from sending is not even built.
const WRITE_MAX: usize = 64 * 1024;

/// Every exchange keeps its place while it lasts.
#[derive(Default)]
pub(crate) struct Exchanges {
    places: Vec<Option<Exchange>>,
    dialed: u64,
}

impl Exchanges {
    pub(crate) fn len(&self) -> usize {
        self.places.iter().flatten().count()
    }

    fn add(&mut self, stream: StreamId, phase: Phase) -> Option<u8> {
        let place = self.places.iter().position(Option::is_none).unwrap_or(self.places.len());
        let number = u8::try_from(place).ok().filter(|&number| number < EXCHANGES_MAX)?;
        if place == self.places.len() {
            self.places.push(None);
        }
        let decoder = StreamDecoder::new(STREAM_FRAME_MAX);
        self.places[place] = Some(Exchange { stream, phase, decoder });
        Some(number)
    }

    fn find(&self, stream: StreamId) -> Option<u8> {
        let is_it = |exchange: &Option<Exchange>| exchange.as_ref().is_some_and(|e| e.stream == stream);
        u8::try_from(self.places.iter().position(is_it)?).ok()
    }

    fn get_mut(&mut self, place: u8) -> Option<&mut Exchange> {
        self.places.get_mut(usize::from(place))?.as_mut()
    }

    fn take(&mut self, place: u8) -> Option<Exchange> {
        self.places.get_mut(usize::from(place))?.take()
    }

    fn repairing(&self) -> usize {
        let phases = self.places.iter().flatten().map(|exchange| &exchange.phase);
        phases.filter(|phase| phase.is_repairing()).count()
    }
}

impl Phase {
    fn is_repairing(&self) -> bool {
        matches!(
            self,
            Self::Dialing(Why::Repair { .. })
                | Self::Asking { why: Why::Repair { .. }, .. }
                | Self::Awaiting { why: Why::Repair { .. }, .. }
        )
    }
}

impl Node {
    /// Exchanges the records of these buckets with a member.
    pub(crate) fn repair(&mut self, member: MemberId, to: Addr, buckets: Buckets) {
        if self.exchanges.repairing() < REPAIRS_MAX {
            // Without a free place there are exchanges enough already.
            let _dialed = self.dial(Why::Repair { member, buckets }, to);
        }
    }

    /// Opens a stream, if there are not too many.
    pub(crate) fn dial(&mut self, why: Why, to: Addr) -> Option<StreamId> {
        let stream = StreamId::Dialed(self.exchanges.dialed);
        let place = self.exchanges.add(stream, Phase::Dialing(why))?;
        self.exchanges.dialed += 1;
        if !planted(Bug::StreamsNeverTimeOut) {
            self.timers.set(Timer::Stream(place), self.now + self.config.stream_timeout);
        }
        self.send_on_stream(Outgoing::Connect { stream, to });
        Some(stream)
    }

    /// Drops a stream, if it has not ended: nobody waits for its answer any more.
    pub(crate) fn hang_up(&mut self, stream: StreamId) {
        let Some(place) = self.exchanges.find(stream) else { return };
        self.exchanges.places[usize::from(place)] = None;
        self.timers.clear(Timer::Stream(place));
        self.send_on_stream(Outgoing::Abort { stream });
    }

    pub(crate) fn on_stream(&mut self, stream: StreamId, input: StreamInput<'_>) {
        if let StreamInput::Accepted { .. } = input {
            return self.on_accepted(stream);
        }
        let Some(place) = self.exchanges.find(stream) else { return };
        match input {
            StreamInput::Accepted { .. } => {}
            StreamInput::Connected => self.on_connected(place),
            StreamInput::Data(bytes) => self.on_stream_data(place, bytes),
            StreamInput::Written => self.on_written(place),
            StreamInput::Finished => self.on_finished(place),
            StreamInput::Failed => self.on_stream_failed(place),
        }
    }

    fn on_accepted(&mut self, stream: StreamId) {
        match self.exchanges.add(stream, Phase::Listening(Question::None)) {
            Some(place) => self.timers.set(Timer::Stream(place), self.now + self.config.stream_timeout),
            None => {
                self.stats.drop(DropReason::TooManyStreams);
                self.send_on_stream(Outgoing::Abort { stream });
            }
        }
    }

    fn on_connected(&mut self, place: u8) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        if let Phase::Dialing(why) = exchange.phase {
            let writing = match why {
                Why::Join { .. } => Writing::new(Opening::Sync, Buckets::ALL),
                Why::Repair { buckets, .. } => Writing::new(Opening::SyncAndWant(buckets), buckets),
                Why::Probe { nonce, .. } => Writing::alone(Opening::Ping(nonce)),
            };
            exchange.phase = Phase::Asking { why, writing };
            self.send_on_stream(Outgoing::Write { stream: exchange.stream });
        }
        self.put_back(place, exchange);
    }

    /// The last write is out: the next, or the end of our direction.
    fn on_written(&mut self, place: u8) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        let stream = exchange.stream;
        let done = exchange.writing().is_some_and(|writing| writing.is_done(&self.table));
        match exchange.phase {
            Phase::Asking { why, .. } if done => {
                exchange.phase = Phase::Awaiting { why, answered: None };
                self.put_back(place, exchange);
                self.send_on_stream(Outgoing::Finish { stream });
            }
            Phase::Answering { writing, .. } if done => {
                self.timers.clear(Timer::Stream(place));
                self.send_on_stream(Outgoing::Finish { stream });
                add(&mut self.stats.syncs, u64::from(matches!(writing.opening, Opening::Sync)));
            }
            _ => {
                self.put_back(place, exchange);
                self.send_on_stream(Outgoing::Write { stream });
            }
        }
    }

    fn put_back(&mut self, place: u8, exchange: Exchange) {
        self.exchanges.places[usize::from(place)] = Some(exchange);
    }

    fn on_stream_data(&mut self, place: u8, bytes: &[u8]) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        exchange.decoder.push(bytes);
        match self.read_frames(&mut exchange) {
            Ok(()) => self.put_back(place, exchange),
            Err(()) => self.give_up(place, exchange, JoinFailure::BadAnswer),
        }
    }

    fn read_frames(&mut self, exchange: &mut Exchange) -> Result<(), ()> {
        let Exchange { decoder, phase, .. } = exchange;
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => self.on_stream_frame(phase, frame)?,
                Ok(None) => return Ok(()),
                Err(_) => {
                    self.stats.drop(DropReason::FrameTooLong);
                    return Err(());
                }
            }
        }
    }

    /// A frame that is not what belongs here ends the stream: unlike a datagram, it cannot be a stray.
    fn on_stream_frame(&mut self, phase: &mut Phase, frame: &mut [u8]) -> Result<(), ()> {
        let Some(frame) = self.open(frame) else { return Err(()) };
        if frame.header.sender == self.id() {
            return self.refuse(DropReason::OwnFrame);
        }
        let spread = self.spread_of(phase);
        for message in frame.messages() {
            match message {
                Ok(Message::Sync(_)) => self.on_sync(phase, frame.header.sender)?,
                Ok(Message::Want(want)) => self.on_stream_want(phase, &want)?,
                Ok(Message::Ping(ping)) => self.on_stream_ping(phase, frame.header.sender, ping.nonce)?,
                Ok(Message::Ack(ack)) => self.on_pong(phase, frame.header.sender, ack.nonce)?,
                // One who is behind hears all we know in this very exchange.
                Ok(Message::Claim(claim)) => drop(self.on_claim(frame.header.sender, &claim, spread)),
                Ok(Message::Register(register)) => self.on_register(&register, spread),
                Ok(_) => return self.refuse(DropReason::OutOfPlace),
                Err(_) => return self.refuse(DropReason::Malformed),
            }
        }
        Ok(())
    }

    fn on_sync(&mut self, phase: &mut Phase, sender: MemberId) -> Result<(), ()> {
        match phase {
            Phase::Awaiting { why: Why::Join { .. } | Why::Repair { .. }, answered } => {
                *answered = Some(sender);
            }
            Phase::Listening(question @ Question::None) => {
                *question = Question::Records { asker: sender, wanted: None };
            }
            Phase::Awaiting { .. }
            | Phase::Listening(_)
            | Phase::Dialing(_)
            | Phase::Asking { .. }
            | Phase::Answering { .. } => return self.refuse(DropReason::OutOfPlace),
        }
        Ok(())
    }

    fn on_stream_ping(&mut self, phase: &mut Phase, asker: MemberId, nonce: Nonce) -> Result<(), ()> {
        let Phase::Listening(question @ Question::None) = phase else {
            return self.refuse(DropReason::OutOfPlace);
        };
        *question = Question::Ping { asker, nonce };
        Ok(())
    }

    fn on_pong(&mut self, phase: &mut Phase, sender: MemberId, nonce: Nonce) -> Result<(), ()> {
        let Phase::Awaiting { why: Why::Probe { target, nonce: asked }, answered } = phase else {
            return self.refuse(DropReason::OutOfPlace);
        };
        if !self.on_stream_ack((*target, *asked), (sender, nonce)) {
            return self.refuse(DropReason::UnexpectedAnswer);
        }
        *answered = Some(sender);
        Ok(())
    }

    fn on_stream_want(&mut self, phase: &mut Phase, want: &Want<'_>) -> Result<(), ()> {
        let Phase::Listening(Question::Records { wanted, .. }) = phase else {
            return self.refuse(DropReason::OutOfPlace);
        };
        *wanted = Some(want.sums().collect());
        Ok(())
    }

    fn refuse(&mut self, reason: DropReason) -> Result<(), ()> {
        self.stats.drop(reason);
        Err(())
    }

    /// A node that joins alone has nobody to tell: the seed tells the others of it, and they know each other.
    fn spread_of(&self, phase: &Phase) -> Spread {
        match phase {
            Phase::Awaiting { why: Why::Join { .. }, .. } => Spread::Keep,
            _ => Spread::Tell,
        }
    }

    /// The peer has said all it has to say.
    fn on_finished(&mut self, place: u8) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        let whole = exchange.decoder.buffered() == 0;
        match exchange.phase {
            Phase::Awaiting { why, answered: Some(member) } if whole => {
                self.timers.clear(Timer::Stream(place));
                add(&mut self.stats.syncs, u64::from(!matches!(why, Why::Probe { .. })));
                if let Why::Join { seed } = why {
                    self.on_joined(seed, member);
                }
            }
            Phase::Listening(Question::Records { asker, wanted }) if whole => {
                let differing = |wanted: Vec<_>| self.table.buckets().differing(wanted.into_iter());
                let buckets = wanted.map_or(Buckets::ALL, differing);
                exchange.phase = Phase::Answering { asker, writing: Writing::new(Opening::Sync, buckets) };
                self.begin_answer(place, exchange);
            }
            Phase::Listening(Question::Ping { asker, nonce }) if whole => {
                exchange.phase = Phase::Answering { asker, writing: Writing::alone(Opening::Ack(nonce)) };
                self.begin_answer(place, exchange);
            }
            _ => self.give_up(place, exchange, JoinFailure::Refused),
        }
    }

    fn begin_answer(&mut self, place: u8, exchange: Exchange) {
        self.send_on_stream(Outgoing::Write { stream: exchange.stream });
        self.put_back(place, exchange);
    }

    fn on_stream_failed(&mut self, place: u8) {
        let Some(exchange) = self.exchanges.take(place) else { return };
        let reason = match exchange.phase {
            Phase::Dialing(_) => JoinFailure::Unreachable,
            _ => JoinFailure::Refused,
        };
        self.bury(place, exchange, reason);
    }

    pub(crate) fn on_stream_timeout(&mut self, place: u8) {
        if let Some(exchange) = self.exchanges.take(place) {
            self.give_up(place, exchange, JoinFailure::TimedOut);
        }
    }

    fn give_up(&mut self, place: u8, exchange: Exchange, reason: JoinFailure) {
        self.send_on_stream(Outgoing::Abort { stream: exchange.stream });
        self.bury(place, exchange, reason);
    }

    fn bury(&mut self, place: u8, exchange: Exchange, reason: JoinFailure) {
        self.timers.clear(Timer::Stream(place));
        match exchange.phase {
            Phase::Dialing(why) | Phase::Asking { why, .. } | Phase::Awaiting { why, .. } => match why {
                Why::Join { seed } => self.on_join_failed(seed, reason),
                Why::Probe { nonce, .. } => self.on_stream_probe_failed(nonce),
                Why::Repair { .. } => {}
            },
            Phase::Listening(_) | Phase::Answering { .. } => {}
        }
    }

    /// Builds the next write of a stream: one frame, with as many records as fit.
    pub(crate) fn write_records(
        &mut self,
        stream: StreamId,
        buf: &mut alloc::vec::Vec<u8>,
    ) -> Option<Transmit> {
        let place = self.exchanges.find(stream)?;
        let destination = self.exchanges.get_mut(place)?.destination();
        let header = self.header(destination)?;
        let Self { keyring, table, registers, exchanges, stats, .. } = self;
        let mut frame = keyring.stream_frame(&header, WRITE_MAX, buf);
        let writing = exchanges.get_mut(place)?.writing()?;
        if !core::mem::replace(&mut writing.opened, true) {
            writing.opening.write(table, &mut frame).then_some(())?;
        }
        add(&mut stats.records_sent, records::fill(table, registers, &mut writing.walk, &mut frame));
        frame.seal();
        Some(Transmit::Write { stream })
    }
}

impl Opening {
    fn write(self, table: &Table, frame: &mut FrameWriter<'_>) -> bool {
        let fingerprint = Fingerprint::from_u64(table.fingerprint());
        let sync = Message::Sync(Sync { fingerprint });
        match self {
            Self::Sync => frame.push(&sync),
            Self::SyncAndWant(buckets) => {
                let sums = table.buckets().sums(buckets);
                frame.push(&sync) && frame.push(&Message::Want(Want { buckets, sums: sums.bytes() }))
            }
            Self::Ping(nonce) => frame.push(&Message::Ping(Ping { nonce, fingerprint })),
            Self::Ack(nonce) => frame.push(&Message::Ack(Ack { nonce, fingerprint })),
        }
    }
}

impl Exchange {
    fn destination(&self) -> Destination {
        match &self.phase {
            Phase::Answering { asker: peer, .. }
            | Phase::Asking {
                why: Why::Repair { member: peer, .. } | Why::Probe { target: peer, .. }, ..
            } => peer.destination(),
            _ => Destination::UNKNOWN,
        }
    }

    fn writing(&mut self) -> Option<&mut Writing> {
        match &mut self.phase {
            Phase::Asking { writing, .. } | Phase::Answering { writing, .. } => Some(writing),
            Phase::Dialing(_) | Phase::Awaiting { .. } | Phase::Listening(_) => None,
        }
    }
}
