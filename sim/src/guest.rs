//! Somebody at the end of streams who is no node.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use swim_core::{Addr, StreamId};

use crate::{Arrival, NodeId};

/// Dials nodes and is dialled by them at an address where no node is; see [`Cluster::invite`](crate::Cluster::invite).
/// A clone is the same guest. Whoever dials it after the last clone but that of the cluster is gone is refused; streams
/// that stood by then fall silent.
#[derive(Clone, Debug)]
pub struct Guest(Rc<Place>);

#[derive(Debug)]
struct Place {
    number: NodeId,
    addr: Addr,
    dialed: Cell<u64>,
    heard: RefCell<VecDeque<(StreamId, Arrival)>>,
}

impl Guest {
    /// The guest with this number in its cluster.
    pub(crate) fn new(number: u32, addr: Addr) -> Self {
        let number = NodeId(u32::MAX - number);
        Self(Rc::new(Place { number, addr, dialed: Cell::default(), heard: RefCell::default() }))
    }

    /// The next thing that happened on its streams.
    #[must_use]
    pub fn take(&self) -> Option<(StreamId, Arrival)> {
        self.0.heard.borrow_mut().pop_front()
    }

    /// Where it is.
    #[must_use]
    pub fn addr(&self) -> &Addr {
        &self.0.addr
    }

    /// Which node of the network it counts as: no cluster has as many.
    pub(crate) fn node(&self) -> NodeId {
        self.0.number
    }

    pub(crate) fn is_present(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }

    /// A name for one more stream.
    pub(crate) fn next_stream(&self) -> StreamId {
        StreamId::Dialed(self.0.dialed.replace(self.0.dialed.get() + 1))
    }

    pub(crate) fn hear(&self, stream: StreamId, arrival: Arrival) {
        self.0.heard.borrow_mut().push_back((stream, arrival));
    }
}
