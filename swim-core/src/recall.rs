//! Looking for the cluster where a snapshot says that it was.
//!
//! A snapshot is old news: its members may be gone, renamed or moved. So nothing of it is believed or passed on;
//! it is a list of addresses worth a ping. Pings hold up nobody, unlike streams to addresses that swallow them, so
//! the seeds that [`Node::join`] names are tried as if there were no snapshot.

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
const CALLS_MAX: usize = 16;

/// Where members were when the snapshot was taken, as far as none of them was met again there.
#[derive(Default)]
pub(crate) struct Recall {
    addrs: Vec<Addr>,
    /// The first that was not tried in this pass.
    next: usize,
    calls: Vec<(Nonce, Addr)>,
    /// One stream for each batch of pings: whoever answers first probably knows the rest.
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
    /// The next few addresses, a batch per probe interval until all were tried once.
    pub(crate) fn on_recall(&mut self) {
        self.call_remembered();
        if self.recall.next < self.recall.addrs.len() {
            self.timers.set(Timer::Recall, self.now + self.config.probe_interval);
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
        self.recall.calls.clear();
        self.recall.dialed = false;
        while self.recall.calls.len() < CALLS_MAX {
            let Some(addr) = self.recall.advance() else { break };
            let nonce = self.rng.nonce();
            self.recall.calls.push((nonce, addr.clone()));
            self.send(Outgoing::Recall { to: addr, nonce });
        }
    }

    /// Whether this answers a ping to a remembered address. Whoever is known by now needs no more calls; with a
    /// stranger everything is exchanged, for a cluster that lost its memory may have come back as several.
    pub(crate) fn on_recall_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let calls = &mut self.recall.calls;
        let Some(place) = calls.iter().position(|call| call.0 == nonce) else { return false };
        let (_, addr) = calls.swap_remove(place);
        let row = self.table.find_id(sender).and_then(|index| self.table.get(index));
        if row.is_some_and(Row::is_live) {
            self.recall.forget(&addr);
        } else if !self.recall.dialed && !self.is_leaving() {
            self.recall.dialed = self.dial(Why::Repair { member: sender, buckets: Buckets::ALL }, addr);
        }
        true
    }
}
