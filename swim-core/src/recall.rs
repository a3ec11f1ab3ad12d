//! Looking for the cluster where a snapshot says that it was.
//!
//! A snapshot is old news: its members may be gone, renamed or moved. So nothing of it is believed or passed on;
//! it is a list of addresses worth a ping. Pings hold up nobody, unlike streams to addresses that swallow them, so
//! the seeds that [`Node::join`] names are tried as if there were no snapshot.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use swim_codec::{Addr, Buckets, MemberId, Nonce};

use crate::Node;
use crate::outbox::Outgoing;
use crate::rng::Rng;
use crate::sync::Why;
use crate::table::Row;
use crate::timers::Timer;

/// Addresses that are remembered.
pub(crate) const REMEMBERED_MAX: usize = 256;
/// Addresses that are pinged at a time.
const CALLS_AT_ONCE: usize = 3;
/// Pings whose answers still count; the oldest are given up.
const CALLS_MAX: usize = 32;

/// Where members were when the snapshot was taken, as far as none of them was met again there.
#[derive(Default)]
pub(crate) struct Recall {
    addrs: Vec<Addr>,
    /// The first that was not tried in this pass.
    next: usize,
    calls: VecDeque<(Nonce, Addr)>,
    /// One stream for each few pings: whoever answers first probably knows the rest.
    dialed: bool,
}

impl Recall {
    pub(crate) fn addrs(&self) -> &[Addr] {
        &self.addrs
    }

    /// False once there are as many as may be.
    pub(crate) fn remember(&mut self, addr: Addr) -> bool {
        let has_room = self.addrs.len() < REMEMBERED_MAX;
        if has_room && !self.addrs.contains(&addr) {
            self.addrs.push(addr);
        }
        has_room
    }

    /// Nodes that were saved together should not all call the same few first.
    pub(crate) fn shuffle(&mut self, rng: &mut Rng) {
        for last in (1..self.addrs.len()).rev() {
            self.addrs.swap(last, rng.below(last + 1));
        }
    }

    fn wait_for(&mut self, nonce: Nonce, addr: Addr) {
        if self.calls.len() == CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back((nonce, addr));
    }

    fn take_answered(&mut self, nonce: Nonce) -> Option<Addr> {
        let place = self.calls.iter().position(|call| call.0 == nonce)?;
        self.calls.remove(place).map(|(_, addr)| addr)
    }

    fn forget(&mut self, addr: &Addr) {
        if let Some(place) = self.addrs.iter().position(|known| known == addr) {
            self.addrs.remove(place);
            self.next -= usize::from(place < self.next);
        }
    }

    /// The next one of this pass.
    fn advance(&mut self) -> Option<Addr> {
        let addr = self.addrs.get(self.next).cloned();
        self.next += usize::from(addr.is_some());
        addr
    }
}

impl Node {
    /// The next few addresses, at the pace of gossip until all were tried once.
    pub(crate) fn on_recall(&mut self) {
        self.call_remembered();
        if self.recall.next < self.recall.addrs.len() {
            self.timers.set(Timer::Recall, self.now + self.config.gossip_interval);
        } else {
            self.recall.next = 0;
        }
    }

    /// After the first pass somebody in the cluster tries again each heal interval.
    pub(crate) fn recall_again(&mut self) {
        if !self.timers.is_set(Timer::Recall) {
            self.call_remembered();
            self.recall.next %= self.recall.addrs.len().max(1);
        }
    }

    fn call_remembered(&mut self) {
        self.recall.dialed = false;
        for _ in 0..CALLS_AT_ONCE {
            let Some(addr) = self.recall.advance() else { break };
            let nonce = self.rng.nonce();
            self.recall.wait_for(nonce, addr.clone());
            self.send(Outgoing::Recall { to: addr, nonce });
        }
    }

    /// Whether this answers a ping to a remembered address. Whoever is known by now needs no more calls; with a
    /// stranger everything is exchanged, for a cluster that lost its memory may have come back as several.
    pub(crate) fn on_recall_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let Some(addr) = self.recall.take_answered(nonce) else { return false };
        let row = self.table.find_id(sender).and_then(|index| self.table.get(index));
        if row.is_some_and(Row::is_live) {
            self.recall.forget(&addr);
        } else if !self.recall.dialed && !self.is_leaving() {
            let why = Why::Repair { member: sender, buckets: Buckets::ALL };
            self.recall.dialed = self.dial(why, addr).is_some();
        }
        true
    }
}
