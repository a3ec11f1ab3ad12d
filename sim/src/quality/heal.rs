//! A cluster falls into two halves, for moments or for a month; and a cluster starts again as a whole.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::Config;

use super::leave::leave;
use super::samples::{Samples, at_most};
use super::town::Town;
use super::{Effort, Row};
use crate::NodeId;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// How long healing is waited for.
const PATIENCE: Duration = Duration::from_secs(600);
const P99_MAX: Duration = Duration::from_secs(20);
const MAX: Duration = Duration::from_secs(60);
const RESTART_MAX: Duration = Duration::from_secs(30);

/// A split of this length, in a cluster of so many, from so many seeds.
struct Split {
    nodes: usize,
    time: Duration,
    name: &'static str,
    seeds: u64,
}

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let split = |nodes, time, name, seeds| Split { nodes, time, name, seeds };
    let quick = vec![split(8, MINUTE, "1 min", 20), split(64, MINUTE, "1 min", 3)];
    let full = vec![
        split(8, 10 * SECOND, "10 s", 100),
        split(8, MINUTE, "1 min", 100),
        split(8, 10 * MINUTE, "10 min", 100),
        split(8, HOUR, "1 h", 10),
        split(8, DAY, "1 day", 5),
        split(64, 10 * SECOND, "10 s", 20),
        split(64, MINUTE, "1 min", 20),
        split(64, 10 * MINUTE, "10 min", 10),
        split(64, HOUR, "1 h", 5),
        split(256, 10 * SECOND, "10 s", 5),
        split(256, MINUTE, "1 min", 10),
        split(256, 10 * MINUTE, "10 min", 5),
    ];
    let mut tried: Vec<_> =
        effort.pick(quick, full).iter().map(|split| split.tries(&Config::lan())).collect();
    tried.push(parts_of_any_size(effort.pick(20, 200)));
    tried.extend(old_splits(effort));
    let mut rows: Vec<_> = tried.iter().map(Tries::row).collect();
    rows.extend(deaths(&tried));
    rows.push(mass_restart(effort.pick(64, 256), effort.pick(1, 5)));
    rows
}

/// Splits of one kind that have ended.
struct Tries {
    what: String,
    heals: Vec<Heal>,
}

struct Heal {
    /// Until everybody is alive everywhere.
    time: Option<Duration>,
    /// How often somebody declared dead, after the split had ended, who had been on its own side.
    neighbours: usize,
    /// The same for the other sides. Suspicions that end with the split are hardly refuted in time.
    others: usize,
}

impl Tries {
    fn row(&self) -> Row {
        let times: Samples = self.heals.iter().map(|heal| heal.time).collect();
        let good = at_most(times.p99(), P99_MAX) && at_most(times.max(), MAX);
        Row::new(self.what.as_str(), times.len(), times.summary()).demand("p99 <= 20 s, max <= 60 s", good)
    }
}

/// The other side says of our neighbours that they are dead.
fn deaths(tried: &[Tries]) -> [Row; 2] {
    let heals = || tried.iter().flat_map(|tries| &tries.heals);
    let neighbours: usize = heals().map(|heal| heal.neighbours).sum();
    let others: usize = heals().map(|heal| heal.others).sum();
    let row = |what: &str, count| Row::new(what, heals().count(), format!("{count}"));
    [
        row("neighbours declared dead after all of these splits", neighbours).demand("0", neighbours == 0),
        row("members of other sides declared dead after them", others),
    ]
}

/// Two to four parts, from one node to almost all, of 4 to 256: small parts have the hardest time.
fn parts_of_any_size(seeds: u64) -> Tries {
    let heal = |seed| {
        let mut town = Town::at_peace(seed, 4 << (seed % 7), Config::lan());
        let mut all: Vec<_> = town.running().collect();
        town.rng.shuffle(&mut all);
        let mut parts = vec![];
        for _ in 0..=town.rng.index(3) {
            if all.len() > 1 {
                parts.push(all.split_off(1 + town.rng.index(all.len() - 1)));
            }
        }
        parts.push(all);
        let split = town.rng.duration(&(10 * SECOND..=3 * MINUTE));
        town.heal(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>(), split)
    };
    let what = "n = 4 to 256, parts of any size for 10 s to 3 min".to_owned();
    Tries { what, heals: (1..=seeds).map(heal).collect() }
}

