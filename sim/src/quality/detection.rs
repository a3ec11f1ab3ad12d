//! Members crash: how soon does somebody suspect it, and how soon after the first does the last hear of the death?

use std::time::Duration;

use swim_core::{Config, Fact, Instant, Name};

use super::samples::{Samples, at_most, figure};
use super::town::Town;
use super::{Effort, Row};

/// The mean of the simplest model: 1/(1 − 1/e) periods until somebody probes the victim, and the probe itself, with the
/// first probe at a random phase; a simulator that is much better than that is wrong.
const MEAN_MIN: Duration = Duration::from_millis(1_000);
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
        &[(3, 2_000), (5, 2_000), (16, 1_000), (64, 500), (256, 300), (1_000, 200)],
    );
    sizes.iter().flat_map(|&(nodes, crashes)| of_size(nodes, crashes)).collect()
}

fn of_size(nodes: usize, wanted: usize) -> Vec<Row> {
    // So few of so many that they do not matter to each other.
    let at_once = (nodes / 100).max(1);
    let crashes = crashes(nodes, at_once, wanted, &Config::lan());
    let suspected: Samples = crashes.iter().map(|crash| crash.suspected).collect();
    let died: Samples = crashes.iter().map(|crash| crash.died).collect();
    let informed: Samples = crashes.iter().map(|crash| crash.informed).collect();
    let mean = suspected.mean();
    let good = at_most(mean, MEAN_MAX)
        && mean >= Some(MEAN_MIN)
        && at_most(suspected.p50(), P50_MAX)
        && at_most(suspected.p99(), P99_MAX);
    let ours = format!("mean {} {}", figure(mean), suspected.summary());
    let last = Row::new(
        format!("  the last hears of it after the first, {at_once} at once"),
        informed.len(),
        informed.summary(),
    )
    .demand("<= 1.0 s", at_most(informed.max(), INFORMED_MAX));
    vec![
        Row::new(format!("first suspicion, n = {nodes}"), suspected.len(), ours)
            .demand("mean 1.0-2.0 p50 1.7 p99 6.0 s", good),
        Row::new("  first death", died.len(), died.summary()),
        if nodes == 1_000 { last.foca("0.7") } else { last },
    ]
}

/// How soon each of so many crashes was declared a death.
pub(super) fn first_deaths(nodes: usize, wanted: usize, config: &Config) -> Samples {
    crashes(nodes, 1, wanted, config).iter().map(|crash| crash.died).collect()
}

fn crashes(nodes: usize, at_once: usize, wanted: usize, config: &Config) -> Vec<Crash> {
    let mut town = Town::at_peace(3, nodes, config.clone());
    let mut crashes = Vec::new();
    while crashes.len() < wanted {
        crashes.extend(one_round(&mut town, at_once));
    }
    crashes
}

/// Some crash at a random phase of everybody's period; when everybody knows, they start again.
fn one_round(town: &mut Town, at_once: usize) -> Vec<Crash> {
    let phase = town.rng.duration(&(Duration::ZERO..=Duration::from_secs(1)));
    town.run_for(phase);
    let begun = town.now();
    let victims = town.some(at_once);
    let names: Vec<_> = victims.iter().map(|&victim| town.name(victim)).collect();
    for &victim in &victims {
        town.cluster.crash(victim);
    }
    town.whole(PATIENCE);
    town.run_for(Duration::from_secs(2));
    let survivors = town.running().count();
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
