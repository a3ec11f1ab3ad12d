//! Who is served: one handler at a time for each client, and what waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::Waker;

use swim_core::{Addr, Instant};

use super::datagram::Datagram;
use super::error::RecvError;
use super::options::Options;

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
    pub(super) fn wait(&mut self, client: &ClientId, waker: Waker, until: Option<Instant>) -> bool {
        let Some(known) = self.table.get_mut(client) else { return false };
        let waiting = Handler::Waiting { waker, until };
        if let Handler::Waiting { until, .. } = std::mem::replace(&mut known.handler, waiting) {
            self.forget(client.clone(), until);
        }
        self.deadlines.extend(until.map(|until| (until, client.clone())));
        true
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }

    /// Wakes those who have waited long enough.
    pub(super) fn expire(&mut self, now: Instant) {
        while self.next_deadline().is_some_and(|deadline| deadline <= now)
            && let Some((_, late)) = self.deadlines.pop_first()
        {
            self.wake(&late);
        }
    }

    /// The handler has ended. What still waits gets another one.
    pub(super) fn finish(&mut self, client: &ClientId) {
        let Some(known) = self.table.get_mut(client) else { return };
        let handler = std::mem::replace(&mut known.handler, Handler::Due);
        if known.queue.is_empty() {
            self.table.remove(client);
        } else {
            self.due.push_back(client.clone());
        }
        if let Handler::Waiting { until, .. } = handler {
            self.forget(client.clone(), until);
        }
    }

    /// Forgets everything but those who have a handler, and wakes these.
    pub(super) fn close(&mut self) {
        self.due.clear();
        self.deadlines.clear();
        self.queued_bytes = 0;
        self.table.retain(|_, client| !matches!(client.handler, Handler::Due));
        for client in self.table.values_mut() {
            client.queue.clear();
            if let Handler::Waiting { waker, .. } = std::mem::replace(&mut client.handler, Handler::Busy) {
                waker.wake();
            }
        }
    }

    /// Whether nobody is served, or about to be.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn wake(&mut self, client: &ClientId) {
        let Some(known) = self.table.get_mut(client) else { return };
        if let Handler::Waiting { waker, .. } = std::mem::replace(&mut known.handler, Handler::Busy) {
            waker.wake();
        }
    }

    fn forget(&mut self, client: ClientId, deadline: Option<Instant>) {
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, client));
        }
    }
}

fn length(arrival: &Arrival) -> usize {
    arrival.as_ref().map_or(0, |datagram| datagram.bytes.len())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    const SMALL: fn() -> Options =
        || Options { clients: 2, queue: 2, queued_bytes: 10, ..Options::default() };

    fn id(name: &[u8]) -> ClientId {
        ClientId::Named(Addr::unix_abstract(name).unwrap())
    }

    fn bytes(count: usize) -> Arrival {
        Ok(Datagram::new(vec![0; count]))
    }

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    #[test]
    fn every_bound_holds_and_what_was_taken_makes_room() {
        let mut clients = Clients::new();
        let mut admit = |name, count| clients.admit(id(name), bytes(count), &SMALL());
        assert!(matches!(admit(b"a", 4), Admission::Queued));
        assert!(matches!(admit(b"a", 1), Admission::Queued));
        assert!(matches!(admit(b"a", 1), Admission::QueueFull), "the client's own queue");
        assert!(matches!(admit(b"b", 6), Admission::QueueFull), "the bytes of all");
        assert!(matches!(admit(b"b", 5), Admission::Queued));
        assert!(matches!(admit(b"c", 0), Admission::ClientsFull));
        assert_eq!(clients.start_next(), Some(id(b"a")));
        assert_eq!(clients.take(&id(b"a")).unwrap().unwrap().bytes.len(), 4);
        assert!(matches!(clients.admit(id(b"a"), bytes(4), &SMALL()), Admission::Queued));
    }

    #[test]
    fn a_client_has_one_handler_and_what_it_left_gets_another() {
        let mut clients = Clients::new();
        for _ in 0..2 {
            clients.admit(id(b"a"), bytes(1), &SMALL());
        }
        assert_eq!(clients.start_next(), Some(id(b"a")));
        assert_eq!(clients.start_next(), None);
        clients.take(&id(b"a"));
        clients.finish(&id(b"a"));
        assert_eq!(clients.start_next(), Some(id(b"a")));
        clients.take(&id(b"a"));
        clients.finish(&id(b"a"));
        assert!(!clients.has_due() && clients.is_empty());
    }

    #[test]
    fn who_waits_is_woken_by_what_comes_or_by_its_deadline_and_never_by_an_old_one() {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut clients = Clients::new();
        clients.admit(id(b"a"), bytes(1), &SMALL());
        clients.start_next();
        clients.take(&id(b"a"));
        assert!(clients.wait(&id(b"a"), waker.clone(), Some(at(5))));
        assert!(matches!(clients.admit(id(b"a"), bytes(1), &SMALL()), Admission::Awaited(_)));
        assert_eq!(clients.next_deadline(), None);
        clients.take(&id(b"a"));
        assert!(clients.wait(&id(b"a"), waker.clone(), Some(at(7))));
        assert!(clients.wait(&id(b"a"), waker, Some(at(9))));
        clients.expire(at(8));
        assert_eq!(bell.0.load(Ordering::Relaxed), 0);
        clients.expire(at(9));
        assert_eq!((bell.0.load(Ordering::Relaxed), clients.next_deadline()), (1, None));
    }

    #[test]
    fn closing_drops_what_waits_and_wakes_who_waits() {
        let bell = Arc::new(Bell::default());
        let mut clients = Clients::new();
        clients.admit(id(b"a"), bytes(1), &SMALL());
        clients.start_next();
        clients.take(&id(b"a"));
        clients.wait(&id(b"a"), Waker::from(Arc::clone(&bell)), None);
        clients.admit(id(b"b"), bytes(1), &SMALL());
        clients.close();
        assert_eq!(bell.0.load(Ordering::Relaxed), 1);
        assert_eq!(clients.start_next(), None);
        clients.finish(&id(b"a"));
        assert!(clients.is_empty());
    }
}
