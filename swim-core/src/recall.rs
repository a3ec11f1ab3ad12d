//! Addresses where somebody was, of whom nothing else is known any more: from a snapshot, and from tombstones that
//! ended.
//!
//! Such memories are old news: whoever was there may be gone, renamed or moved. So nothing of them is believed or
//! passed on; they are a list of addresses worth a ping. Pings hold up nobody, unlike streams to addresses that
//! swallow them, so the seeds that [`Node::join`] names are tried as if there were no memories.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use swim_codec::Addr;

use crate::Node;
use crate::buggify::Site;
use crate::rng::Rng;
use crate::timers::Timer;

/// Addresses that are remembered.
pub(crate) const REMEMBERED_MAX: usize = 256;
/// Addresses that are pinged at a time in the first pass.
const CALLS_AT_ONCE: usize = 3;

/// Where somebody was, as far as nobody who is known was met again there; the longest gone first.
#[derive(Default)]
pub(crate) struct Recall {
    addrs: VecDeque<Addr>,
    /// The first that was not tried in this pass.
    next: usize,
}

impl Recall {
    pub(crate) fn addrs(&self) -> impl Iterator<Item = &Addr> {
        self.addrs.iter()
    }

    /// False once there are as many as may be.
    pub(crate) fn remember(&mut self, addr: Addr) -> bool {
        let has_room = self.addrs.len() < REMEMBERED_MAX;
        if has_room && !self.addrs.contains(&addr) {
            self.addrs.push_back(addr);
        }
        has_room
    }

    /// Remembers one more, if need be in place of the one who is gone the longest.
    pub(crate) fn remember_last(&mut self, addr: Addr) {
        self.forget(&addr);
        if self.addrs.len() == REMEMBERED_MAX {
            self.remove(0);
        }
        self.addrs.push_back(addr);
    }

    /// Nodes that were saved together should not all call the same few first.
    pub(crate) fn shuffle(&mut self, rng: &mut Rng) {
        for last in (1..self.addrs.len()).rev() {
            self.addrs.swap(last, rng.below(last + 1));
        }
    }

    pub(crate) fn forget(&mut self, addr: &Addr) {
        if let Some(place) = self.addrs.iter().position(|known| known == addr) {
            self.remove(place);
        }
    }

    fn remove(&mut self, place: usize) {
        self.addrs.remove(place);
        self.next -= usize::from(place < self.next);
    }

    /// The next few of this pass.
    fn advance(&mut self, count: usize) -> Vec<Addr> {
        let addrs: Vec<_> = self.addrs.iter().skip(self.next).take(count).cloned().collect();
        self.next += addrs.len();
        addrs
    }
}

impl Node {
    /// The next few addresses, at the pace of gossip until all were tried once.
    pub(crate) fn on_recall(&mut self) {
        let at_once = if self.switches.fires(Site::RecallsOne) { 1 } else { CALLS_AT_ONCE };
        self.call_remembered(at_once);
        if self.recall.next < self.recall.addrs.len() {
            self.timers.set(Timer::Recall, self.now + self.config.gossip_interval);
        } else {
            self.recall.next = 0;
        }
    }

    /// After the first pass the next one is tried whenever it is this node's turn.
    pub(crate) fn recall_again(&mut self) {
        if !self.timers.is_set(Timer::Recall) {
            self.call_remembered(1);
            self.recall.next %= self.recall.addrs.len().max(1);
        }
    }

    fn call_remembered(&mut self, count: usize) {
        let addrs = self.recall.advance(count);
        self.call_addrs(addrs);
    }
}
