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

/// An address at which some node listens or has listened: what is under way goes there, whoever that is by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(u32);

/// All machines of a cluster, to look at.
#[derive(Debug)]
pub struct Machines<M> {
    slots: Vec<Slot<M>>,
    places: HashTable<(Addr, Place)>,
    /// Who listens at each place.
    tenants: Vec<Option<NodeId>>,
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
        Self { slots: Vec::new(), places: HashTable::new(), tenants: Vec::new() }
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
        self.find(addr).map(|(_, node)| node)
    }

    /// Which node listens there, and that place.
    pub(crate) fn find(&self, addr: &Addr) -> Option<(Place, NodeId)> {
        let place = self.place(addr)?;
        self.tenant(place).map(|node| (place, node))
    }

    /// `None`: no node has ever listened there.
    pub(crate) fn place(&self, addr: &Addr) -> Option<Place> {
        self.places.find(hash_of(addr), |(other, _)| other == addr).map(|(_, place)| *place)
    }

    /// Which node listens at this place.
    pub(crate) fn tenant(&self, place: Place) -> Option<NodeId> {
        self.tenants[place.0 as usize]
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
        if let Some(Place(before)) = self.place(self.addr(node)) {
            self.tenants[before as usize] = None;
        }
        self.listen(node, &addr);
        self.slot_mut(node).addr = addr;
    }

    fn listen(&mut self, node: NodeId, addr: &Addr) {
        assert!(self.at(addr).is_none(), "two nodes listen at {addr}");
        let Place(place) = self.place(addr).unwrap_or_else(|| self.found(addr));
        self.tenants[place as usize] = Some(node);
    }

    fn found(&mut self, addr: &Addr) -> Place {
        let place = Place(u32::try_from(self.tenants.len()).unwrap_or(u32::MAX));
        self.tenants.push(None);
        self.places.insert_unique(hash_of(addr), (addr.clone(), place), |(addr, _)| hash_of(addr));
        place
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
