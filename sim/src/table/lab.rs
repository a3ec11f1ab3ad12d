//! One cluster that is measured.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use swim_core::{Config, Event, Fact, Instant, Node};

use super::Cell;
use crate::population::{Population, addr};
use crate::{Broken, Cluster, Link, NodeId, Rng, Seed, Step};

/// The seed of every cell: what the table says is one run, not an average over the world.
const SEED: u64 = 1;
/// The child of the seed that decides who crashes.
const CHILD: u64 = 16;
/// All nodes start within this time.
const START: Duration = Duration::from_secs(1);
/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often it is looked whether it is there.
const TRY: Duration = Duration::from_millis(50);
/// How long the network is split.
const SPLIT: Duration = Duration::from_secs(60);
/// How long news may still travel after everybody knows.
const SETTLE: Duration = Duration::from_secs(3);
const DAY: f64 = 86_400.0;

pub(super) struct Lab {
    cluster: Cluster<Node>,
    population: Population,
    rng: Rng,
    told: Rc<RefCell<Vec<Told>>>,
}

/// What an application was told of another node.
struct Told {
    at: Instant,
    subject: NodeId,
    death: bool,
}

/// What was counted while nothing happened, per node.
pub(super) struct Peace {
    /// A day.
    pub(super) false_deaths: f64,
    /// A second.
    pub(super) bytes: f64,
    /// A second.
    pub(super) datagrams: f64,
}

/// How long after a crash, if at all.
pub(super) struct Death {
    /// Somebody suspected.
    pub(super) suspected: Option<Duration>,
    /// Everybody had buried it.
    pub(super) informed: Option<Duration>,
}

impl Lab {
    /// A cluster in which everybody knows everybody.
    pub(super) fn boot(cell: Cell) -> Self {
        let mut cluster = Cluster::new(SEED);
        cluster.keep_events(false);
        let link = Link { loss: f64::from(cell.loss) / 100.0, ..Link::default() };
        cluster.network.set_links(link);
        let told = observe(&mut cluster);
        let population = Population::plain("n", Config::lan(), (0..3).map(addr).collect());
        let rng = Rng::new(Seed::from(SEED).child(CHILD));
        let mut lab = Self { cluster, population, rng, told };
        for _ in 0..cell.members {
            lab.population.add(&mut lab.cluster);
            lab.cluster.run_for(START / cell.members);
        }
        lab.wait(Self::is_full);
        lab.cluster.run_for(SETTLE);
        lab
    }

    pub(super) fn peace(&mut self, time: Duration) -> Peace {
        let before = self.cluster.network.traffic();
        self.told.borrow_mut().clear();
        self.cluster.run_for(time);
        let after = self.cluster.network.traffic();
        let deaths = self.told.borrow().iter().filter(|told| told.death).count();
        let node_seconds = time.as_secs_f64() * count(self.cluster.machines().nodes().len() as u64);
        Peace {
            false_deaths: count(deaths as u64) * DAY / node_seconds,
            bytes: count(after.bytes - before.bytes) / node_seconds,
            datagrams: count(after.sent - before.sent) / node_seconds,
        }
    }

    /// Some nodes crash at once, and start again when everybody knows.
    pub(super) fn crash(&mut self, victims: u32) -> Vec<Death> {
        let victims: Vec<_> = (0..victims).map(|_| self.victim()).collect();
        self.told.borrow_mut().clear();
        let crash = self.cluster.now();
        let wanted = self.cluster.machines().iter().count();
        self.wait(|lab| victims.iter().all(|&victim| lab.buried(victim).count() >= wanted));
        let deaths = victims.iter().map(|&victim| self.death(victim, crash, wanted)).collect();
        for &victim in &victims {
            let seeds = self.population.seeds.clone();
            self.population.restart(&mut self.cluster, victim, &seeds);
        }
        self.wait(Self::is_full);
        self.cluster.run_for(SETTLE);
        deaths
    }

    /// From the repair of a split until everybody knows everybody.
    pub(super) fn split(&mut self) -> Option<Duration> {
        let nodes: Vec<_> = self.cluster.machines().nodes().collect();
        let (one, other) = nodes.split_at(nodes.len() / 2);
        self.cluster.network.partition(&[one, other]);
        self.cluster.run_for(SPLIT);
        self.cluster.network.repair();
        let healed = self.wait(Self::is_full);
        self.cluster.run_for(SETTLE);
        healed
    }
}

/// The parts.
impl Lab {
    /// Crashes one that still runs.
    fn victim(&mut self) -> NodeId {
        let running: Vec<_> = self.cluster.machines().iter().map(|(node, _)| node).collect();
        let victim = self.rng.pick(&running).copied().unwrap_or(NodeId(0));
        self.cluster.crash(victim);
        victim
    }

    fn buried(&self, victim: NodeId) -> impl Iterator<Item = Instant> {
        let told = self.told.borrow();
        let times: Vec<_> =
            told.iter().filter(|told| told.death && told.subject == victim).map(|told| told.at).collect();
        times.into_iter()
    }

    fn death(&self, victim: NodeId, crash: Instant, wanted: usize) -> Death {
        let suspected = self.told.borrow().iter().find(|told| told.subject == victim).map(|told| told.at);
        let informed = self.buried(victim).nth(wanted - 1);
        let after = |time: Option<Instant>| time.map(|time| time.since(crash));
        Death { suspected: after(suspected), informed: after(informed) }
    }

    fn is_full(&self) -> bool {
        let running = self.cluster.machines().iter().count();
        self.cluster.machines().iter().all(|(_, node)| node.members().len() == running)
    }

    /// How long it took, `None` if it took too long.
    fn wait(&mut self, done: impl Fn(&Self) -> bool) -> Option<Duration> {
        let begin = self.cluster.now();
        while self.cluster.now().since(begin) < PATIENCE {
            if done(self) {
                return Some(self.cluster.now().since(begin));
            }
            self.cluster.run_for(TRY);
        }
        None
    }
}

fn observe(cluster: &mut Cluster<Node>) -> Rc<RefCell<Vec<Told>>> {
    let told = Rc::new(RefCell::new(Vec::new()));
    let list = Rc::clone(&told);
    cluster.watch(move |step: &Step<'_, Node>| {
        list.borrow_mut().extend(step.events.iter().filter_map(|event| Told::of(step.now, event)));
        Ok::<(), Broken>(())
    });
    told
}

impl Told {
    fn of(at: Instant, event: &Event) -> Option<Self> {
        let (member, death) = match &event.fact {
            Fact::Suspected { member, .. } => (member, false),
            Fact::Failed { member, .. } => (member, true),
            _ => return None,
        };
        let number = member.name.as_str().strip_prefix('n')?.parse().ok()?;
        Some(Self { at, subject: NodeId(number), death })
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn count(count: u64) -> f64 {
    count as f64
}
