//! Members crash: how soon does somebody suspect it, and how soon after the first does the last hear of the death?

use std::time::Duration;

use swim_core::{Config, Fact, Instant, Name};

use super::samples::{Samples, at_most, figure};
use super::theory::first_probe;
use super::town::{Streams, Town};
use super::{Effort, Row};

/// The earliest verdict: a quarter of the time-out passes before helpers are asked, and 80 % of it until they say that
/// they have no answer either.
const EARLIEST: f64 = 0.125 + 0.4;
/// Theory and simulation may differ by this much.
const TOLERANCE: f64 = 0.2;
const MEAN_MAX: Duration = Duration::from_millis(2_000);
const P50_MAX: Duration = Duration::from_millis(1_700);
const P99_MAX: Duration = Duration::from_millis(6_000);
const INFORMED_MAX: Duration = Duration::from_secs(1);

/// More than the longest suspicion of a thousand members.
const PATIENCE: Duration = Duration::from_secs(120);

/// What became of one crash.
struct Crash {
    suspected: Option<Duration>,
    died: Option<Duration>,
    /// From the first who declared it dead to the last.
    informed: Option<Duration>,
}

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let sizes: &[(usize, usize)] = effort.pick(
        &[(3, 200), (16, 200), (64, 100)],
        &[(3, 2_000), (5, 2_000), (16, 1_000), (64, 500), (256, 1_000), (1_000, 200)],
    );
    let late: &[(usize, usize)] =
        effort.pick(&[(3, 200), (16, 200)], &[(3, 1_000), (5, 1_000), (16, 1_000), (64, 500)]);
    let mut rows: Vec<_> = sizes.iter().flat_map(|&(nodes, crashes)| of_size(nodes, crashes)).collect();
    rows.extend(late.iter().map(|&(nodes, crashes)| without_early_verdicts(nodes, crashes)));
    rows
}

fn of_size(nodes: usize, wanted: usize) -> Vec<Row> {
    // So few of so many that they do not matter to each other.
    let at_once = (nodes / 100).max(1);
    let crashes = crashes(nodes, at_once, wanted, Streams::Alive, &Config::lan());
    let suspected: Samples = crashes.iter().map(|crash| crash.suspected).collect();
    let died: Samples = crashes.iter().map(|crash| crash.died).collect();
    let informed: Samples = crashes.iter().map(|crash| crash.informed).collect();
    let mean = suspected.mean();
    let least = (first_probe(nodes) + EARLIEST) * (1.0 - TOLERANCE);
    let good = at_most(mean, MEAN_MAX)
        && mean >= Some(Duration::from_secs_f64(least))
        && at_most(suspected.p50(), P50_MAX)
        && at_most(suspected.p99(), P99_MAX);
    let ours = format!("mean {} {}", figure(mean), suspected.summary());
    let last = Row::new(
        format!("  the last hears of it after the first, {at_once} at once"),
        informed.len(),
        informed.summary(),
    );
    let last = match nodes {
        1_000 => last.demand("<= 1.0 s", at_most(informed.max(), INFORMED_MAX)).foca("0.7"),
        _ => last.demand("p99 <= 1.0 s", at_most(informed.p99(), INFORMED_MAX)),
    };
    vec![
        Row::new(format!("first suspicion, n = {nodes}"), suspected.len(), ours)
            .demand(format!("mean {least:.2}-2.0 p50 1.7 p99 6.0 s"), good),
        Row::new("  first death", died.len(), died.summary()),
        last,
    ]
}

/// Where streams are cut no verdict comes before the end of its period, so the mean follows from theory.
fn without_early_verdicts(nodes: usize, wanted: usize) -> Row {
    let crashes = crashes(nodes, 1, wanted, Streams::Cut, &Config::lan());
    let suspected: Samples = crashes.iter().map(|crash| crash.suspected).collect();
    let mean = suspected.mean();
    let theory = 1.0 + first_probe(nodes);
    let good = mean.is_some_and(|mean| (mean.as_secs_f64() / theory - 1.0).abs() <= TOLERANCE);
    let ours = format!("mean {} {}", figure(mean), suspected.summary());
    Row::new(format!("first suspicion, n = {nodes}, streams cut"), suspected.len(), ours)
        .demand(format!("mean {theory:.2} s +- 20 %"), good)
}

/// How soon each of so many crashes was declared a death.
pub(super) fn first_deaths(nodes: usize, wanted: usize, config: &Config) -> Samples {
    crashes(nodes, 1, wanted, Streams::Alive, config).iter().map(|crash| crash.died).collect()
}

fn crashes(nodes: usize, at_once: usize, wanted: usize, streams: Streams, config: &Config) -> Vec<Crash> {
    let mut town = Town::at_peace(3, nodes, config.clone());
    let mut crashes = Vec::new();
    while crashes.len() < wanted {
        crashes.extend(one_round(&mut town, at_once, streams));
    }
    crashes
}

/// Some crash at a random phase of everybody's period; when everybody knows, they start again.
fn one_round(town: &mut Town, at_once: usize, streams: Streams) -> Vec<Crash> {
    let phase = town.rng.duration(&(Duration::ZERO..=Duration::from_secs(1)));
    town.run_for(phase);
    if streams == Streams::Cut {
        town.lose_without_streams(0.0);
    }
    let begun = town.now();
    let victims = town.some(at_once);
    let names: Vec<_> = victims.iter().map(|&victim| town.name(victim)).collect();
    for &victim in &victims {
        town.cluster.crash(victim);
    }
    town.whole(PATIENCE);
    town.run_for(Duration::from_secs(2));
    let survivors = town.running().count();
    town.repair();
    let crashes = names.iter().map(|name| Crash::of(town, begun, name, survivors)).collect();
    for (&victim, name) in victims.iter().zip(&names) {
        town.restart(name.clone(), Some(victim), None);
    }
    town.whole(Duration::from_secs(30));
    town.run_for(Duration::from_secs(5));
    crashes
}

impl Crash {
    fn of(town: &Town, begun: Instant, victim: &Name, survivors: usize) -> Self {
        let events = town.events_since(begun);
        let suspected = events.iter().find(
            |happened| matches!(&happened.event.fact, Fact::Suspected { member, .. } if member.name == *victim),
        );
        let deaths: Vec<_> = events
            .iter()
            .filter(
                |happened| matches!(&happened.event.fact, Fact::Failed { member, .. } if member.name == *victim),
            )
            .map(|happened| happened.at)
            .collect();
        let all = deaths.len() >= survivors;
        let (first, last) = (deaths.first(), deaths.last());
        Self {
            suspected: suspected.map(|happened| happened.at.since(begun)),
            died: first.map(|at| at.since(begun)),
            informed: first.zip(last).filter(|_| all).map(|(first, last)| last.since(*first)),
        }
    }
}
