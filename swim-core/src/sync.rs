//! Telling each other everything, over a stream: how a node joins, and how tables that differ are mended.
//!
//! The dialler writes all it knows and finishes; the acceptor merges it, answers with all it knows, and finishes.

use alloc::vec::Vec;

use swim_codec::limits::STREAM_FRAME_MAX;
use swim_codec::{Addr, Destination, Fingerprint, FrameWriter, MemberId, Message, StreamDecoder, Sync};

use crate::claim::claim_of;
use crate::events::JoinFailure;
use crate::merge::Spread;
use crate::outbox::Outgoing;
use crate::register_store::{Registers, message_of};
use crate::stats::{DropReason, add};
use crate::table::{MemberIndex, Row, Table};
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
    /// We write what we know, from this place of the table on.
    Asking { why: Why, from: usize },
    /// We finished and read the answer.
    Awaiting { why: Why, answered: bool },
    /// They dialled, and write what they know.
    Listening { asker: Option<MemberId> },
    /// They finished, and we write what we know, from this place of the table on.
    Answering { asker: MemberId, from: usize },
}

/// Why we dialled.
pub(crate) enum Why {
    Join { seed: Addr },
    Repair { member: MemberId },
}

/// Streams at a time.
const EXCHANGES_MAX: u8 = 64;
/// Bytes of records in one write: what a slow reader keeps us from sending is not even built.
const WRITE_MAX: usize = 64 * 1024;

/// Every exchange keeps its place while it lasts.
#[derive(Default)]
pub(crate) struct Exchanges {
    places: Vec<Option<Exchange>>,
    dialed: u64,
}

impl Exchanges {
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

    fn is_repairing(&self) -> bool {
        self.places.iter().flatten().any(|exchange| {
            matches!(
                exchange.phase,
                Phase::Dialing(Why::Repair { .. })
                    | Phase::Asking { why: Why::Repair { .. }, .. }
                    | Phase::Awaiting { why: Why::Repair { .. }, .. }
            )
        })
    }
}

impl Node {
    /// Exchanges everything with a member, one at a time.
    pub(crate) fn repair(&mut self, member: MemberId) {
        if self.is_leaving() || self.exchanges.is_repairing() {
            return;
        }
        let row = self.table.find_id(member).and_then(|index| self.table.get(index));
        if let Some(to) = row.map(|row| row.addr.clone()) {
            // Without a free place there are exchanges enough already.
            let _dialed = self.dial(Why::Repair { member }, to);
        }
    }

    /// Opens a stream; false if there are too many.
    pub(crate) fn dial(&mut self, why: Why, to: Addr) -> bool {
        let stream = StreamId::Dialed(self.exchanges.dialed);
        let Some(place) = self.exchanges.add(stream, Phase::Dialing(why)) else { return false };
        self.exchanges.dialed += 1;
        self.timers.set(Timer::Stream(place), self.now + self.config.stream_timeout);
        self.send_on_stream(Outgoing::Connect { stream, to });
        true
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
        match self.exchanges.add(stream, Phase::Listening { asker: None }) {
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
            exchange.phase = Phase::Asking { why, from: 0 };
            self.send_on_stream(Outgoing::Write { stream: exchange.stream });
        }
        self.put_back(place, exchange);
    }

