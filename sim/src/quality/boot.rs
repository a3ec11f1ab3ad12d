//! All nodes start within a second, each knowing one seed: how soon does everybody know everybody?

use std::time::Duration;

use swim_core::Config;

use super::samples::{Samples, at_most};
use super::town::Town;
use super::{Effort, Row};

const PATIENCE: Duration = Duration::from_secs(300);

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let quick = [(64, 3, 5, "1.6"), (256, 1, 5, "181")];
    let full = [(64, 10, 5, "1.6"), (256, 5, 5, "181"), (1_000, 5, 5, "> 180"), (4_000, 3, 8, "> 22")];
    let sizes = effort.pick(&quick[..], &full[..]);
    sizes.iter().map(|&(nodes, seeds, bound, foca)| of_size(nodes, seeds, bound, foca)).collect()
}

/// The time counts from the first start.
fn of_size(nodes: usize, seeds: u64, bound: u64, foca: &'static str) -> Row {
    let boot = |seed| {
        let mut town = Town::new(seed, Config::lan());
        let begun = town.now();
        town.start_all(nodes);
        let start = town.now().since(begun);
        town.whole(PATIENCE).map(|rest| start + rest)
    };
    let times: Samples = (1..=seeds).map(boot).collect();
    let good = at_most(times.max(), Duration::from_secs(bound));
    Row::new(format!("n = {nodes}"), times.len(), times.summary())
        .demand(format!("<= {bound} s"), good)
        .foca(foca)
}
