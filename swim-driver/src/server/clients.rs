//! Who is served: one handler at a time for each client, and what waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::Waker;

use swim_core::{Addr, Instant};

use super::datagram::Datagram;
use super::error::RecvError;
use super::options::Options;
use crate::lock::Later;

/// The clients that have a handler, or are about to get one.
pub(super) struct Clients {
    table: BTreeMap<ClientId, Client>,
    /// Those who have no handler yet, in the order in which they came.
    due: VecDeque<ClientId>,
    deadlines: BTreeSet<(Instant, ClientId)>,
    queued_bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClientId {
    Named(Addr),
    /// One datagram of somebody without a name, by its number.
    Unnamed(u64),
}

/// What is received: a datagram, or what was wrong with it.
pub(super) type Arrival = Result<Datagram, RecvError>;

struct Client {
    queue: VecDeque<Arrival>,
    handler: Handler,
}

enum Handler {
    /// To be started.
    Due,
    /// Busy with something else than receiving.
    Busy,
    /// Receiving, until this time if it has no patience for ever.
    Waiting { waker: Waker, until: Option<Instant> },
}

/// What became of an arrival.
pub(super) enum Admission {
    /// It waits for its handler.
    Queued,
    /// It is what a handler waited for, who is to be woken.
    Awaited(Waker),
    /// There are too many clients.
    ClientsFull,
    /// Too many datagrams, or bytes, wait.
    QueueFull,
}

impl Clients {
    pub(super) fn new() -> Self {
        Self { table: BTreeMap::new(), due: VecDeque::new(), deadlines: BTreeSet::new(), queued_bytes: 0 }
    }

    pub(super) fn admit(&mut self, client: ClientId, arrival: Arrival, options: &Options) -> Admission {
        let bytes = length(&arrival);
        if self.queued_bytes + bytes > options.queued_bytes {
            return Admission::QueueFull;
        }
        let Some(known) = self.table.get_mut(&client) else {
            if self.table.len() >= options.clients {
                return Admission::ClientsFull;
            }
            self.queued_bytes += bytes;
            self.due.push_back(client.clone());
            self.table.insert(client, Client { queue: VecDeque::from([arrival]), handler: Handler::Due });
            return Admission::Queued;
        };
        if known.queue.len() >= options.queue {
            return Admission::QueueFull;
        }
        self.queued_bytes += bytes;
        known.queue.push_back(arrival);
        match std::mem::replace(&mut known.handler, Handler::Busy) {
            Handler::Waiting { waker, until } => {
                self.forget(client, until);
                Admission::Awaited(waker)
            }
            due_or_busy => {
                known.handler = due_or_busy;
                Admission::Queued
            }
        }
    }

    /// Who is to get a handler now.
    pub(super) fn start_next(&mut self) -> Option<ClientId> {
        let client = self.due.pop_front()?;
        self.table.get_mut(&client)?.handler = Handler::Busy;
        Some(client)
    }

    pub(super) fn has_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// What came first of what waits.
    pub(super) fn take(&mut self, client: &ClientId) -> Option<Arrival> {
        let arrival = self.table.get_mut(client)?.queue.pop_front()?;
        self.queued_bytes -= length(&arrival);
        Some(arrival)
    }

    /// The handler waits for what comes next; answers whether anything will.
    pub(super) fn wait(
        &mut self,
        client: &ClientId,
        waker: Waker,
        until: Option<Instant>,
        later: &mut Later,
    ) -> bool {
        let Some(known) = self.table.get_mut(client) else { return false };
        let waiting = Handler::Waiting { waker, until };
        if let Handler::Waiting { waker, until } = std::mem::replace(&mut known.handler, waiting) {
            later.forget([waker]);
            self.forget(client.clone(), until);
        }
        self.deadlines.extend(until.map(|until| (until, client.clone())));
        true
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }

    /// Wakes those who have waited long enough.
    pub(super) fn expire(&mut self, now: Instant, later: &mut Later) {
        while self.next_deadline().is_some_and(|deadline| deadline <= now)
            && let Some((_, late)) = self.deadlines.pop_first()
        {
            later.wake(self.table.get_mut(&late).and_then(Client::stop_waiting));
        }
    }

    /// The handler has ended. What still waits gets another one.
    pub(super) fn finish(&mut self, client: &ClientId, later: &mut Later) {
        let Some(known) = self.table.get_mut(client) else { return };
        let handler = std::mem::replace(&mut known.handler, Handler::Due);
        if known.queue.is_empty() {
            self.table.remove(client);
        } else {
            self.due.push_back(client.clone());
        }
        if let Handler::Waiting { waker, until } = handler {
            later.forget([waker]);
            self.forget(client.clone(), until);
        }
    }

    /// Forgets everything but those who have a handler, and wakes these.
    pub(super) fn close(&mut self, later: &mut Later) {
        self.due.clear();
        self.deadlines.clear();
        self.queued_bytes = 0;
        self.table.retain(|_, client| !matches!(client.handler, Handler::Due));
        for client in self.table.values_mut() {
            client.queue.clear();
            later.wake(client.stop_waiting());
        }
    }

    /// Whether nobody is served, or about to be.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn forget(&mut self, client: ClientId, deadline: Option<Instant>) {
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, client));
        }
    }
}

impl Client {
    fn stop_waiting(&mut self) -> Option<Waker> {
        match std::mem::replace(&mut self.handler, Handler::Busy) {
            Handler::Waiting { waker, .. } => Some(waker),
            Handler::Due | Handler::Busy => None,
        }
    }
}

fn length(arrival: &Arrival) -> usize {
    arrival.as_ref().map_or(0, |datagram| datagram.bytes.len())
}

#[cfg(test)]
mod tests;
