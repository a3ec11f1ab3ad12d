//! A cluster starts through one seed, and later one of its members crashes: how soon does everybody know?

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use swim_core::{Config, Event, Fact, Instant, Name, Node};

use crate::population::{Population, addr};
use crate::{Broken, Checker, Cluster, NodeId, Rng, Seed, Step, TraceHash, Violation};

/// The child of a run's seed that decides when nodes start and who crashes.
const CHILD: u64 = 16;
/// All nodes start within this time.
const START: Duration = Duration::from_secs(1);
/// How long the full membership and the news of the death are waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long the cluster runs in peace before the crash.
const PEACE: Duration = Duration::from_secs(10);

/// The story: so many nodes, all from this seed.
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    /// How many nodes, at least 2.
    pub nodes: usize,
    /// The seed.
    pub seed: u64,
}

/// How it went. Times after the crash are `None` if it did not come to that in ten minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashReport {
    /// How many nodes there were.
    pub nodes: usize,
    /// From the first start until everybody knew everybody; `None` if that was not within ten minutes.
    pub boot: Option<Duration>,
    /// Who crashed.
    pub victim: NodeId,
    /// From the crash until somebody suspected it.
    pub first_suspicion: Option<Duration>,
    /// From the crash until somebody declared it dead.
    pub first_death: Option<Duration>,
    /// From the crash until everybody had declared it dead.
    pub all_informed: Option<Duration>,
    /// How many calls of machines were simulated.
    pub calls: u64,
    /// How many datagrams were sent.
    pub datagrams: u64,
    /// The hash of all that happened.
    pub hash: TraceHash,
    /// What stopped the run, if anything did.
    pub violation: Option<Violation>,
}

/// What the survivors were told of the victim.
#[derive(Debug, Default)]
struct News {
    suspected: Option<Instant>,
    failed: Option<Instant>,
    informed: usize,
}

impl Crash {
    /// Lets it happen, seen by `watchers`.
    #[must_use]
    pub fn run(self, watchers: Vec<Box<dyn Checker<Node>>>) -> CrashReport {
        let mut cluster = Cluster::new(self.seed);
        cluster.keep_events(false);
        for watcher in watchers {
            cluster.watch(watcher);
        }
        let mut rng = Rng::new(Seed::from(self.seed).child(CHILD));
        self.start(&mut cluster, &mut rng);
        let mut behind = NodeId(0);
        let boot = cluster.run_until(Instant::ZERO + PATIENCE, |cluster| self.is_full(cluster, &mut behind));
        cluster.run_for(PEACE);
        let victim = NodeId(u32::try_from(1 + rng.index(self.nodes - 1)).unwrap_or(1));
        let (crash, news) = (cluster.now(), watch(&mut cluster, victim));
        cluster.crash(victim);
        let everybody = |_: &Cluster<Node>| news.borrow().informed == self.nodes - 1;
        let all_informed = cluster.run_until(crash + PATIENCE, everybody);
        let after = |time: Option<Instant>| time.map(|time| time.since(crash));
        let News { suspected, failed, .. } = *news.borrow();
        CrashReport {
            nodes: self.nodes,
            boot: boot.map(|time| time.since(Instant::ZERO)),
            victim,
            first_suspicion: after(suspected),
            first_death: after(failed),
            all_informed: after(all_informed),
            calls: cluster.calls(),
            datagrams: cluster.network.traffic().sent,
            hash: cluster.trace_hash(),
            violation: cluster.violation().cloned(),
        }
    }

    fn start(self, cluster: &mut Cluster<Node>, rng: &mut Rng) {
        let population = Population { name: "n", config: Config::lan(), seeds: vec![addr(0)] };
        let pause = START / u32::try_from(self.nodes).unwrap_or(u32::MAX);
        for _ in 0..self.nodes {
            population.add(cluster);
            cluster.run_for(rng.duration(&(Duration::ZERO..=pause)));
        }
    }

    /// Whether everybody knows everybody. Asks the one first who did not the last time, since this is asked often.
    fn is_full(self, cluster: &Cluster<Node>, behind: &mut NodeId) -> bool {
        let knows_all = |node: &Node| node.members().len() == self.nodes;
        if cluster.machines().get(*behind).is_some_and(|node| !knows_all(node)) {
            return false;
        }
        let next = cluster.machines().iter().find(|(_, node)| !knows_all(node));
        next.inspect(|(id, _)| *behind = *id).is_none()
    }
}

fn watch(cluster: &mut Cluster<Node>, victim: NodeId) -> Rc<RefCell<News>> {
    let news = Rc::new(RefCell::new(News::default()));
    let name = cluster.machines().get(victim).map(|node| node.local().name().clone());
    let told = Rc::clone(&news);
    cluster.watch(move |step: &Step<'_, Node>| {
        for event in step.events {
            told.borrow_mut().hear(step.now, event, name.as_ref());
        }
        Ok::<(), Broken>(())
    });
    news
}

impl News {
    fn hear(&mut self, now: Instant, event: &Event, victim: Option<&Name>) {
        match &event.fact {
            Fact::Suspected { member, .. } if Some(&member.name) == victim => {
                self.suspected.get_or_insert(now);
            }
            Fact::Failed { member, .. } if Some(&member.name) == victim => {
                self.failed.get_or_insert(now);
                self.informed += 1;
            }
            _ => {}
        }
    }
}

impl fmt::Display for CrashReport {
    /// One line a number, the numbers below each other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nodes             {}", self.nodes)?;
        writeln!(f, "full membership   {}", seconds(self.boot))?;
        writeln!(f, "crashed           {}", self.victim)?;
        writeln!(f, "first suspicion   {}", seconds(self.first_suspicion))?;
        writeln!(f, "first death       {}", seconds(self.first_death))?;
        writeln!(f, "all informed      {}", seconds(self.all_informed))?;
        writeln!(f, "calls             {}", self.calls)?;
        writeln!(f, "datagrams         {}", self.datagrams)?;
        write!(f, "trace hash        {}", self.hash)
    }
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "never".into(), |time| format!("{:.3} s", time.as_secs_f64()))
}
