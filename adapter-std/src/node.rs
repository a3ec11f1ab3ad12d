//! What is particular to a [`Node`].

use std::net::SocketAddr;
use std::time::Duration;

use swim_core::{Addr, Node, Peer};

use crate::handle::Handle;

impl Handle<Node> {
    /// The members that are alive or suspected, this node first.
    #[must_use]
    pub fn members(&self) -> Vec<Peer> {
        self.with(|node, _| node.members().map(|member| member.to_peer()).collect())
    }

    /// Joins the cluster through any of these members; see [`Node::join`]. Returns at once: the events tell how
    /// it goes.
    pub fn join(&self, seeds: &[SocketAddr]) {
        let seeds: Vec<Addr> = seeds.iter().copied().map(Addr::from).collect();
        self.with(|node, now| node.join(now, &seeds));
    }

    /// Leaves politely, then shuts down. Answers whether the goodbye was told within `timeout`; the node itself
    /// gives up after its [`leave_timeout`](swim_core::Config::leave_timeout).
    #[allow(clippy::must_use_candidate, reason = "who only wants to be gone need not know")]
    pub fn leave(&self, timeout: Duration) -> bool {
        self.with(Node::leave);
        self.await_end(timeout);
        self.shutdown();
        self.with(|node, _| node.has_left())
    }
}