    /// The last write is out: the next, or the end of our direction.
    fn on_written(&mut self, place: u8) {
        let Some(mut exchange) = self.exchanges.take(place) else { return };
        let stream = exchange.stream;
        let done = self.table.places();
        match exchange.phase {
            Phase::Asking { why, from } if from >= done => {
                exchange.phase = Phase::Awaiting { why, answered: false };
                self.put_back(place, exchange);
                self.send_on_stream(Outgoing::Finish { stream });
            }
            Phase::Answering { from, .. } if from >= done => {
                self.timers.clear(Timer::Stream(place));
                self.send_on_stream(Outgoing::Finish { stream });
                add(&mut self.stats.syncs, 1);
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
        let spread = self.spread_of(phase);
        for message in frame.messages() {
            match message {
                Ok(Message::Sync(_)) => self.on_sync(phase, frame.header.sender)?,
                // One who is behind hears all we know in this very exchange.
                Ok(Message::Claim(claim)) => drop(self.on_claim(&claim, spread)),
                Ok(Message::Register(register)) => self.on_register(&register, spread),
                Ok(_) => return self.refuse(DropReason::OutOfPlace),
                Err(_) => return self.refuse(DropReason::Malformed),
            }
        }
        Ok(())
    }

    fn on_sync(&mut self, phase: &mut Phase, sender: MemberId) -> Result<(), ()> {
        match phase {
            Phase::Awaiting { answered, .. } => *answered = true,
            Phase::Listening { asker } => *asker = Some(sender),
            Phase::Dialing(_) | Phase::Asking { .. } | Phase::Answering { .. } => {
                return self.refuse(DropReason::OutOfPlace);
            }
        }
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
            Phase::Awaiting { why, answered: true } if whole => {
                self.timers.clear(Timer::Stream(place));
                add(&mut self.stats.syncs, 1);
                if let Why::Join { seed } = why {
                    self.on_joined(seed);
                }
            }
            Phase::Listening { asker: Some(asker) } if whole => {
                exchange.phase = Phase::Answering { asker, from: 0 };
                self.send_on_stream(Outgoing::Write { stream: exchange.stream });
                self.put_back(place, exchange);
            }
            _ => self.give_up(place, exchange, JoinFailure::Refused),
        }
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
            Phase::Dialing(why) | Phase::Asking { why, .. } | Phase::Awaiting { why, .. } => {
                if let Why::Join { seed } = why {
                    self.on_join_failed(seed, reason);
                }
            }
            Phase::Listening { .. } | Phase::Answering { .. } => {}
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
        let fingerprint = Fingerprint::from_u64(self.table.fingerprint());
        let Self { keyring, table, registers, exchanges, .. } = self;
        let mut frame = keyring.stream_frame(&header, WRITE_MAX, buf);
        let from = exchanges.get_mut(place)?.from()?;
        if *from == 0 {
            frame.push(&Message::Sync(Sync { fingerprint })).then_some(())?;
        }
        while *from < table.places() && write_row(table, registers, *from, &mut frame) {
            *from += 1;
        }
        frame.seal();
        Some(Transmit::Write { stream })
    }
}

impl Exchange {
    fn destination(&self) -> Destination {
        match &self.phase {
            Phase::Answering { asker: peer, .. }
            | Phase::Asking { why: Why::Repair { member: peer }, .. } => peer.destination(),
            _ => Destination::UNKNOWN,
        }
    }

    fn from(&mut self) -> Option<&mut usize> {
        match &mut self.phase {
            Phase::Asking { from, .. } | Phase::Answering { from, .. } => Some(from),
            Phase::Dialing(_) | Phase::Awaiting { .. } | Phase::Listening { .. } => None,
        }
    }
}

/// One member with its registers, whole or not at all. Who was gone before we heard of it is not passed on: such
/// hearsay would otherwise go round for ever.
fn write_row(table: &Table, registers: &Registers, place: usize, frame: &mut FrameWriter<'_>) -> bool {
    let index = u32::try_from(place).map(MemberIndex::new).ok();
    let Some(row) = index.and_then(|index| table.get(index)).filter(|row| row.announced) else { return true };
    let before = frame.mark();
    let fits = frame.push(&Message::Claim(claim_of(row))) && write_registers(table, registers, row, frame);
    if !fits {
        frame.rollback(before);
    }
    fits
}

fn write_registers(table: &Table, registers: &Registers, row: &Row, frame: &mut FrameWriter<'_>) -> bool {
    let mut messages = row.registers.places().iter().filter_map(|&place| {
        let register = registers.get(place)?;
        message_of(register, table)
    });
    messages.all(|message| frame.push(&Message::Register(message)))
}
