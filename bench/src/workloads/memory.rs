//! What a node keeps of the others.

use swim_core::Node;

use crate::foca::FocaPeer;
use crate::part::Effort;
use crate::peer::Peer;
use crate::table::{Row, Table};

pub(crate) fn measure(effort: Effort) -> Table {
    let sizes: &[u32] = effort.pick(&[1_000], &[64, 1_000, 10_000]);
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
