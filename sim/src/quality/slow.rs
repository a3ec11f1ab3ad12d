//! Lifeguard's experiment (§V): some members are slow again and again, and healthy ones pay for it.
//!
//! Slow members begin at once and are slow for D, well for D, and so on. After half the time a few healthy members
//! really crash. The same again without Lifeguard: no doubt of oneself, and a suspicion has the same time whether one
//! accuses or many do.

use std::collections::BTreeSet;
use std::time::Duration;

use swim_core::{Config, Fact, Instant, Name};

use super::samples::{Samples, at_most, figure};
use super::town::Town;
use super::{Effort, Row};
use crate::NodeId;

const NODES: usize = 128;
const TIME: Duration = Duration::from_secs(120);
/// So many healthy members crash together: few enough not to matter to each other.
const VICTIMS: usize = 5;
/// What Lifeguard's authors found.
const BETTER: usize = 50;
/// Detection counts as no slower within this.
const SLACK: f64 = 1.1;

/// In which way a member is slow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slowness {
    /// Its process stands still: it notices, for its deadlines are long past.
    Stopped,
    /// What it sends and what is sent to it is held back, as in the paper: its clock goes on.
    Held,
}

/// What one configuration did over the grid.
#[derive(Default)]
pub(super) struct Toll {
    /// Healthy subjects held dead, at any observer.
    pub(super) anywhere: usize,
    /// The same, at healthy observers.
    at_healthy: usize,
    runs: usize,
    suspected: Vec<Option<Duration>>,
    pub(super) died: Vec<Option<Duration>>,
}

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let counts: &[usize] = effort.pick(&[16], &[1, 4, 16, 32]);
    [Slowness::Stopped, Slowness::Held]
        .into_iter()
        .flat_map(|slowness| of_kind(slowness, counts, effort))
        .collect()
}

fn of_kind(slowness: Slowness, counts: &[usize], effort: Effort) -> Vec<Row> {
    let pauses: &[u64] = effort.pick(&[8_192], &[128, 512, 2_048, 8_192, 16_384, 32_768]);
    let seeds = effort.pick(1, 3);
    let (mut with, mut without, mut rows) = (Toll::default(), Toll::default(), Vec::new());
    for &count in counts {
        let (mut one, mut other) = (Toll::default(), Toll::default());
        for (pause, seed) in pauses.iter().flat_map(|&pause| (1..=seeds).map(move |seed| (pause, seed))) {
            let pause = Duration::from_millis(pause);
            one.add(cell(seed, slowness, count, pause, Config::lan()));
            other.add(cell(seed, slowness, count, pause, without_lifeguard()));
        }
        rows.push(of_count(slowness, count, &one, &other));
        with.add(one);
        without.add(other);
    }
    rows.extend(sums(&with, &without));
    rows
}

fn without_lifeguard() -> Config {
    let mut config = Config::lan();
    config.health_max = 0;
    config.suspicion_max_multiplier = 1;
    config
}

fn of_count(slowness: Slowness, count: usize, with: &Toll, without: &Toll) -> Row {
    let way = match slowness {
        Slowness::Stopped => "stopped",
        Slowness::Held => "held",
    };
    let told = |toll: &Toll| format!("{} ({} at healthy)", toll.anywhere, toll.at_healthy);
    let what = format!("healthy falsely dead, {count} {way}");
    Row::new(what, with.runs, told(with)).beside(format!("off: {}", told(without)))
}

fn sums(with: &Toll, without: &Toll) -> Vec<Row> {
    vec![
        fewer(with, without),
        no_slower("first suspicion of", &with.suspected, &without.suspected),
        no_slower("first verdict on", &with.died, &without.died),
    ]
}

fn no_slower(what: &str, with: &[Option<Duration>], without: &[Option<Duration>]) -> Row {
    let median = |times: &[Option<Duration>]| times.iter().copied().collect::<Samples>().p50();
    let (ours, off) = (median(with), median(without));
    let good = off.is_none_or(|off| at_most(ours, off.mul_f64(SLACK)));
    Row::new(format!("  {what} a true crash, p50"), with.len(), figure(ours))
        .demand(format!("<= {SLACK} x off: {}", figure(off)), good)
}

