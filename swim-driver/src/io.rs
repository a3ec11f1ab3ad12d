//! All that touches descriptors: the two sockets, the streams, and the buffers.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Socket};
use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};

use crate::address;
use crate::datagrams::{self, Received, Sent};
use crate::limits::{IoStats, Limits};
use crate::sockets::{Plan, Sockets};
use crate::streams::{Step, Streams};

/// Datagrams received before anything else gets its turn.
const DATAGRAMS_AT_ONCE: usize = 64;
/// Connections accepted before anything else gets its turn.
const ACCEPTS_AT_ONCE: usize = 16;
/// The largest datagram that UDP can carry, and how much of a stream is read at once.
const BUFFER: usize = 65_535;
/// How long to leave the listener alone when descriptors have run out: it would stay readable meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long to wait before sockets that broke are bound again.
const REBIND_PAUSE: Duration = Duration::from_millis(100);

/// Whether there may be more where something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// The operating system had nothing more: wait until it says that it has.
    Drained,
    /// There may be more, and something else comes first.
    More,
}

pub(crate) struct Io {
    pub(crate) place: Place,
    pub(crate) streams: Streams,
    pub(crate) stats: IoStats,
    /// Whether there is something new to wait for, so that the driver must look at its sources again.
    pub(crate) news: bool,
    plan: Plan,
    domain: Domain,
    limits: Limits,
    accept_after: Option<Instant>,
    buffer: Box<[u8]>,
    scratch: Vec<u8>,
}

/// Where the sockets are, if they are.
pub(crate) enum Place {
    Bound(Sockets),
    /// They broke and are bound again at this time.
    Lost {
        retry: Instant,
    },
}

impl Io {
    pub(crate) fn new(sockets: Sockets, limits: Limits) -> Self {
        let plan = sockets.plan();
        Self {
            domain: address::domain(&plan.addr),
            plan,
            place: Place::Bound(sockets),
            streams: Streams::default(),
            stats: IoStats::default(),
            news: true,
            limits,
            accept_after: None,
            buffer: vec![0; BUFFER].into(),
            scratch: Vec::new(),
        }
    }

    pub(crate) fn datagrams(&self) -> Option<&Arc<Socket>> {
        match &self.place {
            Place::Bound(sockets) => Some(&sockets.datagrams),
            Place::Lost { .. } => None,
        }
    }

    /// `None` also while accepting pauses, or as many are accepted as may be: whoever dials then waits in the backlog, and
    /// one who dials without end costs nothing.
    pub(crate) fn listener(&self) -> Option<&Arc<Socket>> {
        match &self.place {
            Place::Bound(sockets) if self.accept_after.is_none() && self.streams.may_accept(&self.limits) => {
                Some(&sockets.listener)
            }
            Place::Bound(_) | Place::Lost { .. } => None,
        }
    }

    /// When something here must be looked at again, whatever the machine says.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let rebind = match self.place {
            Place::Lost { retry } => Some(retry),
            Place::Bound(_) => None,
        };
        [rebind, self.accept_after, self.streams.next_deadline()].into_iter().flatten().min()
    }

    /// What time alone brings about.
    pub(crate) fn handle_timeout<M: Machine>(&mut self, machine: &mut M, now: Instant) {
        self.news |= self.accept_after.take_if(|after| *after <= now).is_some();
        while let Some(stream) = self.streams.first_expired(now) {
            self.stats.streams_expired += 1;
            self.fail(machine, now, stream);
        }
        if matches!(self.place, Place::Lost { retry } if retry <= now) {
            self.rebind(now);
        }
    }

    fn rebind(&mut self, now: Instant) {
        self.news = true;
        self.place = match self.plan.bind() {
            Ok(sockets) => {
                self.stats.rebinds += 1;
                Place::Bound(sockets)
            }
            Err(_) => Place::Lost { retry: now + REBIND_PAUSE },
        };
    }

    pub(crate) fn lose(&mut self, now: Instant) {
        self.place = Place::Lost { retry: now + REBIND_PAUSE };
    }
}

/// Input.
impl Io {
    pub(crate) fn receive<M: Machine>(&mut self, machine: &mut M, now: Instant) -> Progress {
        let Some(socket) = self.datagrams().cloned() else { return Progress::Drained };
        for _ in 0..DATAGRAMS_AT_ONCE {
            match datagrams::receive(&socket, &mut self.buffer) {
                Received::Datagram { len, from } => {
                    self.stats.datagrams_received += 1;
                    machine.handle_datagram(now, &from, &mut self.buffer[..len]);
                }
                Received::Unnamed => self.stats.unnamed_senders += 1,
                Received::Empty => return Progress::Drained,
                Received::Error => self.stats.receive_errors += 1,
                Received::Broken => {
                    self.stats.receive_errors += 1;
                    self.lose(now);
                    return Progress::Drained;
                }
            }
        }
        Progress::More
    }

