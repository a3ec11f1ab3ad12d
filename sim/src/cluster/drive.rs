//! The driver: takes the next thing that is due, calls a machine, and carries out what it asks for.

use std::time::Duration;

use swim_core::{Addr, Instant, Machine, StreamId, Transmit};

use super::{Cluster, Happened, Outcome, Task, child, tell};
use crate::machines::{Place, Wake};
use crate::network::Held;
use crate::report::{Entry, Kind};
use crate::streams::{Breach, Flow};
use crate::{Arrival, Broken, Call, NodeId, Notice, Passage, Sent, Step};

/// When a clock that stands still comes to a deadline.
const FAR: Instant = Instant::from_nanos(u64::MAX);
/// One call that has more outputs or events than this is endless.
const OUTPUTS_MAX: usize = 1_000_000;

/// What is due.
impl<M: Machine> Cluster<M> {
    /// Does the next thing; false if there is none before the deadline, or the run has ended.
    pub(super) fn step(&mut self, deadline: Instant) -> bool {
        if self.violation.is_some() {
            return false;
        }
        self.tell_network();
        let Some(task) = self.engine.next(deadline) else { return false };
        if let Some(task) = self.admit(task) {
            self.carry_on(task);
        }
        true
    }

    /// Does what is due.
    pub(super) fn carry_on(&mut self, task: Task<M>) {
        match task {
            Task::Wake { node, at } => self.wake(node, at),
            Task::Free(node) => self.work_off(node),
            Task::Datagram { from, to, bytes } => self.datagram(&from, to, bytes),
            Task::Stream(flow) => self.stream(flow),
            Task::Action(action) => action(self),
        }
    }

    /// Before time passes, so that what was changed on the network has its time.
    fn tell_network(&mut self) {
        if self.told_of_network != self.network.changes() {
            self.told_of_network = self.network.changes();
            let now = self.now();
            tell(&mut self.checkers, now, &Notice::Network(&self.network));
        }
    }

    pub(super) fn start(&mut self, node: NodeId, make: impl FnOnce([u8; 32], Instant) -> M) {
        let slot = self.machines.slot_mut(node);
        let seed = self.seed.child(child::MACHINES).child(u64::from(node.0)).child(slot.lives);
        slot.lives += 1;
        slot.listening = true;
        slot.host.paused = false;
        self.calling = Some((node, Kind::Start));
        slot.machine = Some(make(seed.bytes(), slot.host.clock.show(self.engine.now())));
        self.call(node, &Call::Start, |_, _| ());
    }

    /// Asks the machine again before it is called: its deadline may have moved since this was scheduled.
    fn wake(&mut self, node: NodeId, at: Instant) {
        let slot = self.machines.slot_mut(node);
        if slot.wake.is_none_or(|wake| wake.at != at) {
            return;
        }
        slot.wake = None;
        let now = slot.host.clock.show(self.engine.now());
        if timeout(slot.machine.as_ref()).is_some_and(|due| due <= now) {
            self.call(node, &Call::Timeout, M::handle_timeout);
            self.demand_progress(node);
        } else {
            self.arm(node);
        }
    }

    fn datagram(&mut self, from: &Addr, to: Place, bytes: Vec<u8>) {
        let mut scratch = self.pool.copy_of(&bytes);
        let call = Call::Datagram { from, bytes: &bytes };
        let hear = |machine: &mut M, now| machine.handle_datagram(now, from, &mut scratch);
        let heard = self.machines.tenant(to).and_then(|node| self.call(node, &call, hear));
        if heard.is_none() {
            self.network.count_unheard();
        }
        self.pool.give(scratch);
        self.pool.give(bytes);
    }

    fn stream(&mut self, flow: Flow) {
        let is_there = self.streams.dialled(flow).is_some_and(|(end, at)| self.is_there(end, at));
        let delivery = self.streams.arrive(self.engine.now(), flow, &mut self.network, is_there);
        if let Some((end, stream, arrival)) = delivery {
            match self.guest(end) {
                Some(guest) => guest.hear(stream, arrival),
                None => self.stream_input(end, stream, arrival),
            }
        }
        self.schedule_streams();
    }

    fn stream_input(&mut self, node: NodeId, stream: StreamId, arrival: Arrival) {
        let mut scratch = self.pool.take();
        let input = arrival.input(&mut scratch);
        let call = Call::Stream { stream, arrival: &arrival };
        self.call(node, &call, |machine, now| machine.handle_stream(now, stream, input));
        self.pool.give(scratch);
        if let Arrival::Data(bytes) = arrival {
            self.pool.give(bytes);
        }
    }
}

/// One call of a machine.
impl<M: Machine> Cluster<M> {
    /// Calls the machine on this node, if one runs, and sees to all that comes of it.
    pub(super) fn call<R>(
        &mut self,
        node: NodeId,
        call: &Call<'_>,
        act: impl FnOnce(&mut M, Instant) -> R,
    ) -> Option<R> {
        let now = self.now();
        let slot = self.machines.slot_mut(node);
        let shown = slot.host.clock.show(now);
        let machine = slot.machine.as_mut()?;
        self.calls += 1;
        self.calling = Some((node, Kind::of(call)));
        self.trace.call(now, node, call);
        let answer = act(machine, shown);
        self.flush(node, call);
        self.forward(node);
        self.judge(node, call);
        self.record(node);
        self.carry_out(node);
        self.arm(node);
        self.occupy(node);
        self.calling = None;
        Some(answer)
    }

