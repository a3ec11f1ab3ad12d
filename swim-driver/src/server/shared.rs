//! What a server, its driver and its handlers share.

use std::sync::Arc;
use std::task::Waker;

use socket2::Socket;
use swim_core::{Addr, Instant};
use tracing::warn;

use super::ancillary::Received;
use super::clients::{Admission, Arrival, ClientId, Clients};
use super::options::{Options, Stats, Unnamed};
use crate::clock::Clock;
use crate::lock::{Guard, Later, Lock, Locked};
use crate::waiters::Waiters;

pub(super) struct Shared {
    state: Lock<State>,
    pub(super) clock: Clock,
    pub(super) local_addr: Addr,
    pub(super) options: Options,
}

pub(super) struct State {
    pub(super) clients: Clients,
    pub(super) stats: Stats,
    pub(super) life: Life,
    /// Who waits until nothing is left.
    pub(super) mourners: Waiters<()>,
    pub(super) later: Later,
}

pub(super) enum Life {
    Running {
        socket: Arc<Socket>,
        /// Wakes the driver; `None` once that is done, until its next turn.
        driver: Option<Waker>,
        /// When the driver will look by itself: zero while it does.
        sleeps_until: Instant,
    },
    /// Nothing is received or sent any more, and the handlers know.
    Ended,
    /// The driver has let go of everything.
    Gone,
}

impl Shared {
    pub(super) fn new(socket: Arc<Socket>, local_addr: Addr, options: Options) -> Self {
        let state = State {
            clients: Clients::new(),
            stats: Stats::default(),
            life: Life::Running { socket, driver: None, sleeps_until: Instant::ZERO },
            mourners: Waiters::default(),
            later: Later::default(),
        };
        Self { state: Lock::new(state), clock: Clock::start(), local_addr, options }
    }

    /// No code of a user's runs under this lock, so nothing in it can be half done.
    pub(super) fn lock(&self) -> Guard<'_, State> {
        self.state.lock()
    }

    /// `None` after the end.
    pub(super) fn socket(&self) -> Option<Arc<Socket>> {
        match &self.lock().life {
            Life::Running { socket, .. } => Some(Arc::clone(socket)),
            Life::Ended | Life::Gone => None,
        }
    }

    /// Hands what came to the handler of its sender; answers whether more can come.
    pub(super) fn note(&self, received: Received) -> bool {
        let mut state = self.lock();
        if !matches!(state.life, Life::Running { .. }) {
            return false;
        }
        match received {
            Received::Datagram { from, datagram, descriptors_cut } => {
                state.stats.received += 1;
                state.stats.descriptors_cut += u64::from(descriptors_cut);
                let warns = from.is_none() && self.options.unnamed == Unnamed::Warn;
                state.admit(from, datagram, &self.options);
                drop(state);
                if warns {
                    warn!(server = ?self.local_addr, "a datagram was dropped because its sender has no name");
                }
                true
            }
            Received::Error => {
                state.stats.receive_errors += 1;
                true
            }
            Received::Broken => {
                state.end();
                false
            }
            Received::Empty => false,
        }
    }
}

impl Locked for State {
    fn later(&mut self) -> &mut Later {
        &mut self.later
    }
}

impl State {
    fn admit(&mut self, from: Option<Addr>, arrival: Arrival, options: &Options) {
        let client = match (from, options.unnamed) {
            (Some(addr), _) => ClientId::Named(addr),
            (None, Unnamed::Handle) => ClientId::Unnamed(self.stats.received),
            (None, Unnamed::Ignore | Unnamed::Warn) => {
                self.stats.unnamed += 1;
                return;
            }
        };
        match self.clients.admit(client, arrival, options) {
            Admission::Queued => {}
            Admission::Awaited(waker) => self.later.wake([waker]),
            Admission::ClientsFull => self.stats.clients_full += 1,
            Admission::QueueFull => self.stats.queues_full += 1,
        }
    }

    /// Wakes the driver if it would sleep past `deadline`.
    pub(super) fn wake_driver_by(&mut self, deadline: Instant) {
        let Life::Running { driver, sleeps_until, .. } = &mut self.life else { return };
        if deadline < *sleeps_until {
            *sleeps_until = Instant::ZERO;
            self.later.wake(driver.take());
        }
    }

    /// Nothing comes or goes any more; the handlers learn it where they receive or send. Harmless when repeated.
    pub(super) fn end(&mut self) {
        let Life::Running { driver, .. } = &mut self.life else { return };
        self.later.wake(driver.take());
        self.life = Life::Ended;
        self.clients.close(&mut self.later);
    }

    /// The driver has gone, by itself or because its task or thread was ended.
    pub(super) fn go(&mut self) {
        self.end();
        self.life = Life::Gone;
        self.tell_if_nothing_is_left();
    }

    pub(super) fn nothing_is_left(&self) -> bool {
        matches!(self.life, Life::Gone) && self.clients.is_empty()
    }

    pub(super) fn tell_if_nothing_is_left(&mut self) {
        if self.nothing_is_left() {
            self.later.wake(self.mourners.take_those(|()| true));
        }
    }
}
