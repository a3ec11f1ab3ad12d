//! Datagrams get lost, each independently: who is declared dead though it lives, and how many probes fail?

use std::collections::BTreeSet;
use std::time::Duration;

use swim_core::{Config, Node};

use super::theory::failing_probes;
use super::town::{Streams, Town};
use super::{Effort, Row};

const TIME: Duration = Duration::from_secs(120);
/// Theory and simulation may differ by this much.
const TOLERANCE: f64 = 0.2;
/// Fewer expected failures than this say nothing about a rate.
const EXPECTED_MIN: f64 = 100.0;

#[derive(Default)]
struct Toll {
    false_deaths: usize,
    probes: u64,
    failed: u64,
}

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let rates: &[(f64, usize, &str)] = effort.pick(
        &[(0.05, 1, ""), (0.2, 500, "27975")],
        &[(0.0, 0, ""), (0.01, 0, ""), (0.05, 1, ""), (0.1, 5, "511"), (0.2, 500, "27975")],
    );
    let (nodes, seeds) = effort.pick((64, 1), (256, 10));
    let mut rows = Vec::new();
    for streams in [Streams::Alive, Streams::Cut] {
        for &(loss, bound, foca) in rates {
            rows.extend(of_rate(nodes, loss, streams, seeds, bound, foca));
        }
    }
    rows.extend(rate_alone(effort.pick(32, 128), 0.3, effort.pick(1, 3)));
    rows
}

fn of_rate(
    nodes: usize,
    loss: f64,
    streams: Streams,
    seeds: u64,
    bound: usize,
    foca: &'static str,
) -> Vec<Row> {
    let sum = tolls(nodes, loss, streams, seeds);
    let samples = usize::try_from(seeds).expect("few");
    let what = format!("n = {nodes}, {:.0} % loss, streams {}", loss * 100.0, streams.name());
    let deaths = Row::new(what, samples, format!("{} deaths", sum.false_deaths))
        .demand(format!("<= {bound} in 10 runs"), sum.false_deaths <= bound)
        .foca(foca);
    let mut rows = vec![deaths];
    rows.extend(sum.rate(loss, streams));
    rows
}

/// So much is lost that nothing is demanded but what theory says.
fn rate_alone(nodes: usize, loss: f64, seeds: u64) -> Option<Row> {
    tolls(nodes, loss, Streams::Cut, seeds).rate(loss, Streams::Cut)
}

fn tolls(nodes: usize, loss: f64, streams: Streams, seeds: u64) -> Toll {
    let mut sum = Toll::default();
    for seed in 1..=seeds {
        let toll = toll(seed, nodes, loss, streams, Config::lan());
        sum.false_deaths += toll.false_deaths;
        sum.probes += toll.probes;
        sum.failed += toll.failed;
    }
    sum
}

impl Toll {
    /// The share of probes that fail: from theory where the streams are no way around the loss.
    fn rate(&self, loss: f64, streams: Streams) -> Option<Row> {
        let (probes, failed) = (self.probes as f64, self.failed as f64);
        let theory = failing_probes(loss);
        if streams == Streams::Alive || theory * probes < EXPECTED_MIN {
            return None;
        }
        let rate = failed / probes;
        let good = (rate / theory - 1.0).abs() <= TOLERANCE;
        let what = format!("  probes that fail, {:.0} % loss", loss * 100.0);
        let samples = usize::try_from(self.probes).unwrap_or(usize::MAX);
        Some(Row::new(what, samples, format!("{rate:.2e}")).demand(format!("{theory:.2e} +- 20 %"), good))
    }
}

fn toll(seed: u64, nodes: usize, loss: f64, streams: Streams, config: Config) -> Toll {
    let mut town = Town::at_peace(seed, nodes, config);
    let (probes, failed) = probes(&town);
    match streams {
        Streams::Alive => town.lose(loss),
        Streams::Cut => town.lose_without_streams(loss),
    }
    let begun = town.now();
    town.run_for(TIME);
    let dead: BTreeSet<_> = town.deaths_since(begun).collect();
    let after = self::probes(&town);
    Toll { false_deaths: dead.len(), probes: after.0 - probes, failed: after.1 - failed }
}

/// How many are held dead where every stream is cut.
pub(super) fn false_deaths_without_streams(seed: u64, nodes: usize, loss: f64, config: &Config) -> usize {
    toll(seed, nodes, loss, Streams::Cut, config.clone()).false_deaths
}

fn probes(town: &Town) -> (u64, u64) {
    let stats = || town.nodes().map(Node::stats);
    (stats().map(|stats| stats.probes).sum(), stats().map(|stats| stats.probes_failed).sum())
}