/// Where there are no false deaths without Lifeguard, there is nothing that it could make better.
fn fewer(with: &Toll, without: &Toll) -> Row {
    let row = |ours: String| Row::new("  false deaths, Lifeguard against none", with.runs, ours);
    if without.anywhere == 0 {
        return row("none without either".into());
    }
    let ratio = without.anywhere as f64 / with.anywhere.max(1) as f64;
    let fewer = with.anywhere * BETTER <= without.anywhere;
    row(format!("{} against {}: {ratio:.0} x fewer", with.anywhere, without.anywhere))
        .demand(format!(">= {BETTER} x fewer"), fewer)
}

impl Toll {
    fn add(&mut self, other: Self) {
        self.anywhere += other.anywhere;
        self.at_healthy += other.at_healthy;
        self.runs += other.runs;
        self.suspected.extend(other.suspected);
        self.died.extend(other.died);
    }
}

pub(super) fn cell(seed: u64, slowness: Slowness, count: usize, pause: Duration, config: Config) -> Toll {
    let mut town = Town::at_peace(seed, NODES, config);
    let mut slow = town.some(count + VICTIMS);
    let victims = slow.split_off(count);
    let names = |nodes: &[NodeId]| nodes.iter().map(|&node| town.name(node)).collect::<BTreeSet<_>>();
    let (slow_names, victim_names) = (names(&slow), names(&victims));
    let begun = town.now();
    let end = begun + TIME;
    be_slow(&mut town, slowness, &slow, pause, begun + TIME / 2);
    victims.iter().for_each(|&victim| drop(town.cluster.crash(victim)));
    let crashed = town.now();
    be_slow(&mut town, slowness, &slow, pause, end);
    let healthy = |subject: &Name| !victim_names.contains(subject) && !slow_names.contains(subject);
    let dead: BTreeSet<_> = town.deaths_since(begun).filter(|(_, subject)| healthy(subject)).collect();
    let first = |victim: &Name, wanted: fn(&Fact) -> Option<&Name>| {
        let mut events = town.events_since(crashed).iter();
        let first = events.find(|happened| wanted(&happened.event.fact) == Some(victim));
        first.map(|happened| happened.at.since(crashed))
    };
    Toll {
        anywhere: dead.len(),
        at_healthy: dead.iter().filter(|(observer, _)| !slow.contains(observer)).count(),
        runs: 1,
        suspected: victim_names.iter().map(|victim| first(victim, suspected)).collect(),
        died: victim_names.iter().map(|victim| first(victim, died)).collect(),
    }
}

/// They are slow and well, in turns of that length, until then.
fn be_slow(town: &mut Town, slowness: Slowness, slow: &[NodeId], pause: Duration, until: Instant) {
    while town.now() < until {
        let wake = (town.now() + pause).min(until);
        match slowness {
            Slowness::Stopped => stop(town, slow, wake),
            Slowness::Held => hold(town, slow, wake),
        }
        let rest = (wake + pause).min(until).since(town.now());
        town.run_for(rest);
    }
}

fn stop(town: &mut Town, slow: &[NodeId], wake: Instant) {
    slow.iter().for_each(|&node| town.cluster.pause(node));
    town.run_for(wake.since(town.now()));
    slow.iter().for_each(|&node| town.cluster.resume(node));
}

/// Streams stall meanwhile, as behind a partition.
fn hold(town: &mut Town, slow: &[NodeId], wake: Instant) {
    let all: Vec<_> = town.running().collect();
    town.cluster.network.hold(slow, &all);
    town.cluster.network.hold(&all, slow);
    slow.iter().for_each(|&node| town.cluster.network.isolate(node));
    town.run_for(wake.since(town.now()));
    town.cluster.network.repair();
    town.cluster.release();
}

fn suspected(fact: &Fact) -> Option<&Name> {
    if let Fact::Suspected { member, .. } = fact { Some(&member.name) } else { None }
}

fn died(fact: &Fact) -> Option<&Name> {
    if let Fact::Failed { member, .. } = fact { Some(&member.name) } else { None }
}
