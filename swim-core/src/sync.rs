//! Telling each other much, over a stream: how a node joins, and how tables that differ in much are mended.
//!
//! Once each side has shown that it speaks now (see `handshake`), the dialler writes what it knows and finishes; the
//! acceptor merges it, answers with what it knows, and finishes.
//! When a node joins that is all that either knows. Else it is what the dialler knows of the buckets that differ,
//! and what the acceptor knows of those that differ still. A probe asks for an ack alone.

use alloc::vec::Vec;

use swim_codec::{
    Ack, Addr, Bucket, Buckets, Destination, Fingerprint, Frame, FrameWriter, MemberId, Message, Nonce, Ping,
    StreamDecoder, Sync, Want,
};

use crate::buckets::Walk;
use crate::buggify::Site;
use crate::claim::Word;
use crate::config::DATAGRAM_LEAST;
use crate::events::JoinFailure;
use crate::handshake::Handshake;
use crate::merge::Spread;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::records;
use crate::stats::{DropReason, add};
use crate::stream_budget::Inbound;
use crate::table::Table;
use crate::timers::Timer;
use crate::{Node, StreamId, StreamInput, Transmit};

/// One stream, and how far it is.
pub(crate) struct Exchange {
    stream: StreamId,
    phase: Phase,
    handshake: Handshake,
    decoder: StreamDecoder,
    /// Whether a write of ours is under way.
    is_writing: bool,
    /// What it may cost, if somebody else opened it.
    inbound: Option<Inbound>,
}

enum Phase {
    /// We dialled.
    Dialing(Why),
    /// The connection stands, and they have not said who they are.
    Connected(Why),
    /// We write what we know.
    Asking { why: Why, writing: Writing },
    /// We finished and read the answer.
    Awaiting { why: Why, answered: Option<MemberId> },
    /// They dialled, and say what they want.
    Listening(Question),
    /// They finished, and we write what we know.
    Answering(Writing),
}

/// What a dialler wants.
enum Question {
    /// It has not said so yet.
    None,
    Ping(Nonce),
    /// Our records, maybe only of some buckets; its own come along.
    Records(Option<Vec<(Bucket, u32)>>),
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

    fn of(why: &Why) -> Self {
        match *why {
            Why::Join { .. } => Self::new(Opening::Sync, Buckets::ALL),
            Why::Repair { buckets } => Self::new(Opening::SyncAndWant(buckets), buckets),
            Why::Probe { nonce, .. } => Self::alone(Opening::Ping(nonce)),
        }
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
    Repair { buckets: Buckets },
    Probe { target: MemberId, nonce: Nonce },
}

/// Streams at a time.
const EXCHANGES_MAX: u8 = 64;
/// Those among them that others opened: some places are left for what this node wants itself.
const INBOUND_MAX: usize = 56;
/// Those among them that we dial because tables differ.
const REPAIRS_MAX: usize = 4;
/// Bytes of records in one write: what a slow reader keeps us from sending is not even built.
const WRITE_MAX: usize = 32 * 1024;
/// What is kept for that: one more record is written and taken back, as it does not fit.
const WRITE_ROOM: usize = WRITE_MAX + 2 * 1024;
/// Bytes of the longest frame that is taken, sixteen times what is ever written: all streams together hold 32 MiB.
const FRAME_MAX: usize = 16 * WRITE_MAX;

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

    fn add(
        &mut self,
        stream: StreamId,
        phase: Phase,
        handshake: Handshake,
        inbound: Option<Inbound>,
    ) -> Option<u8> {
        let place = self.places.iter().position(Option::is_none).unwrap_or(self.places.len());
        let number = u8::try_from(place).ok().filter(|&number| number < EXCHANGES_MAX)?;
        if place == self.places.len() {
            self.places.push(None);
        }
        let decoder = StreamDecoder::new(FRAME_MAX);
        let exchange = Exchange { stream, phase, handshake, decoder, is_writing: false, inbound };
        self.places[place] = Some(exchange);
        Some(number)
    }

