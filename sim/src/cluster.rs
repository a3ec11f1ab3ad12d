//! The simulator itself: machines, a clock and a network, all from one seed.

use std::fmt;
use std::time::Duration;

use swim_core::{Addr, Instant, Machine, Transmit};

use crate::engine::Engine;
use crate::pool::Pool;
use crate::report::{Entry, Kind};
use crate::streams::{Breach, Flow, Streams};
use crate::trace::Trace;
use crate::{
    Arrival, Broken, Call, Checker, Machines, Network, NodeId, Seed, Sent, Step, TraceHash, Violation,
};

/// One call that has more outputs or events than this is endless.
const OUTPUTS_MAX: usize = 1_000_000;

/// The children of a run's seed; those above are free for a test's own use.
mod child {
    pub(super) const NETWORK: u64 = 0;
    pub(super) const STREAMS: u64 = 1;
    pub(super) const MACHINES: u64 = 2;
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
    events: Vec<Happened<M::Event>>,
    keeps_events: bool,
    calls: u64,
    violation: Option<Violation>,
    outcome: Outcome<M::Event>,
    pool: Pool,
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
    Wake(NodeId),
    Datagram { from: Addr, to: NodeId, bytes: Vec<u8> },
    Stream(Flow),
    Action(Action<M>),
}

type Action<M> = Box<dyn FnOnce(&mut Cluster<M>)>;

/// What came out of the call under way.
struct Outcome<E> {
    sent: Vec<Sent>,
    events: Vec<E>,
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
            events: Vec::new(),
            keeps_events: true,
            calls: 0,
            violation: None,
            outcome: Outcome { sent: Vec::new(), events: Vec::new() },
            pool: Pool::default(),
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

