//! A cluster starts within a second through one seed: when does everybody know everybody?

use std::time::Duration;

use swim_core::Node;

use super::Effort;
use crate::foca::FocaPeer;
use crate::peer::Peer;
use crate::table::{Figure, Row, median};
use crate::town::Town;

/// How long is waited.
const PATIENCE: Duration = Duration::from_secs(200);

pub(crate) fn rows(effort: Effort) -> Vec<Row> {
    let sizes: &[u32] = if effort.quick { &[64] } else { &[64, 256, 1_000] };
    let mut rows: Vec<_> = sizes.iter().map(|&nodes| row(nodes, effort)).collect();
    if !effort.quick {
        let what = "boot of 4 000, s".into();
        rows.push(Row { what, swim: time::<Node>(4_000, 1), foca: Figure::Skipped });
    }
    rows
}

fn row(nodes: u32, effort: Effort) -> Row {
    let all = |time: fn(u32, u64) -> Figure| {
        let times = (1..=effort.seeds).map(|seed| match time(nodes, seed) {
            Figure::Is(seconds) => seconds,
            _ => f64::INFINITY,
        });
        Figure::within(PATIENCE.as_secs_f64(), Some(median(times.collect())).filter(|time| time.is_finite()))
    };
    let what = format!("boot of {nodes}: everybody knows everybody after, s");
    Row { what, swim: all(time::<Node>), foca: all(time::<FocaPeer>) }
}

fn time<P: Peer + 'static>(nodes: u32, seed: u64) -> Figure {
    let time = Town::<P>::start(nodes, seed).boot(PATIENCE);
    Figure::within(PATIENCE.as_secs_f64(), time.map(|time| time.as_secs_f64()))
}
