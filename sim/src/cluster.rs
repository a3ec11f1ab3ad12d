//! The simulator itself: machines, a clock and a network, all from one seed.

mod drive;
mod guests;
mod hosts;

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use swim_core::{Addr, Instant, Machine};

use crate::engine::Engine;
use crate::machines::Place;
use crate::pool::Pool;
use crate::report::Kind;
use crate::streams::{Flow, Streams};
use crate::trace::Trace;
use crate::{
    Call, Checker, Guest, Machines, Mailbox, Network, NodeId, Notice, Rng, Seed, Sent, TraceHash, Violation,
};

/// The children of a run's seed; those above are free for a test's own use.
mod child {
    pub(super) const NETWORK: u64 = 0;
    pub(super) const STREAMS: u64 = 1;
    pub(super) const MACHINES: u64 = 2;
    pub(super) const HOSTS: u64 = 3;
}

/// Machines on a virtual clock and a virtual network.
///
/// Time passes only inside [`run_for`](Self::run_for) and [`run_until`](Self::run_until), from one thing that is
/// due to the next. A [`Violation`] ends the run: after it both return at once.
pub struct Cluster<M: Machine> {
    /// The network between the nodes; faults are injected here.
    pub network: Network,
    seed: Seed,
    engine: Engine<Task<M>>,
    machines: Machines<M>,
    streams: Streams,
    trace: Trace,
    checkers: Vec<Box<dyn Checker<M>>>,
    /// Up to which of its changes the checkers were told of the network.
    told_of_network: u64,
    events: Vec<Happened<M::Event>>,
    keeps_events: bool,
    calls: u64,
    violation: Option<Violation>,
    /// Whose machine is being called, and why.
    calling: Option<(NodeId, Kind)>,
    outcome: Outcome<M::Event>,
    pool: Pool,
    /// What arrived at nodes that are paused or busy, in order.
    waiting: BTreeMap<NodeId, VecDeque<Task<M>>>,
    /// Where those listen who are no nodes.
    mailboxes: BTreeMap<Addr, Mailbox>,
    guests: Vec<Guest>,
    rng: Rng,
}

/// An event that a machine told its application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened<E> {
    /// When.
    pub at: Instant,
    /// Whose machine.
    pub node: NodeId,
    /// What.
    pub event: E,
}

/// What can be due.
enum Task<M: Machine> {
    Wake {
        node: NodeId,
        at: Instant,
    },
    /// The node is no longer busy.
    Free(NodeId),
    Datagram {
        from: Addr,
        to: Place,
        bytes: Vec<u8>,
    },
    Stream(Flow),
    Action(Action<M>),
}

type Action<M> = Box<dyn FnOnce(&mut Cluster<M>)>;

/// What came out of the call under way.
struct Outcome<E> {
    sent: Vec<Sent>,
    events: Vec<E>,
}

fn tell<M: Machine>(checkers: &mut [Box<dyn Checker<M>>], now: Instant, notice: &Notice<'_>) {
    for checker in checkers {
        checker.notice(now, notice);
    }
}

/// Nodes, commands and time.
impl<M: Machine> Cluster<M> {
    /// A cluster without nodes, at time zero, on a quiet local network.
    #[must_use]
    pub fn new(seed: impl Into<Seed>) -> Self {
        let seed = seed.into();
        Self {
            network: Network::new(seed.child(child::NETWORK)),
            seed,
            engine: Engine::new(),
            machines: Machines::new(),
            streams: Streams::new(seed.child(child::STREAMS)),
            trace: Trace::new(),
            checkers: Vec::new(),
            told_of_network: 0,
            events: Vec::new(),
            keeps_events: true,
            calls: 0,
            violation: None,
            calling: None,
            outcome: Outcome { sent: Vec::new(), events: Vec::new() },
            pool: Pool::default(),
            waiting: BTreeMap::new(),
            mailboxes: BTreeMap::new(),
            guests: Vec::new(),
            rng: Rng::new(seed.child(child::HOSTS)),
        }
    }

    /// A new node that listens at `addr`, and its first machine, made from a seed of its own.
    ///
    /// # Panics
    ///
    /// If another node listens there.
    pub fn add(&mut self, addr: Addr, make: impl FnOnce([u8; 32], Instant) -> M) -> NodeId {
        let node = self.machines.push(addr);
        self.start(node, make);
        node
    }

    /// A new node that listens at `addr` and on which nothing runs until [`Cluster::restart`].
    ///
    /// # Panics
    ///
    /// If another node listens there.
    pub fn reserve(&mut self, addr: Addr) -> NodeId {
        self.machines.push(addr)
    }