    /// Stops a node as if its power was cut, and answers the machine that ran there. Datagrams that arrive from
    /// now on vanish, its streams fail at their other ends, and its timers never fire.
    pub fn crash(&mut self, node: NodeId) -> Option<M> {
        self.streams.crash(self.engine.now(), node, &mut self.network);
        self.schedule_streams();
        let slot = self.machines.slot_mut(node);
        slot.wake = None;
        slot.machine.take()
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

    /// Lets a datagram arrive at a node now, from any address: what an attacker can do.
    pub fn inject(&mut self, from: Addr, to: NodeId, bytes: &[u8]) {
        let bytes = self.pool.copy_of(bytes);
        self.engine.schedule(self.now(), Task::Datagram { from, to, bytes });
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

/// What is due.
impl<M: Machine> Cluster<M> {
    /// Does the next thing; false if there is none before the deadline, or the run has ended.
    fn step(&mut self, deadline: Instant) -> bool {
        if self.violation.is_some() {
            return false;
        }
        let Some(task) = self.engine.next(deadline) else { return false };
        match task {
            Task::Wake(node) => self.wake(node),
            Task::Datagram { from, to, bytes } => self.datagram(&from, to, bytes),
            Task::Stream(flow) => self.stream(flow),
            Task::Action(action) => action(self),
        }
        true
    }

    fn start(&mut self, node: NodeId, make: impl FnOnce([u8; 32], Instant) -> M) {
        let slot = self.machines.slot_mut(node);
        let seed = self.seed.child(child::MACHINES).child(u64::from(node.0)).child(slot.lives);
        slot.lives += 1;
        slot.listening = true;
        slot.machine = Some(make(seed.bytes(), self.engine.now()));
        self.call(node, &Call::Start, |_, _| ());
    }

    /// Asks the machine again before it is called: its deadline may have moved since this was scheduled.
    fn wake(&mut self, node: NodeId) {
        let now = self.now();
        let slot = self.machines.slot_mut(node);
        if slot.wake != Some(now) {
            return;
        }
        slot.wake = None;
        if timeout(slot.machine.as_ref()).is_some_and(|due| due <= now) {
            self.call(node, &Call::Timeout, M::handle_timeout);
            self.demand_progress(node);
        } else {
            self.arm(node);
        }
    }

    fn datagram(&mut self, from: &Addr, to: NodeId, bytes: Vec<u8>) {
        let mut scratch = self.pool.copy_of(&bytes);
        let call = Call::Datagram { from, bytes: &bytes };
        let heard = self.call(to, &call, |machine, now| machine.handle_datagram(now, from, &mut scratch));
        if heard.is_none() {
            self.network.count_unheard();
        }
        self.pool.give(scratch);
        self.pool.give(bytes);
    }

    fn stream(&mut self, flow: Flow) {
        let delivery = self.streams.arrive(self.engine.now(), flow, &mut self.network, &self.machines);
        if let Some((node, stream, arrival)) = delivery {
            let mut scratch = self.pool.take();
            let input = arrival.input(&mut scratch);
            let call = Call::Stream { stream, arrival: &arrival };
            self.call(node, &call, |machine, now| machine.handle_stream(now, stream, input));
            self.pool.give(scratch);
            if let Arrival::Data(bytes) = arrival {
                self.pool.give(bytes);
            }
        }
        self.schedule_streams();
    }
}

/// One call of a machine.
impl<M: Machine> Cluster<M> {
    /// Calls the machine on this node, if one runs, and sees to all that comes of it.
    fn call<R>(
        &mut self,
        node: NodeId,
        call: &Call<'_>,
        act: impl FnOnce(&mut M, Instant) -> R,
    ) -> Option<R> {
        let now = self.now();
        let machine = self.machines.slot_mut(node).machine.as_mut()?;
        self.calls += 1;
        self.trace.call(now, node, call);
        let answer = act(machine, now);
        self.drain(node);
        self.judge(node, call);
        self.record(node);
        self.carry_out(node);
        self.arm(node);
        Some(answer)
    }

    /// Polls the machine until it has nothing more to say.
    fn drain(&mut self, node: NodeId) {
        let slot = self.machines.slot_mut(node);
        let Some(machine) = slot.machine.as_mut() else { return };
        let Outcome { sent, events } = &mut self.outcome;
        let mut bytes = self.pool.take();
        while sent.len() < OUTPUTS_MAX
            && let Some(transmit) = machine.poll_transmit(&mut bytes)
        {
            sent.push(Sent { transmit, bytes: std::mem::replace(&mut bytes, self.pool.take()) });
        }
        self.pool.give(bytes);
        while slot.listening
            && events.len() < OUTPUTS_MAX
            && let Some(event) = machine.poll_event()
        {
            events.push(event);
        }
    }

    fn judge(&mut self, node: NodeId, call: &Call<'_>) {
        let now = self.now();
        let Outcome { sent, events } = &self.outcome;
        let slot = self.machines.slot_mut(node);
        slot.remember(Entry { at: now, kind: Kind::of(call), outputs: sent.len(), events: events.len() });
        let Some(machine) = self.machines.get(node) else { return };
        let timeout = machine.poll_timeout();
        self.trace.outcome(sent, timeout);
        let step = Step { now, node, call, sent, events, timeout, machine, machines: &self.machines };
        let broken = self.checkers.iter_mut().find_map(|checker| checker.check(&step).err());
        if let Some(Broken { rule, text }) = broken {
            self.fail(rule, node, text);
        }
        if self.outcome.sent.len() == OUTPUTS_MAX || self.outcome.events.len() == OUTPUTS_MAX {
            self.fail("contract", node, format!("one call has more than {OUTPUTS_MAX} outputs"));
        }
    }

    fn record(&mut self, node: NodeId) {
        let at = self.now();
        let events = self.outcome.events.drain(..);
        if self.keeps_events {
            self.events.extend(events.map(|event| Happened { at, node, event }));
        }
    }

    fn carry_out(&mut self, node: NodeId) {
        let mut sent = std::mem::take(&mut self.outcome.sent);
        for Sent { transmit, bytes } in sent.drain(..) {
            if let Err(breach) = self.perform(node, &transmit, &bytes) {
                self.fail("contract", node, format!("the machine {breach}: {transmit:?}"));
            }
            self.pool.give(bytes);
        }
        self.outcome.sent = sent;
        self.schedule_streams();
    }

    fn perform(&mut self, node: NodeId, transmit: &Transmit, bytes: &[u8]) -> Result<(), Breach> {
        let now = self.now();
        let network = &mut self.network;
        match transmit {
            Transmit::Datagram { to } => {
                self.send(node, to, bytes);
                Ok(())
            }
            Transmit::Connect { stream, to } => {
                let (from, to) = (self.machines.addr(node), self.machines.at(to));
                self.streams.connect(now, (node, *stream), from, to, network)
            }
            Transmit::Write { stream } => {
                self.streams.write(now, (node, *stream), bytes, network, &mut self.pool)
            }
            Transmit::Finish { stream } => self.streams.finish(now, (node, *stream), network),
            Transmit::Abort { stream } => self.streams.abort(now, (node, *stream), network),
        }
    }

    fn send(&mut self, node: NodeId, to: &Addr, bytes: &[u8]) {
        let now = self.now();
        self.network.count_sent(bytes);
        let Some(to) = self.machines.at(to) else { return self.network.count_unheard() };
        for delay in self.network.judge(now, node, to, bytes).into_iter().flatten() {
            let from = self.machines.addr(node).clone();
            let bytes = self.pool.copy_of(bytes);
            self.engine.schedule(now + delay, Task::Datagram { from, to, bytes });
        }
    }

    fn schedule_streams(&mut self) {
        for (at, flow) in self.streams.due() {
            self.engine.schedule(at, Task::Stream(flow));
        }
    }

    /// Schedules the machine's wake-up, unless an earlier one is scheduled, which will see to it.
    fn arm(&mut self, node: NodeId) {
        let now = self.now();
        let slot = self.machines.slot_mut(node);
        let Some(due) = timeout(slot.machine.as_ref()) else { return };
        let due = due.max(now);
        if slot.wake.is_none_or(|wake| due < wake) {
            slot.wake = Some(due);
            self.engine.schedule(due, Task::Wake(node));
        }
    }

    /// A machine that wants to be woken at once, for ever, would stop the clock.
    fn demand_progress(&mut self, node: NodeId) {
        let now = self.now();
        let slot = self.machines.slot(node);
        if let Some(due) = timeout(slot.machine.as_ref())
            && due <= now
        {
            self.fail(
                "S10",
                node,
                format!("stuck: wants to be woken at {due} after it was woken and drained"),
            );
        }
    }

    fn fail(&mut self, rule: &'static str, node: NodeId, text: String) {
        let violation = Violation { rule, node, time: self.now(), seed: self.seed, text };
        self.violation.get_or_insert(violation);
    }
}

impl<M: Machine> fmt::Debug for Cluster<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, calls, violation, network, .. } = self;
        write!(f, "Cluster {{ seed: {seed}, now: {}, calls: {calls}, ", self.now())?;
        write!(f, "violation: {violation:?}, network: {network:?} }}")
    }
}

fn timeout<M: Machine>(machine: Option<&M>) -> Option<Instant> {
    machine.and_then(M::poll_timeout)
}
