//! A peer under a stopwatch.

use std::collections::VecDeque;
use std::time::{Duration, Instant as Clock};

use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};

use crate::allocated;
use crate::peer::Peer;
use crate::repeat::counted;

/// A peer whose calls are measured, from an input to the last byte of its output. What the simulator does with them
/// is not.
pub(crate) struct Watched<P: Peer> {
    pub(crate) peer: P,
    pub(crate) bill: Bill,
    sent: VecDeque<(Transmit, Vec<u8>)>,
    spare: Vec<Vec<u8>>,
}

/// What a peer has cost since [`Watched::begin`].
#[derive(Default)]
pub(crate) struct Bill {
    running: bool,
    /// Of each packet that came in, with its answers.
    pub(crate) packets: Vec<u32>,
    /// Of everything, timers included.
    pub(crate) time: Duration,
    pub(crate) calls: u64,
    pub(crate) allocations: u64,
    pub(crate) sent: u64,
    pub(crate) bytes: u64,
}

impl<P: Peer> Watched<P> {
    pub(crate) fn new(peer: P) -> Self {
        Self { peer, bill: Bill::default(), sent: VecDeque::new(), spare: Vec::new() }
    }

    pub(crate) fn begin(&mut self) {
        self.bill = Bill { running: true, ..Bill::default() };
    }

    /// Frees the buffers that the stopwatch itself keeps.
    pub(crate) fn give_back(&mut self) {
        self.spare = Vec::new();
    }

    #[allow(clippy::disallowed_methods, reason = "it measures")]
    fn call(&mut self, is_packet: bool, call: impl FnOnce(&mut P)) {
        if !self.bill.running {
            call(&mut self.peer);
            return self.take_output();
        }
        let mut took = Duration::ZERO;
        let allocated = allocated::measure(|| {
            let begun = Clock::now();
            counted(|| {
                call(&mut self.peer);
                self.take_output();
            });
            took = begun.elapsed();
        });
        self.bill.time += took;
        self.bill.calls += 1;
        self.bill.allocations += allocated.count;
        if is_packet {
            self.bill.packets.push(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX));
        }
    }

    fn take_output(&mut self) {
        loop {
            let mut buf = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(2_048));
            let Some(transmit) = self.peer.poll_transmit(&mut buf) else { return self.spare.push(buf) };
            if let Transmit::Datagram { .. } = transmit {
                self.bill.sent += 1;
                self.bill.bytes += buf.len() as u64;
            }
            self.sent.push_back((transmit, buf));
        }
    }
}

impl<P: Peer> Machine for Watched<P> {
    type Event = P::Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        self.call(true, |peer| peer.handle_datagram(now, from, datagram));
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        self.call(false, |peer| peer.handle_stream(now, stream, input));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.call(false, |peer| peer.handle_timeout(now));
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        if self.sent.is_empty() {
            self.take_output();
        }
        let (transmit, bytes) = self.sent.pop_front()?;
        buf.clear();
        buf.extend_from_slice(&bytes);
        self.spare.push(bytes);
        Some(transmit)
    }

    fn poll_event(&mut self) -> Option<P::Event> {
        self.peer.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peer.poll_timeout()
    }
}