    pub(crate) fn find(&self, stream: StreamId) -> Option<u8> {
        let is_it = |exchange: &Option<Exchange>| exchange.as_ref().is_some_and(|e| e.stream == stream);
        u8::try_from(self.places.iter().position(is_it)?).ok()
    }

    fn get_mut(&mut self, place: u8) -> Option<&mut Exchange> {
        self.places.get_mut(usize::from(place))?.as_mut()
    }

    fn take(&mut self, place: u8) -> Option<Exchange> {
        self.places.get_mut(usize::from(place))?.take()
    }

    fn inbound(&self) -> impl Iterator<Item = &Inbound> {
        self.places.iter().flatten().filter_map(|exchange| exchange.inbound.as_ref())
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
                | Self::Connected(Why::Repair { .. })
                | Self::Asking { why: Why::Repair { .. }, .. }
                | Self::Awaiting { why: Why::Repair { .. }, .. }
        )
    }
}

impl Node {
    /// Exchanges the records of these buckets with whoever is there.
    pub(crate) fn repair(&mut self, to: Addr, buckets: Buckets) {
        let buckets = if self.switches.fires(Site::AsksForEverything) { Buckets::ALL } else { buckets };
        if self.exchanges.repairing() < REPAIRS_MAX {
            // Without a free place there are exchanges enough already.
            let _dialed = self.dial(Why::Repair { buckets }, to);
        }
    }

    /// Opens a stream, if there are not too many.
    pub(crate) fn dial(&mut self, why: Why, to: Addr) -> Option<StreamId> {
        if self.switches.fires(Site::HasNoStream) {
            return None;
        }
        let stream = StreamId::Dialed(self.exchanges.dialed);
        let handshake = Handshake::dialing(&mut self.rng);
        let place = self.exchanges.add(stream, Phase::Dialing(why), handshake, None)?;
        self.exchanges.dialed += 1;
        if !planted(Bug::StreamsNeverTimeOut) {
            let patience = self.config.stream_timeout;
            let patience = if self.switches.fires(Site::IsImpatient) { patience / 100 } else { patience };
            self.timers.set(Timer::Stream(place), self.now + patience);
        }
        self.send_on_stream(Outgoing::Connect { stream, to });
        Some(stream)
    }

    /// Drops a stream, if it has not ended: nobody waits for its answer any more.
    pub(crate) fn hang_up(&mut self, stream: StreamId) {
        let Some(place) = self.exchanges.find(stream) else { return };
        let Some(exchange) = self.exchanges.take(place) else { return };
        self.timers.clear(Timer::Stream(place));
        self.abort(&exchange);
    }

    fn abort(&mut self, exchange: &Exchange) {
        let finished = matches!(exchange.phase, Phase::Awaiting { .. });
        self.send_on_stream(Outgoing::Abort { stream: exchange.stream, finished });
    }

    pub(crate) fn on_stream(&mut self, stream: StreamId, input: StreamInput<'_>) {
        let input = match input {
            StreamInput::Accepted { from } => return self.on_accepted(stream, from),
            input => input,
        };
        let Some(place) = self.exchanges.find(stream) else { return };
        match input {
            StreamInput::Accepted { .. } => {}
            StreamInput::Connected => self.on_connected(place),
            StreamInput::Data(bytes) => {
                self.pace(place, bytes.len());
                self.on_stream_data(place, bytes);
            }
            StreamInput::Written => self.on_written(place),
            StreamInput::Finished => self.on_finished(place),
            StreamInput::Failed => self.on_stream_failed(place),
        }
    }

    fn on_accepted(&mut self, stream: StreamId, from: Addr) {
        match self.accept(stream, from) {
            Ok(place) => {
                self.pace(place, 0);
                self.write_more(place);
            }
            Err(reason) => {
                self.stats.drop(reason);
                self.send_on_stream(Outgoing::Abort { stream, finished: false });
            }
        }
    }

