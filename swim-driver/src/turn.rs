//! One turn of a driver, with the lock in its hands.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;

use socket2::Socket;
use swim_core::{Instant, Machine, StreamId};

use crate::clock::Clock;
use crate::io::{Io, Progress};
use crate::lock::Guard;
use crate::state::{Life, Shared, State};
use crate::streams::Stream;

/// What an adapter's task or thread holds while it drives a machine. When it is dropped the machine has ended and those
/// who wait for its end are told: so drop it last, behind all descriptors.
pub struct Driving<M: Machine>(pub(crate) Arc<Shared<M>>);

/// Everything that an adapter waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The datagram socket.
    Datagrams,
    /// The listener.
    Listener,
    /// A stream.
    Stream(StreamId),
}

/// What is waited for at a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Until [`Turn::read`] makes sense.
    pub read: bool,
    /// Until [`Turn::write`] makes sense.
    pub write: bool,
}

/// One turn: feed with [`read`](Self::read) and [`write`](Self::write), then [`settle`](Self::settle), then look at
/// [`sources`](Self::sources) for what to wait for.
pub struct Turn<'a, M: Machine> {
    state: Guard<'a, State<M>>,
    now: Instant,
}

impl<M: Machine> Driving<M> {
    /// Begins a turn; `None` at the end. `waker` is woken when there is something to do before the deadline.
    #[must_use]
    pub fn turn(&self, waker: &Waker) -> Option<Turn<'_, M>> {
        let mut state = self.0.lock();
        let State { life: Life::Running { io, driver, sleeps_until }, later, .. } = &mut *state else {
            return None;
        };
        io.stats.turns += 1;
        *sleeps_until = Instant::ZERO;
        later.renew(driver, waker);
        Some(Turn { state, now: self.0.clock.now() })
    }

    /// The machine's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.0.clock
    }
}

impl<M: Machine> Drop for Driving<M> {
    fn drop(&mut self) {
        self.0.lock().go();
    }
}

impl<M: Machine> Turn<'_, M> {
    /// Feeds the machine what can be read from a source, up to a bound.
    pub fn read(&mut self, source: Source) -> Progress {
        let State { machine, life: Life::Running { io, .. }, .. } = &mut *self.state else {
            return Progress::Drained;
        };
        match source {
            Source::Datagrams => io.receive(machine, self.now),
            Source::Listener => io.accept(machine, self.now),
            Source::Stream(stream) => io.read(machine, self.now, stream),
        }
    }

    /// Writes to a source what it takes, up to a bound, and tells the machine.
    pub fn write(&mut self, source: Source) -> Progress {
        let State { machine, life: Life::Running { io, .. }, .. } = &mut *self.state else {
            return Progress::Drained;
        };
        match source {
            Source::Datagrams | Source::Listener => Progress::Drained,
            Source::Stream(stream) => io.write(machine, self.now, stream),
        }
    }

    /// A stream that cannot be waited for is lost; the sockets are bound again.
    pub fn fail(&mut self, source: Source) {
        let State { machine, life: Life::Running { io, .. }, .. } = &mut *self.state else { return };
        match source {
            Source::Datagrams | Source::Listener => io.lose(self.now),
            Source::Stream(stream) => io.fail(machine, self.now, stream),
        }
    }

    /// [`handle_timeout`](Machine::handle_timeout), flush and forward; answers when the next turn is due at the latest:
    /// at once if there is something new to wait for; `None` at the end.
    pub fn settle(&mut self) -> Option<Instant> {
        let deadline = self.state.settle(self.now)?;
        let Life::Running { io, sleeps_until, .. } = &mut self.state.life else { return None };
        let deadline = if std::mem::take(&mut io.news) { self.now } else { deadline };
        *sleeps_until = deadline;
        Some(deadline)
    }

    /// All that there is to wait for.
    pub fn sources(&self) -> impl Iterator<Item = (Source, &Arc<Socket>)> {
        self.io().into_iter().flat_map(|io| {
            let datagrams = io.datagrams().map(|socket| (Source::Datagrams, socket));
            let listener = io.listener().map(|socket| (Source::Listener, socket));
            let streams = io.streams.iter().map(|(id, stream)| (Source::Stream(id), &stream.socket));
            datagrams.into_iter().chain(listener).chain(streams)
        })
    }

    /// The socket of a source, while it is there.
    #[must_use]
    pub fn socket(&self, source: Source) -> Option<&Arc<Socket>> {
        let io = self.io()?;
        match source {
            Source::Datagrams => io.datagrams(),
            Source::Listener => io.listener(),
            Source::Stream(stream) => io.streams.get(stream).map(|stream| &stream.socket),
        }
    }

    /// What to wait for at a source.
    #[must_use]
    pub fn interest(&self, source: Source) -> Interest {
        match source {
            Source::Datagrams | Source::Listener => Interest { read: true, write: false },
            Source::Stream(stream) => {
                let stream = self.io().and_then(|io| io.streams.get(stream));
                Interest {
                    read: stream.is_some_and(Stream::wants_to_read),
                    write: stream.is_some_and(Stream::wants_to_write),
                }
            }
        }
    }

    fn io(&self) -> Option<&Io> {
        match &self.state.life {
            Life::Running { io, .. } => Some(io),
            Life::Ended { .. } | Life::Gone { .. } => None,
        }
    }
}

impl<M: Machine> fmt::Debug for Driving<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driving").finish_non_exhaustive()
    }
}

impl<M: Machine> fmt::Debug for Turn<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}
