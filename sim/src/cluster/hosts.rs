//! What can happen to the computers of a cluster, beside that they crash.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use swim_core::{Addr, Instant, Machine};

use super::{Call, Cluster, Task};
use crate::network::Held;
use crate::{Flush, NodeId};

/// How much waits for a node that is paused or busy; a kernel's buffers hold about as much, and drop the rest.
const WAITING_MAX: usize = 4_096;

/// Nodes that pause, dawdle, move and go by clocks of their own.
impl<M: Machine> Cluster<M> {
    /// Stops a node as a debugger or a hypervisor does: it does nothing but what a test commands, and what arrives waits
    /// for it, up to a bound, or is lost where it [crashes](Self::crash).
    pub fn pause(&mut self, node: NodeId) {
        self.machines.slot_mut(node).host.paused = true;
    }

    /// Lets a paused node go on: it finds at once all that waited, and then that its deadlines are over.
    pub fn resume(&mut self, node: NodeId) {
        self.machines.slot_mut(node).host.paused = false;
        self.engine.schedule(self.now(), Task::Free(node));
    }

    /// How long a node works on each input and wake-up; meanwhile everything else waits. None at first.
    pub fn set_service_time(&mut self, node: NodeId, time: Duration) {
        self.machines.slot_mut(node).host.service = time;
    }

    /// How much later than it asked a node is woken. No later at first.
    pub fn set_lateness(&mut self, node: NodeId, late: RangeInclusive<Duration>) {
        self.machines.slot_mut(node).host.late = Some(late);
        self.rearm(node);
    }

    /// When a node's driver takes what its machine has to send: at once, at first. What waited goes out when it does so
    /// again.
    pub fn set_flush(&mut self, node: NodeId, flush: Flush) {
        if flush == Flush::AtOnce && self.machines.slot(node).host.flush != flush {
            self.machines.slot_mut(node).host.flush = Flush::WhenWoken { at_most: None };
            self.nudge(node);
        }
        self.machines.slot_mut(node).host.flush = flush;
    }

    /// Wakes a node's machine now, whether it asked for it or not.
    pub fn nudge(&mut self, node: NodeId) {
        self.call(node, &Call::Timeout, M::handle_timeout);
    }

    /// How fast a node's clock goes from now on, in thousandths: 1 000 is right, 0 stands still.
    pub fn set_clock_rate(&mut self, node: NodeId, thousandths: u32) {
        let now = self.now();
        self.machines.slot_mut(node).host.clock.run_at(now, thousandths);
        self.rearm(node);
    }

    /// Sets a node's clock, forward or back.
    pub fn set_clock(&mut self, node: NodeId, shown: Instant) {
        let now = self.now();
        self.machines.slot_mut(node).host.clock.set(now, shown);
        self.rearm(node);
    }

    /// What a node's clock shows.
    #[must_use]
    pub fn clock(&self, node: NodeId) -> Instant {
        self.machines.slot(node).host.clock.show(self.now())
    }

    /// Stops a node as if its host was unplugged: unlike after a [`crash`](Self::crash), nobody tells its peers, whose
    /// streams stall until they give up. It is isolated until [`rejoin`](crate::Network::rejoin).
    pub fn vanish(&mut self, node: NodeId) -> Option<M> {
        self.network.isolate(node);
        self.crash(node)
    }

    /// Crashes a node and runs another machine on it, after a while.
    pub fn bounce(
        &mut self,
        node: NodeId,
        down: Duration,
        make: impl FnOnce([u8; 32], Instant) -> M + 'static,
    ) {
        self.crash(node);
        self.at(self.now() + down, move |cluster| cluster.restart(node, make));
    }

    /// As [`restart`](Self::restart), at another address.
    ///
    /// # Panics
    ///
    /// If another node listens there.
    pub fn restart_at(&mut self, node: NodeId, addr: Addr, make: impl FnOnce([u8; 32], Instant) -> M) {
        self.crash(node);
        self.machines.move_to(node, addr);
        self.start(node, make);
    }

    /// Cuts and repairs all partitions in turns: `cut` says what is cut, for as long as the pause that follows.
    pub fn flap(
        &mut self,
        period: Duration,
        times: u32,
        cut: impl Fn(&mut crate::Network) + Clone + 'static,
    ) {
        for time in 0..times {
            let (begin, cut) = (self.now() + period * (2 * time), cut.clone());
            self.at(begin, move |cluster| cut(&mut cluster.network));
            self.at(begin + period, |cluster| cluster.network.repair());
        }
    }

    /// Isolates nodes one after the other and lets them back in another order, all within `time`.
    pub fn clog(&mut self, nodes: &[NodeId], time: Duration) {
        let (half, steps) = (time / 2, u32::try_from(nodes.len().max(1)).unwrap_or(u32::MAX));
        let mut back = nodes.to_vec();
        self.rng.shuffle(&mut back);
        for (place, (&gone, back)) in (0..).zip(nodes.iter().zip(back)) {
            let after = half * place / steps;
            self.at(self.now() + after, move |cluster| cluster.network.isolate(gone));
            self.at(self.now() + half + after, move |cluster| cluster.network.rejoin(back));
        }
    }

    /// Sends on what [`hold`](crate::Network::hold) kept back, in order, and holds nothing any more.
    pub fn release(&mut self) {
        for Held { node, from, to, bytes } in self.network.release() {
            self.hand_over(node, &from, &to, &bytes);
        }
    }
}

/// Waiting.
impl<M: Machine> Cluster<M> {
    /// The task, unless it has to wait because the machine of its node is busy.
    pub(super) fn admit(&mut self, task: Task<M>) -> Option<Task<M>> {
        let Some(node) = self.node_of(&task) else { return Some(task) };
        let slot = self.machines.slot(node);
        if slot.machine.is_none() || !slot.host.is_busy(self.engine.now()) {
            return Some(task);
        }
        let waiting = self.waiting.entry(node).or_default();
        if waiting.len() < WAITING_MAX || !matches!(task, Task::Datagram { .. }) {
            waiting.push_back(task);
        }
        None
    }

    fn node_of(&self, task: &Task<M>) -> Option<NodeId> {
        match task {
            Task::Wake { node, .. } => Some(*node),
            Task::Datagram { to, .. } => self.machines.tenant(*to),
            Task::Stream(flow) => self.streams.destination(*flow).filter(|node| self.guest(*node).is_none()),
            Task::Free(_) | Task::Action(_) => None,
        }
    }

    /// Does what waited for a node, as far as it is not busy again.
    pub(super) fn work_off(&mut self, node: NodeId) {
        while !self.machines.slot(node).host.is_busy(self.engine.now())
            && let Some(task) = self.waiting.get_mut(&node).and_then(VecDeque::pop_front)
        {
            self.carry_on(task);
        }
    }

    /// The node has something to do for a while.
    pub(super) fn occupy(&mut self, node: NodeId) {
        let now = self.now();
        let host = &mut self.machines.slot_mut(node).host;
        if !host.service.is_zero() {
            host.busy_until = host.busy_until.max(now) + host.service;
            let free = host.busy_until;
            self.engine.schedule(free, Task::Free(node));
        }
    }

    /// The node's deadlines come at other times than was thought.
    fn rearm(&mut self, node: NodeId) {
        self.machines.slot_mut(node).wake = None;
        self.arm(node);
    }
}