    fn accept(&mut self, stream: StreamId, from: Addr) -> Result<u8, DropReason> {
        let from_there = self.exchanges.inbound().filter(|inbound| inbound.is_from(&from)).count();
        if from_there >= usize::from(self.config.streams_per_source) {
            return Err(DropReason::TooManyStreamsFromThere);
        }
        if self.exchanges.inbound().count() >= INBOUND_MAX || self.switches.fires(Site::TakesNoStream) {
            return Err(DropReason::TooManyStreams);
        }
        let (handshake, inbound) = (Handshake::accepting(&mut self.rng), Inbound::new(from, self.now));
        let phase = Phase::Listening(Question::None);
        self.exchanges.add(stream, phase, handshake, Some(inbound)).ok_or(DropReason::TooManyStreams)
    }

    /// What an inbound stream carries earns it time.
    fn pace(&mut self, place: u8, bytes: usize) {
        let exchange = self.exchanges.get_mut(place);
        if let Some(inbound) = exchange.and_then(|exchange| exchange.inbound.as_mut()) {
            inbound.carry(bytes);
            self.timers.set(Timer::Stream(place), inbound.deadline(&self.config));
        }
    }

    /// No stream has more time than settings allow that have become shorter.
    pub(crate) fn bring_streams_forward(&mut self) {
        let longest = self.now + self.config.stream_timeout;
        for place in 0..=u8::MAX {
            let Some(exchange) = self.exchanges.get_mut(place) else { continue };
            let inbound = exchange.inbound.as_ref();
            let latest = inbound.map_or(longest, |inbound| inbound.deadline(&self.config));
            self.bring_forward_to(Timer::Stream(place), latest);
        }
    }

