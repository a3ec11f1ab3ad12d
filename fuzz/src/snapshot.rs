//! Bytes as a snapshot, and as what stands between the head and the sum of one.

use crc32c::crc32c;
use swim_core::{Config, Instant, Keyring, Node, Snapshot};

use crate::memory::bounded;

use crate::node::local;

/// Any bytes are refused, or restore a node that takes a snapshot of its own. Accepted if they do.
#[must_use]
pub fn any_snapshot_is_refused_or_restored(bytes: &[u8]) -> bool {
    let as_it_is = restores(bytes);
    let mut whole = [b"SWIMSNAP\x01", bytes].concat();
    whole.extend_from_slice(&crc32c(&whole).to_be_bytes());
    restores(&whole) || as_it_is
}

fn restores(bytes: &[u8]) -> bool {
    bounded(bytes.len(), || Snapshot::open(bytes).map(|snapshot| snapshot.records().count()).ok());
    let restored = bounded(bytes.len(), || {
        Node::restore(Config::lan(), local(0), Keyring::plain(), [1; 32], Instant::ZERO, bytes)
    });
    restored.is_ok_and(|node| {
        assert!(Snapshot::open(&node.snapshot()).is_ok());
        true
    })
}
