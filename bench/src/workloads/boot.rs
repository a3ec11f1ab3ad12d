//! A cluster starts within a second through one seed: when does everybody know everybody?

use std::time::Duration;

use swim_core::Node;

use crate::foca::FocaPeer;
use crate::part::Effort;
use crate::peer::Peer;
use crate::table::{Figure, Row, Table};
use crate::town::Town;

/// How long is waited.
const PATIENCE: Duration = Duration::from_secs(200);

pub(crate) fn measure(effort: Effort) -> Table {
    let sizes: &[u32] = effort.pick(&[64], &[64, 256, 1_000]);
    let large: &[u32] = effort.pick(&[], &[4_000]);
    let both = sizes.iter().map(|&nodes| {
        let (swim, foca) =
            effort.turns(|seed| seconds::<Node>(nodes, seed), |seed| seconds::<FocaPeer>(nodes, seed));
        row(nodes, middle(swim), middle(foca))
    });
    let alone = large.iter().map(|&nodes| {
        let swim = (1..=effort.seeds).map(|seed| seconds::<Node>(nodes, seed)).collect();
        row(nodes, middle(swim), Figure::Skipped)
    });
    both.chain(alone).collect()
}

fn row(nodes: u32, swim: Figure, foca: Figure) -> Row {
    Row { what: format!("boot of {nodes}: everybody knows everybody after, s"), swim, foca }
}

fn middle(times: Vec<Option<f64>>) -> Figure {
    Figure::middle(PATIENCE.as_secs_f64(), times)
}

fn seconds<P: Peer + 'static>(nodes: u32, seed: u64) -> Option<f64> {
    Some(Town::<P>::start(nodes, seed).boot(PATIENCE)?.as_secs_f64())
}