    fn on_connected(&mut self, place: u8) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        if let Phase::Dialing(why) = exchange.phase {
            exchange.phase = Phase::Connected(why);
        }
        self.go_on(place, exchange);
    }

    /// Asks what we dialled for, once it is known who is there.
    fn go_on(&mut self, place: u8, mut exchange: Exchange) {
        let peer = exchange.handshake.peer();
        let mut asks = false;
        exchange.phase = match exchange.phase {
            Phase::Connected(why) if peer.is_some() => {
                asks = true;
                if let Why::Probe { nonce, .. } = why {
                    self.on_stream_greeted(nonce, peer);
                }
                Phase::Asking { writing: Writing::of(&why), why }
            }
            phase => phase,
        };
        self.put_back(place, exchange);
        if asks {
            self.write_more(place);
        }
    }

    /// Lets the next write be built, once the last is out.
    fn write_more(&mut self, place: u8) {
        let Some(exchange) = self.exchanges.get_mut(place) else { return };
        if !core::mem::replace(&mut exchange.is_writing, true) {
            let stream = exchange.stream;
            self.send_on_stream(Outgoing::Write { stream });
        }
    }

    /// The last write is out: the next, or the end of our direction.
    fn on_written(&mut self, place: u8) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        if self.switches.fires(Site::HangsUp) {
            return self.give_up(place, exchange, JoinFailure::Refused);
        }
        let stream = exchange.stream;
        exchange.is_writing = false;
        let done = exchange.writing().map(|writing| writing.is_done(&self.table));
        match exchange.phase {
            Phase::Asking { why, .. } if done == Some(true) => {
                exchange.phase = Phase::Awaiting { why, answered: None };
                self.put_back(place, exchange);
                self.send_on_stream(Outgoing::Finish { stream });
            }
            Phase::Answering(writing) if done == Some(true) => {
                self.timers.clear(Timer::Stream(place));
                self.send_on_stream(Outgoing::Finish { stream });
                add(&mut self.stats.syncs, u64::from(matches!(writing.opening, Opening::Sync)));
            }
            _ => {
                self.put_back(place, exchange);
                if done.is_some() {
                    self.write_more(place);
                }
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
            Ok(()) => self.go_on(place, exchange),
            Err(reason) => self.give_up(place, exchange, reason),
        }
    }

    fn read_frames(&mut self, exchange: &mut Exchange) -> Result<(), JoinFailure> {
        let Exchange { decoder, phase, handshake, .. } = exchange;
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => self.on_stream_frame(phase, handshake, frame)?,
                Ok(None) => return Ok(()),
                Err(_) => {
                    self.stats.drop(DropReason::FrameTooLong);
                    return Err(JoinFailure::BadAnswer);
                }
            }
        }
    }

    /// A frame that is not what belongs here ends the stream: unlike a datagram, it cannot be a stray.
    fn on_stream_frame(
        &mut self,
        phase: &mut Phase,
        handshake: &mut Handshake,
        frame: &mut [u8],
    ) -> Result<(), JoinFailure> {
        let frame = self.open(frame).map_err(|_| JoinFailure::BadAnswer)?;
        if frame.header.sender == self.id() {
            return self.refuse(DropReason::OwnFrame);
        }
        let read = handshake.read(&frame).or_else(|reason| self.refuse(reason))?;
        if handshake.is_done() {
            self.read_messages(phase, &frame, read)?;
            self.note_stream_frame(&frame);
            self.note_word();
        }
        Ok(())
    }

    /// Reads what is behind the handshake.
    fn read_messages(
        &mut self,
        phase: &mut Phase,
        frame: &Frame<'_>,
        from: usize,
    ) -> Result<(), JoinFailure> {
        let spread = self.spread_of(phase);
        for message in frame.messages().skip(from) {
            match message {
                Ok(Message::Sync(_)) => self.on_sync(phase, frame.header.sender)?,
                Ok(Message::Want(want)) => self.on_stream_want(phase, &want)?,
                Ok(Message::Ping(ping)) => self.on_stream_ping(phase, ping.nonce)?,
                Ok(Message::Ack(ack)) => self.on_pong(phase, frame.header.sender, ack.nonce)?,
                // One who is behind hears all we know in this very exchange.
                Ok(Message::Claim(claim)) => {
                    self.on_claim(frame.header.sender, &claim, spread, Word::Hearsay);
                }
                Ok(Message::Register(register)) => self.on_register(&register, spread),
                Ok(_) => return self.refuse(DropReason::OutOfPlace),
                Err(_) => return self.refuse(DropReason::Malformed),
            }
        }
        Ok(())
    }

    fn on_sync(&mut self, phase: &mut Phase, sender: MemberId) -> Result<(), JoinFailure> {
        match phase {
            Phase::Awaiting { why: Why::Join { .. } | Why::Repair { .. }, answered } => {
                *answered = Some(sender);
            }
            Phase::Listening(question @ Question::None) => {
                *question = Question::Records(None);
            }
            Phase::Awaiting { .. }
            | Phase::Listening(_)
            | Phase::Dialing(_)
            | Phase::Connected(_)
            | Phase::Asking { .. }
            | Phase::Answering(_) => return self.refuse(DropReason::OutOfPlace),
        }
        Ok(())
    }

    fn on_stream_ping(&mut self, phase: &mut Phase, nonce: Nonce) -> Result<(), JoinFailure> {
        let Phase::Listening(question @ Question::None) = phase else {
            return self.refuse(DropReason::OutOfPlace);
        };
        *question = Question::Ping(nonce);
        Ok(())
    }

    fn on_pong(&mut self, phase: &mut Phase, sender: MemberId, nonce: Nonce) -> Result<(), JoinFailure> {
        let Phase::Awaiting { why: Why::Probe { target, nonce: asked }, answered } = phase else {
            return self.refuse(DropReason::OutOfPlace);
        };
        if !self.on_stream_ack((*target, *asked), (sender, nonce)) {
            return self.refuse(DropReason::UnexpectedAnswer);
        }
        *answered = Some(sender);
        Ok(())
    }

    fn on_stream_want(&mut self, phase: &mut Phase, want: &Want<'_>) -> Result<(), JoinFailure> {
        let Phase::Listening(Question::Records(wanted)) = phase else {
            return self.refuse(DropReason::OutOfPlace);
        };
        *wanted = Some(want.sums().collect());
        Ok(())
    }

    fn refuse<T>(&mut self, reason: DropReason) -> Result<T, JoinFailure> {
        self.stats.drop(reason);
        Err(JoinFailure::BadAnswer)
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
            Phase::Listening(Question::Records(wanted)) if whole => {
                let differing = |wanted: Vec<_>| self.table.buckets().differing(wanted.into_iter());
                let tells_all = self.switches.fires(Site::TellsEverything);
                let buckets = wanted.filter(|_| !tells_all).map_or(Buckets::ALL, differing);
                exchange.phase = Phase::Answering(Writing::new(Opening::Sync, buckets));
                self.begin_answer(place, exchange);
            }
            Phase::Listening(Question::Ping(nonce)) if whole => {
                exchange.phase = Phase::Answering(Writing::alone(Opening::Ack(nonce)));
                self.begin_answer(place, exchange);
            }
            // Ours has ended too, and so has the stream.
            Phase::Awaiting { .. } if !planted(Bug::AbortsWhatIsOver) => {
                self.bury(place, exchange, JoinFailure::Refused);
            }
            _ => self.give_up(place, exchange, JoinFailure::Refused),
        }
    }

    fn begin_answer(&mut self, place: u8, exchange: Exchange) {
        self.put_back(place, exchange);
        self.write_more(place);
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
        let Some(exchange) = self.exchanges.take(place) else { return };
        if exchange.inbound.as_ref().is_some_and(|inbound| inbound.was_too_slow(&self.config, self.now)) {
            self.stats.drop(DropReason::SlowStream);
        }
        self.give_up(place, exchange, JoinFailure::TimedOut);
    }

    fn give_up(&mut self, place: u8, exchange: Exchange, reason: JoinFailure) {
        self.abort(&exchange);
        self.bury(place, exchange, reason);
    }

    fn bury(&mut self, place: u8, exchange: Exchange, reason: JoinFailure) {
        self.timers.clear(Timer::Stream(place));
        match exchange.phase {
            Phase::Dialing(why)
            | Phase::Connected(why)
            | Phase::Asking { why, .. }
            | Phase::Awaiting { why, .. } => match why {
                Why::Join { seed } => self.on_join_failed(seed, reason),
                Why::Probe { nonce, .. } => self.on_stream_probe_failed(nonce),
                Why::Repair { .. } => {}
            },
            Phase::Listening(_) | Phase::Answering(_) => {}
        }
    }

    /// Builds the next write of a stream: one frame, with as many records as fit.
    pub(crate) fn write_records(&mut self, stream: StreamId, buf: &mut Vec<u8>) -> Option<Transmit> {
        let place = self.exchanges.find(stream)?;
        let room =
            if self.switches.fires(Site::WritesLittle) { usize::from(DATAGRAM_LEAST) } else { WRITE_MAX };
        let Self { keyring, table, registers, exchanges, stats, headers, switches, .. } = self;
        let exchange = exchanges.get_mut(place)?;
        let header = headers.next(exchange.destination())?;
        // At once, for a buffer that grows by steps takes thrice as much for a moment.
        buf.reserve(WRITE_ROOM);
        let mut frame = keyring.stream_frame(&header, room, buf);
        switches.speak_of_more(&mut frame);
        match exchange.writing() {
            None => exchange.handshake.write(&mut frame).then_some(())?,
            Some(writing) => {
                let opens = !core::mem::replace(&mut writing.opened, true);
                let opening = writing.opening;
                if opens {
                    exchange.handshake.write(&mut frame).then_some(())?;
                    opening.write(table, &mut frame).then_some(())?;
                }
                let to = exchange.handshake.peer();
                let walk = &mut exchange.writing()?.walk;
                add(&mut stats.records_sent, records::fill(table, registers, to, walk, &mut frame));
                switches.speak_of_more(&mut frame);
            }
        }
        frame.seal();
        self.pace(place, buf.len());
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
        self.handshake.peer().map_or(Destination::UNKNOWN, MemberId::destination)
    }

    fn writing(&mut self) -> Option<&mut Writing> {
        match &mut self.phase {
            Phase::Asking { writing, .. } | Phase::Answering(writing) => Some(writing),
            Phase::Dialing(_) | Phase::Connected(_) | Phase::Awaiting { .. } | Phase::Listening(_) => None,
        }
    }
}
