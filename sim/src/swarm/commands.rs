//! What nodes are told to do.

use std::time::Duration;

use swim_core::{Node, State};

use crate::{Cluster, NodeId};

/// How long after it was told to leave a node's process ends: more than any leave takes.
pub(super) const EXIT: Duration = Duration::from_secs(4);

/// Sets a register to bytes that no other time gives.
pub(super) fn set(cluster: &mut Cluster<Node>, node: NodeId, key: &str, bytes: u32) {
    let stamp = cluster.now().as_nanos().to_le_bytes();
    let value: Vec<u8> = stamp.into_iter().cycle().take(bytes as usize).collect();
    // A node that is leaving refuses, and there is room for all the keys that plans have.
    let _refused = cluster.with(node, |node, now| node.set(now, key, &value));
}

/// Tells a node to leave; its process ends once it has left.
pub(super) fn leave(cluster: &mut Cluster<Node>, node: NodeId) {
    cluster.with(node, Node::leave);
    exit(cluster, node);
}

/// Ends the process of a node that leaves, later if it was paused meanwhile.
fn exit(cluster: &mut Cluster<Node>, node: NodeId) {
    cluster.at(cluster.now() + EXIT, move |cluster| match cluster.machines().get(node) {
        Some(machine) if machine.has_left() => drop(cluster.crash(node)),
        Some(machine) if machine.local().state() == State::Left => exit(cluster, node),
        Some(_) | None => {}
    });
}

/// Sets the same register again and again.
pub(super) fn chatter(cluster: &mut Cluster<Node>, node: NodeId, times: u32) {
    cluster.with(node, |node, now| {
        for time in 0..times {
            let value = [now.as_nanos().to_le_bytes().as_slice(), &time.to_le_bytes()].concat();
            // A node that is leaving refuses.
            let _refused = node.set(now, "chatter", &value);
        }
    });
}
