//! What a node keeps of the others.

use swim_core::Node;

use super::Effort;
use crate::foca::FocaPeer;
use crate::peer::Peer;
use crate::table::Row;

pub(crate) fn rows(effort: Effort) -> Vec<Row> {
    let sizes: &[u32] = if effort.quick { &[1_000] } else { &[64, 1_000, 10_000] };
    let row = |&members: &u32| {
        let what = format!("heap of a node that knows {members}, bytes per member");
        Row::new(what, bytes::<Node>(members), bytes::<FocaPeer>(members))
    };
    sizes.iter().map(row).collect()
}

fn bytes<P: Peer>(members: u32) -> f64 {
    let mut node = None;
    let alone = allocation_counter::measure(|| node = Some(P::knowing(1))).bytes_current;
    drop(node.take());
    let knowing = allocation_counter::measure(|| node = Some(P::knowing(members))).bytes_current;
    drop(node);
    (knowing - alone) as f64 / f64::from(members - 1)
}
