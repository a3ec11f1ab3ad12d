//! Every packet is lost with some probability, and everybody is alive: how many are buried?

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use sim::Step;
use swim_core::Node;

use super::Effort;
use crate::foca::FocaPeer;
use crate::peer::Peer;
use crate::stopwatch::Watched;
use crate::table::Row;
use crate::town::Town;

const NODES: u32 = 256;
const SETTLE: Duration = Duration::from_secs(300);
const MEASURED: Duration = Duration::from_secs(120);

pub(crate) fn rows(effort: Effort) -> Vec<Row> {
    let losses: &[u32] = if effort.quick { &[10] } else { &[1, 5, 10, 20] };
    losses.iter().map(|&percent| row(percent, effort)).collect()
}

fn row(percent: u32, effort: Effort) -> Row {
    let share = f64::from(percent) / 100.0;
    let sum = |run: fn(f64, u64) -> u64| (1..=effort.seeds).map(|seed| run(share, seed) as f64).sum();
    let what = format!("{percent} % loss, {NODES} nodes, {} × 120 s: false deaths told", effort.seeds);
    Row::new(what, sum(deaths::<Node>), sum(deaths::<FocaPeer>))
}

/// How often somebody told that a live member is dead.
fn deaths<P: Peer + 'static>(share: f64, seed: u64) -> u64 {
    let mut town = Town::<P>::start(NODES, seed);
    town.boot(SETTLE);
    town.run_for(Duration::from_secs(30));
    town.lose(share);
    let deaths: Rc<Cell<u64>> = Rc::default();
    let told = deaths.clone();
    town.cluster.watch(move |step: &Step<'_, Watched<P>>| {
        told.set(told.get() + step.events.iter().filter_map(P::buried).count() as u64);
        Ok(())
    });
    town.run_for(MEASURED);
    deaths.get()
}
