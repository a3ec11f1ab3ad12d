//! What a node keeps of the others.

use std::time::Duration;

use swim_core::Node;

use crate::allocated;
use crate::foca::FocaPeer;
use crate::part::Effort;
use crate::peer::Peer;
use crate::table::{Row, Table};
use crate::town::Town;

const BOOT_MAX: Duration = Duration::from_secs(120);

pub(crate) fn measure(effort: Effort) -> Table {
    let sizes: &[u32] = effort.pick(&[1_000], &[64, 1_000, 10_000]);
    let row = |&members: &u32| {
        let what = format!("heap of a node that knows {members}, bytes per member");
        Row::new(what, bytes::<Node>(members), bytes::<FocaPeer>(members))
    };
    let nodes = effort.pick(64, 1_000);
    let what = format!("the same once {nodes} have answered it");
    let answered = Row::new(what, bytes_at_rest::<Node>(nodes), bytes_at_rest::<FocaPeer>(nodes));
    sizes.iter().map(row).chain([answered]).collect()
}

/// What a whole town holds, its network included, which is little of it.
fn bytes_at_rest<P: Peer + 'static>(nodes: u32) -> f64 {
    let mut town = None;
    let held = allocated::measure(|| {
        let town = town.insert(Town::<P>::start(nodes, 1));
        town.boot(BOOT_MAX);
        town.come_to_rest();
        town.give_back();
    });
    drop(town);
    held.bytes as f64 / f64::from(nodes) / f64::from(nodes - 1)
}

fn bytes<P: Peer>(members: u32) -> f64 {
    let mut node = None;
    let alone = allocated::measure(|| node = Some(P::knowing(1))).bytes;
    drop(node.take());
    let knowing = allocated::measure(|| node = Some(P::knowing(members))).bytes;
    drop(node);
    (knowing - alone) as f64 / f64::from(members - 1)
}