    /// Stops a node as if its power was cut, and answers the machine that ran there. Datagrams that arrive from
    /// now on vanish, its streams fail at their other ends, and its timers never fire.
    pub fn crash(&mut self, node: NodeId) -> Option<M> {
        self.streams.crash(self.engine.now(), node, &mut self.network);
        self.schedule_streams();
        let slot = self.machines.slot_mut(node);
        slot.wake = None;
        slot.host.busy_until = Instant::ZERO;
        let machine = slot.machine.take();
        if machine.is_some() {
            let now = self.now();
            tell(&mut self.checkers, now, &Notice::Crashed(node));
        }
        // Its kernel answers those who dialled it; nobody hears the rest.
        let waited = self.waiting.remove(&node);
        waited.into_iter().flatten().for_each(|task| self.carry_on(task));
        machine
    }

    /// Runs another machine on the node, crashing the one that runs there. Its seed differs from all before.
    pub fn restart(&mut self, node: NodeId, make: impl FnOnce([u8; 32], Instant) -> M) {
        self.crash(node);
        self.start(node, make);
    }

    /// Gives the machine on this node a command; `None` if it is down.
    pub fn with<R>(&mut self, node: NodeId, command: impl FnOnce(&mut M, Instant) -> R) -> Option<R> {
        self.call(node, &Call::Command, command)
    }

    /// Calls `action` at that time, or next if that is past.
    pub fn at(&mut self, time: Instant, action: impl FnOnce(&mut Self) + 'static) {
        self.engine.schedule(time, Task::Action(Box::new(action)));
    }

    /// Whether the application of this node takes events, as at first; if not, they wait in the machine.
    pub fn set_listening(&mut self, node: NodeId, listening: bool) {
        self.machines.slot_mut(node).listening = listening;
        self.call(node, &Call::Command, |_, _| ());
    }

    /// Runs for that long.
    pub fn run_for(&mut self, duration: Duration) {
        let deadline = self.now() + duration;
        while self.step(deadline) {}
    }

    /// Runs until `done`, asked now and after everything that happened, or until `deadline`. Answers when it was
    /// done, `None` if it never was.
    pub fn run_until(&mut self, deadline: Instant, mut done: impl FnMut(&Self) -> bool) -> Option<Instant> {
        loop {
            if done(self) {
                return Some(self.now());
            }
            if !self.step(deadline) {
                return None;
            }
        }
    }
}

/// What there is to see.
impl<M: Machine> Cluster<M> {
    /// The seed of the run.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.engine.now()
    }

    /// The nodes and their machines.
    #[must_use]
    pub fn machines(&self) -> &Machines<M> {
        &self.machines
    }

    /// All events so far, in order, unless [`keep_events`](Self::keep_events) said otherwise.
    #[must_use]
    pub fn events(&self) -> &[Happened<M::Event>] {
        &self.events
    }

    /// Whether events are kept, as at first. A large cluster has more of them than memory; a [`Checker`] sees
    /// them all the same.
    pub fn keep_events(&mut self, keep: bool) {
        self.keeps_events = keep;
    }

    /// Adds a checker or observer, to be asked after those before it.
    pub fn watch(&mut self, checker: impl Checker<M> + 'static) {
        self.checkers.push(Box::new(checker));
    }

    /// What stopped the run; `None` while all is well.
    #[must_use]
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Ends the run with an objection of the test's own. The first objection counts.
    pub fn fail(&mut self, rule: &'static str, node: NodeId, text: String) {
        let violation = Violation { rule, node, time: self.now(), seed: self.seed, text };
        self.violation.get_or_insert(violation);
    }

    /// Ends the run with a panic that was caught while the cluster ran: it breaks S15 where a machine was called.
    pub fn fail_by_panic(&mut self, panic: &(dyn Any + Send)) {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("of an unknown kind");
        match self.calling {
            Some((node, call)) => self.fail("S15", node, format!("panic at the call \"{call}\": {text}")),
            None => self.fail("S15", NodeId(0), format!("panic between two calls: {text}")),
        }
    }

    /// How many times a machine was called.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The hash of all that happened so far.
    #[must_use]
    pub fn trace_hash(&self) -> TraceHash {
        self.trace.hash()
    }
}

impl<M: Machine> fmt::Debug for Cluster<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, calls, violation, network, .. } = self;
        write!(f, "Cluster {{ seed: {seed}, now: {}, calls: {calls}, ", self.now())?;
        write!(f, "violation: {violation:?}, network: {network:?} }}")
    }
}
