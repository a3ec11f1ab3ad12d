//! A machine that keeps what it hears and sends what it is given, and a driver without an adapter.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses its part")]

use std::task::Waker;
use std::time::Duration;

use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};
use swim_driver::{Driving, Progress, Source};

#[derive(Default)]
pub struct Quiet {
    now: Instant,
    pub heard: Vec<(Addr, Vec<u8>)>,
    pub to_send: Vec<Addr>,
}

impl Machine for Quiet {
    type Event = ();

    fn handle_datagram(&mut self, _now: Instant, from: &Addr, datagram: &mut [u8]) {
        self.heard.push((from.clone(), datagram.to_vec()));
    }

    fn handle_stream(&mut self, _now: Instant, _stream: StreamId, _input: StreamInput<'_>) {}

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        buf.clear();
        buf.extend_from_slice(b"hello");
        self.to_send.pop().map(|to| Transmit::Datagram { to })
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(self.now + Duration::from_secs(100_000))
    }
}

/// One turn that takes in whatever has come; answers when the next is due.
pub fn turn(driving: &Driving<Quiet>) -> Instant {
    let mut turn = driving.turn(Waker::noop()).expect("it runs");
    for source in [Source::Datagrams, Source::Listener] {
        while turn.read(source) == Progress::More {}
    }
    turn.settle().expect("it runs on")
}
