//! A machine that is no protocol: it answers pings, echoes streams, and does otherwise as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};

/// Longer than any test: a toy with nothing to do.
const FAR: Duration = Duration::from_secs(100_000);

#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    Datagram(Addr, Vec<u8>),
    Alarm,
    Accepted(StreamId),
    Connected(StreamId),
    /// The peer finished after sending this.
    Received(StreamId, Vec<u8>),
    Failed(StreamId),
}

#[derive(Default)]
pub struct Toy {
    now: Instant,
    ended: bool,
    alarm: Option<Instant>,
    abort: Option<(Instant, StreamId)>,
    dials: u64,
    exchanges: BTreeMap<StreamId, Exchange>,
    output: VecDeque<(Transmit, Vec<u8>)>,
    events: VecDeque<Seen>,
}

/// One stream. A dialler writes what it was given, an acceptor writes what it got.
#[derive(Default)]
struct Exchange {
    received: Vec<u8>,
    unwritten: Vec<u8>,
    writing: bool,
    /// No more will come to be written.
    complete: bool,
}

impl Toy {
    pub fn send(&mut self, to: Addr, datagram: &[u8]) {
        self.output.push_back((Transmit::Datagram { to }, datagram.to_vec()));
    }

    pub fn dial(&mut self, to: Addr, message: Vec<u8>) -> StreamId {
        let stream = self.dial_and_hold(to);
        self.exchanges.insert(stream, Exchange { unwritten: message, complete: true, ..Exchange::default() });
        stream
    }

    /// Dials and then does nothing.
    pub fn dial_and_hold(&mut self, to: Addr) -> StreamId {
        self.dials += 1;
        let stream = StreamId::Dialed(self.dials);
        self.output.push_back((Transmit::Connect { stream, to }, vec![]));
        stream
    }

    pub fn write(&mut self, stream: StreamId, bytes: Vec<u8>) {
        self.output.push_back((Transmit::Write { stream }, bytes));
    }

    pub fn abort_at(&mut self, at: Instant, stream: StreamId) {
        self.abort = Some((at, stream));
    }

    pub fn alarm_at(&mut self, at: Instant) {
        self.alarm = Some(at);
    }

    pub fn end(&mut self) {
        self.ended = true;
    }

    fn pump(&mut self, stream: StreamId) {
        let Some(exchange) = self.exchanges.get_mut(&stream) else { return };
        if exchange.writing {
            return;
        }
        if !exchange.unwritten.is_empty() {
            exchange.writing = true;
            self.output.push_back((Transmit::Write { stream }, std::mem::take(&mut exchange.unwritten)));
        } else if exchange.complete {
            exchange.writing = true; // for good
            self.output.push_back((Transmit::Finish { stream }, vec![]));
        }
    }
}

impl Machine for Toy {
    type Event = Seen;

    fn handle_datagram(&mut self, _now: Instant, from: &Addr, datagram: &mut [u8]) {
        if datagram == b"panic" {
            panic!("the toy was asked to panic");
        }
        if datagram.starts_with(b"ping") {
            datagram[1] = b'o';
            self.send(from.clone(), datagram);
        } else {
            self.events.push_back(Seen::Datagram(from.clone(), datagram.to_vec()));
        }
    }

    fn handle_stream(&mut self, _now: Instant, stream: StreamId, input: StreamInput<'_>) {
        match input {
            StreamInput::Accepted { .. } => {
                self.exchanges.insert(stream, Exchange::default());
                self.events.push_back(Seen::Accepted(stream));
            }
            StreamInput::Connected => self.events.push_back(Seen::Connected(stream)),
            StreamInput::Data(bytes) => {
                let Some(exchange) = self.exchanges.get_mut(&stream) else { return };
                exchange.received.extend_from_slice(bytes);
                if matches!(stream, StreamId::Accepted(_)) {
                    exchange.unwritten.extend_from_slice(bytes);
                }
            }
            StreamInput::Written => {
                if let Some(exchange) = self.exchanges.get_mut(&stream) {
                    exchange.writing = false;
                }
            }
            StreamInput::Finished => {
                let Some(exchange) = self.exchanges.get_mut(&stream) else { return };
                exchange.complete = true;
                let received = std::mem::take(&mut exchange.received);
                self.events.push_back(Seen::Received(stream, received));
            }
            StreamInput::Failed => {
                self.exchanges.remove(&stream);
                self.events.push_back(Seen::Failed(stream));
            }
        }
        self.pump(stream);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if self.alarm.take_if(|at| *at <= now).is_some() {
            self.events.push_back(Seen::Alarm);
        }
        if let Some((_, stream)) = self.abort.take_if(|(at, _)| *at <= now) {
            self.exchanges.remove(&stream);
            self.output.push_back((Transmit::Abort { stream }, vec![]));
        }
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        let (transmit, bytes) = self.output.pop_front()?;
        buf.clear();
        buf.extend_from_slice(&bytes);
        Some(transmit)
    }

    fn poll_event(&mut self) -> Option<Seen> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if !self.output.is_empty() {
            return Some(self.now);
        }
        let deadlines = [Some(self.now + FAR), self.alarm, self.abort.as_ref().map(|(at, _)| *at)];
        if self.ended { None } else { deadlines.into_iter().flatten().min() }
    }
}