    /// Polls the machine until it has nothing more to send, or as much is taken as is now.
    fn flush(&mut self, node: NodeId, call: &Call<'_>) {
        let slot = self.machines.slot_mut(node);
        let most = slot.host.flush.takes(matches!(call, Call::Timeout)).min(OUTPUTS_MAX);
        let Some(machine) = slot.machine.as_mut() else { return };
        let sent = &mut self.outcome.sent;
        let mut bytes = self.pool.take();
        while sent.len() < most
            && let Some(transmit) = machine.poll_transmit(&mut bytes)
        {
            sent.push(Sent { transmit, bytes: std::mem::replace(&mut bytes, self.pool.take()) });
        }
        self.pool.give(bytes);
    }

    /// Polls the machine until it has nothing more to tell, if somebody listens.
    fn forward(&mut self, node: NodeId) {
        let slot = self.machines.slot_mut(node);
        let Some(machine) = slot.machine.as_mut() else { return };
        let events = &mut self.outcome.events;
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
        let listening = slot.listening;
        let Some(machine) = self.machines.get(node) else { return };
        let clock = self.machines.slot(node).host.clock;
        // `None` is the end of a machine, not that of its clock.
        let timeout = machine.poll_timeout().map(|due| clock.when(due).unwrap_or(FAR));
        self.trace.outcome(sent, timeout);
        let (machines, trace) = (&self.machines, &self.trace);
        let step = Step { now, node, call, sent, events, listening, timeout, machine, machines, trace };
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
                let there = self.who_answers(to).map(|end| (end, to));
                let (from, network) = (self.machines.addr(node), &mut self.network);
                self.streams.connect(now, (node, *stream), from, there, network)
            }
            Transmit::Write { stream } => {
                self.streams.write(now, (node, *stream), bytes, network, &mut self.pool)
            }
            Transmit::Finish { stream } => self.streams.finish(now, (node, *stream), network),
            Transmit::Abort { stream } => self.streams.abort(now, (node, *stream), network),
        }
    }

    fn send(&mut self, node: NodeId, to: &Addr, bytes: &[u8]) {
        let from = self.machines.addr(node).clone();
        if self.network.holds_any()
            && self.machines.at(to).is_some_and(|there| self.network.holds(node, there))
        {
            self.network.keep(Held { node, from, to: to.clone(), bytes: bytes.to_vec() });
        } else {
            self.hand_over(node, &from, to, bytes);
        }
    }

    /// The network takes a datagram that this node sent from there.
    pub(super) fn hand_over(&mut self, node: NodeId, from: &Addr, to: &Addr, bytes: &[u8]) {
        let now = self.now();
        self.network.count_sent(bytes);
        let Some((place, there)) = self.machines.find(to) else { return self.leave(node, to, bytes) };
        let passages = self.network.judge(now, node, there, bytes);
        let delays = passages.map(|passage| passage.map(|passage| passage.after));
        tell(&mut self.checkers, now, &Notice::Datagram { from: node, to: there, bytes, delays });
        for Passage { after, damage } in passages.into_iter().flatten() {
            let from = from.clone();
            let mut bytes = self.pool.copy_of(bytes);
            damage.inspect(|damage| damage.inflict(&mut bytes));
            self.engine.schedule(now + after, Task::Datagram { from, to: place, bytes });
        }
    }

    /// Where no node is somebody else may listen.
    fn leave(&mut self, node: NodeId, to: &Addr, bytes: &[u8]) {
        match self.mailboxes.get(to) {
            Some(mailbox) => mailbox.put(node, bytes),
            None => self.network.count_unheard(),
        }
    }

    pub(super) fn schedule_streams(&mut self) {
        for (at, flow) in self.streams.due() {
            self.engine.schedule(at, Task::Stream(flow));
        }
    }

    /// Schedules the machine's wake-up, unless an earlier one is scheduled, which will see to it.
    pub(super) fn arm(&mut self, node: NodeId) {
        let now = self.now();
        let slot = self.machines.slot_mut(node);
        let Some(due) = timeout(slot.machine.as_ref()).and_then(|due| slot.host.clock.when(due)) else {
            return;
        };
        let asked = due.max(now);
        if slot.wake.is_some_and(|wake| wake.asked <= asked) {
            return;
        }
        let late = slot.host.late.as_ref().map_or(Duration::ZERO, |late| self.rng.duration(late));
        let at = asked + late;
        if let Some(wake) = slot.wake.as_mut().filter(|wake| wake.at <= at) {
            wake.asked = asked;
        } else {
            slot.wake = Some(Wake { asked, at });
            self.engine.schedule(at, Task::Wake { node, at });
        }
    }

    /// A machine that wants to be woken at once, for ever, would stop the clock: unless something is left, because its
    /// driver takes only so much.
    fn demand_progress(&mut self, node: NodeId) {
        let slot = self.machines.slot(node);
        if slot.host.flush.takes(true) < OUTPUTS_MAX {
            return;
        }
        let now = slot.host.clock.show(self.engine.now());
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
}

fn timeout<M: Machine>(machine: Option<&M>) -> Option<Instant> {
    machine.and_then(M::poll_timeout)
}
