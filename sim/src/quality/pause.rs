//! One process stands still for a while: whom does it accuse, and how soon is it back?

use std::time::Duration;

use swim_core::Config;

use super::samples::{Samples, at_most};
use super::town::Town;
use super::{Effort, Row};

const NODES: usize = 64;
const BACK_MAX: Duration = Duration::from_secs(10);
/// How long after the pause its deeds are counted.
const AFTER: Duration = Duration::from_secs(60);

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let quick = [(Duration::from_secs(5), "5 s", 3), (Duration::from_secs(60), "1 min", 3)];
    let full = [
        (Duration::from_millis(500), "0.5 s", 30),
        (Duration::from_secs(5), "5 s", 30),
        (Duration::from_secs(60), "1 min", 30),
        (Duration::from_secs(3_600), "1 h", 5),
    ];
    let pauses = effort.pick(&quick[..], &full[..]);
    pauses.iter().flat_map(|&(pause, name, seeds)| of_length(pause, name, seeds)).collect()
}

fn of_length(pause: Duration, name: &str, seeds: u64) -> Vec<Row> {
    let runs: Vec<_> = (1..=seeds).map(|seed| wake(seed, pause)).collect();
    let back: Samples = runs.iter().map(|run| run.0).collect();
    let deaths: usize = runs.iter().map(|run| run.1).sum();
    let good = at_most(back.max(), BACK_MAX);
    vec![
        Row::new(format!("{name}: alive everywhere after"), back.len(), back.summary())
            .demand("<= 10 s", good),
        Row::new("  deaths it declares", back.len(), deaths.to_string()).demand("0", deaths == 0),
    ]
}

/// How soon after a pause everybody is alive everywhere, and how many the sleeper held dead meanwhile.
fn wake(seed: u64, pause: Duration) -> (Option<Duration>, usize) {
    let mut town = Town::at_peace(seed, NODES, Config::lan());
    let sleeper = town.any();
    let resumed = town.now() + pause;
    town.cluster.pause(sleeper);
    town.run_for(pause);
    town.cluster.resume(sleeper);
    let back = town.whole(AFTER);
    town.run_for(AFTER.saturating_sub(town.now().since(resumed)));
    let deaths = town.deaths_since(resumed).filter(|(observer, _)| *observer == sleeper).count();
    (back, deaths)
}
