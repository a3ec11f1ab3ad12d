//! The nodes of a cluster and the machines that run on them.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;
use swim_core::{Addr, Instant};

use crate::host::Host;
use crate::report::Entry;

/// How many calls of each node are remembered for a report.
const HISTORY_MAX: usize = 24;

/// A node of a cluster: a place with an address where one machine at a time can run. Numbered from 0 as added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// All machines of a cluster, to look at.
#[derive(Debug)]
pub struct Machines<M> {
    slots: Vec<Slot<M>>,
    by_addr: HashTable<(Addr, NodeId)>,
}

/// A wake-up that is scheduled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wake {
    /// When the machine asked to be woken.
    pub(crate) asked: Instant,
    pub(crate) at: Instant,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Slot<M> {
    pub(crate) addr: Addr,
    pub(crate) machine: Option<M>,
    /// How many machines have run here.
    pub(crate) lives: u64,
    /// The one wake-up that counts; others in the queue are stale.
    pub(crate) wake: Option<Wake>,
    /// Whether the application takes events.
    pub(crate) listening: bool,
    pub(crate) history: VecDeque<Entry>,
    pub(crate) host: Host,
}

impl<M> Slot<M> {
    pub(crate) fn remember(&mut self, entry: Entry) {
        if self.history.len() == HISTORY_MAX {
            self.history.pop_front();
        }
        self.history.push_back(entry);
    }
}

impl<M> Machines<M> {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), by_addr: HashTable::new() }
    }

    /// The machine that runs on this node; `None` while it is down.
    #[must_use]
    pub fn get(&self, node: NodeId) -> Option<&M> {
        self.slots.get(node.index())?.machine.as_ref()
    }

    /// All machines that run, in the order of their nodes.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &M)> {
        self.nodes().filter_map(|node| Some((node, self.get(node)?)))
    }

    /// All nodes, up or down, in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<M> {
        (0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// Where the node listens.
    ///
    /// # Panics
    ///
    /// If the node is of another cluster.
    #[must_use]
    pub fn addr(&self, node: NodeId) -> &Addr {
        &self.slot(node).addr
    }

    /// Where these nodes listen.
    pub(crate) fn addrs(&self, nodes: impl IntoIterator<Item = NodeId>) -> Vec<Addr> {
        nodes.into_iter().map(|node| self.addr(node).clone()).collect()
    }

    /// Which node listens there.
    #[must_use]
    pub fn at(&self, addr: &Addr) -> Option<NodeId> {
        self.by_addr.find(hash_of(addr), |(other, _)| other == addr).map(|(_, node)| *node)
    }

    pub(crate) fn push(&mut self, addr: Addr) -> NodeId {
        let node = NodeId(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.listen(node, &addr);
        let history = VecDeque::with_capacity(HISTORY_MAX);
        let host = Host::default();
        self.slots.push(Slot { addr, machine: None, lives: 0, wake: None, listening: true, history, host });
        node
    }

    /// The node listens somewhere else from now on.
    pub(crate) fn move_to(&mut self, node: NodeId, addr: Addr) {
        let before = self.addr(node).clone();
        if let Ok(entry) = self.by_addr.find_entry(hash_of(&before), |(other, _)| *other == before) {
            entry.remove();
        }
        self.listen(node, &addr);
        self.slot_mut(node).addr = addr;
    }

    fn listen(&mut self, node: NodeId, addr: &Addr) {
        assert!(self.at(addr).is_none(), "two nodes listen at {addr}");
        self.by_addr.insert_unique(hash_of(addr), (addr.clone(), node), |(addr, _)| hash_of(addr));
    }

    pub(crate) fn slot(&self, node: NodeId) -> &Slot<M> {
        &self.slots[node.index()]
    }

    pub(crate) fn slot_mut(&mut self, node: NodeId) -> &mut Slot<M> {
        &mut self.slots[node.index()]
    }
}

fn hash_of(addr: &Addr) -> u64 {
    let mut hasher = SipHasher13::new();
    addr.hash(&mut hasher);
    hasher.finish()
}