/// What counts in a split of 30 days is that nobody remembers the dead any more. That comes after a day, or after a
/// minute with tombstones of a minute: so 30 minutes stand for 30 days.
fn old_splits(effort: Effort) -> Vec<Tries> {
    let mut config = Config::lan();
    config.tombstone = MINUTE;
    let split = |nodes, time, name, seeds| Split { nodes, time, name, seeds }.tries(&config);
    let mut tried = vec![split(8, 30 * MINUTE, "30 tombstones", effort.pick(3, 30))];
    if effort == Effort::Full {
        tried.insert(0, split(8, MINUTE, "1 tombstone", 100));
        tried.push(split(64, MINUTE, "1 tombstone", 20));
        tried.push(split(64, 30 * MINUTE, "30 tombstones", 5));
        tried.push(split(256, 30 * MINUTE, "30 tombstones", 5));
    }
    tried
}

/// Pods come under new names and go again, and are remembered for a day. The seed went, too, so after a split only those
/// who were cut off just now are any use among all the gone.
pub(super) fn among_the_gone(effort: Effort) -> Vec<Row> {
    let (nodes, batches) = (64, effort.pick(2, 28));
    let mut town = Town::at_peace(12, nodes + 1, Config::lan());
    town.cluster.keep_events(false);
    (0..batches).for_each(|_| let_pods_come_and_go(&mut town, 250));
    town.cluster.crash(NodeId(0));
    town.run_for(MINUTE);
    let all: Vec<_> = town.running().collect();
    let gone = town.node(all[0]).map_or(0, |node| node.departed().count());
    let heals = (0..effort.pick(3, 20))
        .map(|_| {
            let mut all = all.clone();
            town.rng.shuffle(&mut all);
            let (left, right) = all.split_at(nodes / 2);
            town.heal(&[left, right], MINUTE)
        })
        .collect();
    let what = format!("n = {nodes} and {gone} gone for good, split for 1 min");
    vec![Tries { what, heals }.row()]
}

/// Two in seven of them crash, and the others say goodbye.
fn let_pods_come_and_go(town: &mut Town, count: usize) {
    let stay = town.running().count();
    town.start_all(count);
    town.whole(MINUTE).expect("all join");
    let pods: Vec<_> = town.running().skip(stay).collect();
    for (number, &pod) in pods.iter().enumerate() {
        if number % 7 < 2 {
            town.cluster.crash(pod);
        } else {
            leave(town, pod);
        }
    }
    town.run_for(MINUTE / 2);
}

impl Split {
    fn tries(&self, config: &Config) -> Tries {
        let Self { nodes, name, time, .. } = *self;
        let heals = (1..=self.seeds).map(|seed| heal(seed, nodes, time, config.clone())).collect();
        Tries { what: format!("n = {nodes}, split for {name}"), heals }
    }
}

/// From the end of a split into two random halves to everybody alive everywhere.
pub(super) fn heal_time(seed: u64, nodes: usize, split: Duration, config: Config) -> Option<Duration> {
    heal(seed, nodes, split, config).time
}

fn heal(seed: u64, nodes: usize, split: Duration, config: Config) -> Heal {
    let mut town = Town::at_peace(seed, nodes, config);
    let mut all: Vec<_> = town.running().collect();
    town.rng.shuffle(&mut all);
    let (left, right) = all.split_at(nodes / 2);
    town.heal(&[left, right], split)
}

impl Town {
    /// What happens behind a split into these parts, until everybody is alive everywhere.
    fn heal(&mut self, parts: &[&[NodeId]], split: Duration) -> Heal {
        self.cluster.keep_events(false);
        self.cluster.network.partition(parts);
        self.run_for(split);
        self.cluster.network.repair();
        self.cluster.keep_events(true);
        let end = self.now();
        let time = self.whole(PATIENCE);
        let nodes =
            parts.iter().enumerate().flat_map(|(side, part)| part.iter().map(move |node| (node, side)));
        let sides: BTreeMap<_, _> = nodes.map(|(&node, side)| (self.name(node), side)).collect();
        let (neighbours, others): (Vec<_>, Vec<_>) =
            self.deaths_since(end).partition(|(by, of)| sides.get(*of) == sides.get(&self.name(*by)));
        Heal { time, neighbours: neighbours.len(), others: others.len() }
    }
}

/// Everybody is killed and starts again without memory, within ten seconds; the time counts from the last start.
fn mass_restart(nodes: usize, seeds: u64) -> Row {
    let times: Samples = (1..=seeds)
        .map(|seed| {
            let mut town = Town::at_peace(seed, nodes, Config::lan());
            town.cluster.keep_events(false);
            let mut all: Vec<_> = town.running().collect();
            town.rng.shuffle(&mut all);
            for node in all {
                let name = town.name(node);
                town.restart(name, Some(node), None);
                town.run_for(10 * SECOND / u32::try_from(nodes).expect("few"));
            }
            town.whole(PATIENCE)
        })
        .collect();
    let good = at_most(times.max(), RESTART_MAX);
    Row::new(format!("all {nodes} restart within 10 s"), times.len(), times.summary()).demand("<= 30 s", good)
}
