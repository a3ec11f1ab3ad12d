//! The one lock around a machine, and what it protects.

use std::mem;
use std::task::Waker;

use swim_core::{Addr, Instant, Machine};

use crate::clock::Clock;
use crate::io::Io;
use crate::limits::IoStats;
use crate::lock::{Guard, Later, Lock, Locked};
use crate::waiters::Waiters;

/// What everybody who has to do with one machine shares.
pub(crate) struct Shared<M: Machine> {
    state: Lock<State<M>>,
    pub(crate) clock: Clock,
    pub(crate) local_addr: Addr,
}

pub(crate) struct State<M: Machine> {
    pub(crate) machine: M,
    pub(crate) life: Life,
    pub(crate) outlet: Outlet<M::Event>,
    /// Who waits for another number than this.
    pub(crate) watchers: Waiters<Version<M>>,
    /// Who waits for the driver to be gone.
    pub(crate) mourners: Waiters<()>,
    pub(crate) later: Later,
}

pub(crate) enum Life {
    Running {
        io: Box<Io>,
        /// Wakes the driver; `None` once that is done, until its next turn.
        driver: Option<Waker>,
        /// When the driver will look at the machine by itself: zero while it does.
        sleeps_until: Instant,
    },
    /// The machine has ended or was shut down: its sockets are closed, but for those that the driver still holds.
    Ended { stats: IoStats },
    /// The driver has let go of everything.
    Gone { stats: IoStats },
}

/// Whether somebody waits for an event. Only then is one taken out of the machine: so nobody is woken in vain.
pub(crate) enum Outlet<E> {
    Idle,
    Awaited(Waker),
    Full(E),
}

/// A number that changes, as it was when it was seen last.
pub(crate) struct Version<M> {
    pub(crate) of: fn(&M) -> u64,
    pub(crate) seen: u64,
}

impl<M: Machine> Shared<M> {
    pub(crate) fn new(machine: M, io: Io, local_addr: Addr) -> Self {
        let state = State {
            machine,
            life: Life::Running { io: Box::new(io), driver: None, sleeps_until: Instant::ZERO },
            outlet: Outlet::Idle,
            watchers: Waiters::default(),
            mourners: Waiters::default(),
            later: Later::default(),
        };
        Self { state: Lock::new(state), clock: Clock::start(), local_addr }
    }

    /// Takes the one lock.
    pub(crate) fn lock(&self) -> Guard<'_, State<M>> {
        self.state.lock()
    }
}

impl<M: Machine> Locked for State<M> {
    fn later(&mut self) -> &mut Later {
        &mut self.later
    }

    /// Nobody knows in what state the machine was left, so it is not driven on.
    fn panicked(&mut self) {
        self.end();
    }
}

impl<M: Machine> State<M> {
    /// Steps 3 to 5, by whoever fed the machine; answers when the driver must be there again, `None` at the end.
    pub(crate) fn settle(&mut self, now: Instant) -> Option<Instant> {
        let Life::Running { io, .. } = &mut self.life else { return None };
        io.handle_timeout(&mut self.machine, now);
        self.machine.handle_timeout(now);
        io.flush(&mut self.machine, now);
        self.forward();
        let deadline = self.deadline();
        if deadline.is_none() {
            self.end();
        }
        deadline
    }

    /// Hands the next event to the reader, if there is one of each, and wakes those whose number has changed.
    fn forward(&mut self) {
        if matches!(self.outlet, Outlet::Awaited(_))
            && let Some(event) = self.machine.poll_event()
            && let Outlet::Awaited(reader) = mem::replace(&mut self.outlet, Outlet::Full(event))
        {
            self.later.wake([reader]);
        }
        let changed = |version: &Version<M>| (version.of)(&self.machine) != version.seen;
        self.later.wake(self.watchers.take_those(changed));
    }

    fn deadline(&self) -> Option<Instant> {
        let Life::Running { io, .. } = &self.life else { return None };
        let machine = self.machine.poll_timeout()?;
        Some(io.next_deadline().map_or(machine, |io| io.min(machine)))
    }

    /// Wakes the driver if it would sleep past `deadline` or has a stream to look after.
    pub(crate) fn wake_driver_by(&mut self, deadline: Instant) {
        let Life::Running { io, driver, sleeps_until } = &mut self.life else { return };
        if deadline < *sleeps_until || io.news {
            *sleeps_until = Instant::ZERO;
            self.later.wake(driver.take());
        }
    }

    /// Closes everything that is not in the driver's own hands, and lets it go. Harmless when repeated.
    pub(crate) fn end(&mut self) {
        let Life::Running { io, driver, .. } = &mut self.life else { return };
        self.later.wake(driver.take());
        self.life = Life::Ended { stats: io.stats };
        self.tell_of_the_end();
    }

    /// The driver has gone, by itself or because its task or thread was ended.
    pub(crate) fn go(&mut self) {
        self.end();
        self.life = Life::Gone { stats: self.stats() };
        self.tell_of_the_end();
    }

    fn tell_of_the_end(&mut self) {
        self.later.wake(self.mourners.take_those(|()| true));
        self.later.wake(self.watchers.take_those(|_| true));
        if let Outlet::Awaited(_) = self.outlet
            && let Outlet::Awaited(reader) = mem::replace(&mut self.outlet, Outlet::Idle)
        {
            self.later.wake([reader]);
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.life, Life::Running { .. })
    }

    pub(crate) fn stats(&self) -> IoStats {
        match &self.life {
            Life::Running { io, .. } => io.stats,
            Life::Ended { stats } | Life::Gone { stats } => *stats,
        }
    }
}