    pub(crate) fn accept<M: Machine>(&mut self, machine: &mut M, now: Instant) -> Progress {
        if self.listener().is_none() {
            return Progress::Drained;
        }
        for _ in 0..ACCEPTS_AT_ONCE {
            // The operating system may have more, and there may be room for it when this turn is over.
            let Some(listener) = self.listener() else { break };
            match listener.accept() {
                Ok((socket, from)) => {
                    // A Unix socket that dials has no name; the listener's stands for it.
                    let from = from.as_socket().map_or_else(|| self.plan.addr.clone(), Addr::from);
                    self.admit(machine, now, socket, from);
                }
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::AGAIN) => return Progress::Drained,
                    error => self.refuse_to_accept(now, error),
                },
            }
        }
        Progress::More
    }

    fn refuse_to_accept(&mut self, now: Instant, error: Option<Errno>) {
        self.stats.accept_errors += 1;
        match error {
            Some(error) if datagrams::out_of_resources(error) => self.accept_after = Some(now + ACCEPT_PAUSE),
            Some(error) if datagrams::is_broken(error) => self.lose(now),
            _ => {}
        }
    }

    /// Refused, a connection is closed and the machine never hears of it.
    fn admit<M: Machine>(&mut self, machine: &mut M, now: Instant, socket: Socket, from: Addr) {
        match self.streams.admit(&self.limits, now, socket) {
            Ok(stream) => {
                self.news = true;
                self.stats.streams_opened += 1;
                machine.handle_stream(now, stream, StreamInput::Accepted { from });
            }
            Err(_) => self.stats.streams_refused += 1,
        }
    }

    pub(crate) fn read<M: Machine>(&mut self, machine: &mut M, now: Instant, stream: StreamId) -> Progress {
        let step = self.streams.read(stream, &mut self.buffer);
        self.tell(machine, now, stream, step)
    }

    pub(crate) fn write<M: Machine>(&mut self, machine: &mut M, now: Instant, stream: StreamId) -> Progress {
        let step = self.streams.advance(stream);
        self.tell(machine, now, stream, step)
    }

    fn tell<M: Machine>(&mut self, machine: &mut M, now: Instant, stream: StreamId, step: Step) -> Progress {
        let input = match step {
            Step::Nothing => return Progress::Drained,
            Step::Partly => return Progress::More,
            Step::Connected => StreamInput::Connected,
            Step::Written => StreamInput::Written,
            Step::Data(len) => StreamInput::Data(&mut self.buffer[..len]),
            Step::Finished => StreamInput::Finished,
            Step::TooLong => {
                self.stats.streams_oversized += 1;
                self.fail(machine, now, stream);
                return Progress::More;
            }
            Step::Failed => {
                self.fail(machine, now, stream);
                return Progress::More;
            }
        };
        machine.handle_stream(now, stream, input);
        Progress::More
    }

    pub(crate) fn fail<M: Machine>(&mut self, machine: &mut M, now: Instant, stream: StreamId) {
        self.streams.cut(stream);
        self.news = true; // somebody may wait for its place
        machine.handle_stream(now, stream, StreamInput::Failed);
    }
}

/// Output.
impl Io {
    /// Carries out all that the machine wants; its own bounds are what bounds this loop.
    pub(crate) fn flush<M: Machine>(&mut self, machine: &mut M, now: Instant) {
        while let Some(transmit) = machine.poll_transmit(&mut self.scratch) {
            if let Err(stream) = self.carry_out(transmit, now) {
                self.fail(machine, now, stream);
            }
        }
    }

    /// Answers the stream that is lost by it, if one is.
    fn carry_out(&mut self, transmit: Transmit, now: Instant) -> Result<(), StreamId> {
        self.news |= !matches!(transmit, Transmit::Datagram { .. });
        match transmit {
            Transmit::Datagram { to } => self.send(&to, now),
            Transmit::Connect { stream, to } => self.dial(now, stream, &to)?,
            Transmit::Write { stream } => self.streams.write(stream, mem::take(&mut self.scratch))?,
            Transmit::Finish { stream } => self.streams.finish(stream)?,
            Transmit::Abort { stream } => self.streams.cut(stream),
        }
        Ok(())
    }

    fn send(&mut self, to: &Addr, now: Instant) {
        let Some(socket) = self.datagrams() else {
            self.stats.send_errors += 1;
            return;
        };
        match datagrams::send(socket, self.domain, to, &self.scratch) {
            Sent::Whole => self.stats.datagrams_sent += 1,
            Sent::Full => self.stats.buffers_full += 1,
            Sent::Refused => self.stats.send_errors += 1,
            Sent::Broken => {
                self.stats.send_errors += 1;
                self.lose(now);
            }
        }
    }

    fn dial(&mut self, now: Instant, stream: StreamId, to: &Addr) -> Result<(), StreamId> {
        let to = address::on_own_link(&self.plan.addr, to);
        match self.streams.dial(&self.limits, now, stream, &to) {
            Ok(()) => {
                self.stats.streams_opened += 1;
                Ok(())
            }
            Err(_) => {
                self.stats.streams_refused += 1;
                Err(stream)
            }
        }
    }
}
