//! Bytes as a snapshot, and as what stands between the head and the sum of one.

use swim_core::{Config, Instant, Keyring, Node, Snapshot};

use crate::memory::bounded;
use crate::message::CRC;
use crate::node::local;

/// Any bytes are refused, or restore a node that takes a snapshot of its own.
pub(crate) fn any_snapshot_is_refused_or_restored(bytes: &[u8]) {
    restore(bytes);
    let mut whole = [b"SWIMSNAP\x01", bytes].concat();
    whole.extend_from_slice(&CRC.checksum(&whole).to_be_bytes());
    restore(&whole);
}

fn restore(bytes: &[u8]) {
    bounded(bytes.len(), || Snapshot::open(bytes).map(|snapshot| snapshot.records().count()).ok());
    let restored = Node::restore(Config::lan(), local(0), Keyring::plain(), [1; 32], Instant::ZERO, bytes);
    if let Ok(node) = restored {
        assert!(Snapshot::open(&node.snapshot()).is_ok());
    }
}
