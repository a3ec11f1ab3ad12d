//! Those who are no nodes: what attackers send, hear, and do on streams.

use swim_core::{Addr, Machine, StreamId};

use super::{Cluster, Task};
use crate::{Guest, Mailbox, NodeId};

/// Datagrams.
impl<M: Machine> Cluster<M> {
    /// Lets a datagram arrive at a node now, from any address: what an attacker can do.
    pub fn inject(&mut self, from: Addr, to: NodeId, bytes: &[u8]) {
        let Some(to) = self.machines.place(self.machines.addr(to)) else { return };
        let bytes = self.pool.copy_of(bytes);
        self.engine.schedule(self.now(), Task::Datagram { from, to, bytes });
    }

    /// Where datagrams to an address at which no node is are left from now on: what an attacker can hear. They come at
    /// once, whatever the network does to others.
    pub fn listen(&mut self, addr: Addr) -> Mailbox {
        self.mailboxes.entry(addr).or_default().clone()
    }
}

/// Streams, by the contract of [`Machine`], but that what it does not allow has no effect.
impl<M: Machine> Cluster<M> {
    /// Whoever dials this address, at which no node is, reaches the guest from now on.
    pub fn invite(&mut self, addr: Addr) -> Guest {
        let number = u32::try_from(self.guests.len()).unwrap_or(u32::MAX);
        let guest = Guest::new(number, addr);
        self.guests.push(guest.clone());
        guest
    }

    /// Opens a stream to a node.
    pub fn dial(&mut self, guest: &Guest, to: NodeId) -> StreamId {
        let stream = guest.next_stream();
        let (now, end) = (self.now(), (guest.node(), stream));
        let there = Some((to, self.machines.addr(to)));
        let _is_new = self.streams.connect(now, end, guest.addr(), there, &mut self.network);
        self.schedule_streams();
        stream
    }

    /// Writes these bytes.
    pub fn write(&mut self, guest: &Guest, stream: StreamId, bytes: &[u8]) {
        let (now, end) = (self.now(), (guest.node(), stream));
        let _may_be_over = self.streams.write(now, end, bytes, &mut self.network, &mut self.pool);
        self.schedule_streams();
    }

    /// Writes nothing more.
    pub fn finish(&mut self, guest: &Guest, stream: StreamId) {
        let _may_be_over = self.streams.finish(self.now(), (guest.node(), stream), &mut self.network);
        self.schedule_streams();
    }

    /// Breaks a stream off.
    pub fn hang_up(&mut self, guest: &Guest, stream: StreamId) {
        let _may_be_over = self.streams.abort(self.now(), (guest.node(), stream), &mut self.network);
        self.schedule_streams();
    }

    /// Who is at this address, be it a node or a guest.
    pub(super) fn who_answers(&self, addr: &Addr) -> Option<NodeId> {
        let guest = || self.guests.iter().rev().find(|guest| guest.is_present() && guest.addr() == addr);
        self.machines.at(addr).or_else(|| guest().map(Guest::node))
    }

    /// Whether a stream that was dialled to this address can begin at this end.
    pub(super) fn is_there(&self, end: NodeId, at: &Addr) -> bool {
        self.guest(end).is_some() || self.machines.get(end).is_some() && self.machines.addr(end) == at
    }

    /// The guest that counts as this node.
    pub(super) fn guest(&self, node: NodeId) -> Option<&Guest> {
        self.guests.iter().find(|guest| guest.node() == node)
    }
}
