//! One seed, one run: everything that can happen to a cluster, and then what must come true again.
//!
//! | phase | what happens | what is asked for |
//! |---|---|---|
//! | boot | all nodes start within a second and join | everybody has met everybody within a minute |
//! | chaos | the faults that the seed enables, at times that it chooses | nothing but safety |
//! | heal | all faults end; who is down stays down | |
//! | calm | nothing | within two minutes everybody knows exactly who is there, with their registers |
//! | news | one node sets a register, one leaves | everybody hears of each within five seconds |
//! | quiet | nothing | that it stays so, and that nodes do nothing but probe |
//!
//! The laws of [`check`](crate::check) are held at every call of every phase.

mod chaos;
mod gates;
mod options;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use swim_core::{Config, Instant, Node};

use crate::check::{Judge, Quiet};
use crate::population::{Population, addr, cluster_of};
use crate::{Checker, Cluster, NodeId, Rng, Seed, TraceHash, Violation};
use chaos::Chaos;
use gates::{BOOT, CALM, Shut, farewell_shut, first_shut};
pub use options::{Fault, Options};

/// How long nodes may take to meet at first.
const BOOT_MAX: Duration = Duration::from_secs(60);
/// How long they may take to agree again once all faults are over.
const CALM_MAX: Duration = Duration::from_secs(120);
/// How long one piece of news may take on a network without faults.
const NEWS_MAX: Duration = Duration::from_secs(5);
/// How often a gate is tried.
const TRY: Duration = Duration::from_millis(250);
/// How long after they agree the last news may travel.
const SETTLE: Duration = Duration::from_secs(20);
/// How long it is watched that nothing happens.
const QUIET: Duration = Duration::from_secs(20);
/// The child of a run's seed that decides when nodes start.
const CHILD: u64 = 18;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the seed meant.
    pub options: Options,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
    /// How many calls of machines there were.
    pub calls: u64,
    /// How many datagrams were sent.
    pub datagrams: u64,
    /// How much time was simulated.
    pub simulated: Duration,
    /// The hash of all that happened; `None` after a panic.
    pub hash: Option<TraceHash>,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which rule was broken, where and when; a panic breaks S15.
    pub violation: Violation,
    /// The same for a person, with what happened before; several lines.
    pub explanation: String,
}

/// Runs one seed, with `watchers` besides the judge.
#[must_use]
pub fn run(seed: u64, watchers: Vec<Box<dyn Checker<Node>>>) -> Outcome {
    let options = Options::draw(seed);
    let result = catch_unwind(AssertUnwindSafe(|| Run::new(&options, watchers).go()));
    result.unwrap_or_else(|panic| panicked(options, &*panic))
}

struct Run<'a> {
    options: &'a Options,
    cluster: Cluster<Node>,
    quiet: Quiet,
}

impl<'a> Run<'a> {
    fn new(options: &'a Options, watchers: Vec<Box<dyn Checker<Node>>>) -> Self {
        let mut cluster = Cluster::new(options.seed);
        let (judge, quiet) = Judge::new(cluster_of);
        for watcher in watchers {
            cluster.watch(watcher);
        }
        cluster.watch(judge);
        cluster.network.set_links(options.link());
        cluster.network.set_datagram_limit(usize::from(options.config.datagram_limit));
        Self { options, cluster, quiet }
    }

    fn go(mut self) -> Outcome {
        let (ours, theirs) = self.populations();
        self.boot(&ours, &theirs);
        self.pass(BOOT_MAX, |cluster| first_shut(BOOT, cluster));
        let mut chaos = Chaos::new(self.options, &ours);
        chaos.rage(&mut self.cluster);
        chaos.heal(&mut self.cluster);
        self.agree(CALM_MAX);
        self.tell_news(&mut chaos);
        self.cluster.run_for(SETTLE);
        self.agree(Duration::ZERO);
        self.quiet.set(Some(self.cluster.now()));
        self.cluster.run_for(QUIET);
        self.agree(Duration::ZERO);
        self.outcome()
    }

    /// Ours join through the first of them; theirs, by mistake, too.
    fn populations(&self) -> (Population, Population) {
        let first_foreigner = self.options.nodes;
        let seeds = (0..self.options.nodes.min(3)).map(addr).collect();
        let ours = Population { name: "n", config: self.options.config.clone(), seeds };
        let seeds = vec![addr(0), addr(first_foreigner), addr(first_foreigner + 1)];
        let theirs = Population { name: "foreign-", config: Config::lan(), seeds };
        (ours, theirs)
    }

    fn boot(&mut self, ours: &Population, theirs: &Population) {
        let mut rng = Rng::new(Seed::from(self.options.seed).child(CHILD));
        let second = Duration::from_secs(1);
        let pause = second / u32::try_from(self.options.nodes).unwrap_or(1);
        for _ in 0..self.options.nodes {
            self.cluster.run_for(rng.duration(&(Duration::ZERO..=pause)));
            ours.add(&mut self.cluster);
        }
        for _ in 0..self.options.foreigners {
            theirs.add(&mut self.cluster);
        }
    }

    /// Everybody agrees within that time.
    fn agree(&mut self, patience: Duration) {
        self.pass(patience, |cluster| first_shut(CALM, cluster));
    }

    /// A register and a goodbye, each of which everybody must hear of soon.
    fn tell_news(&mut self, chaos: &mut Chaos<'_>) {
        chaos.set_one(&mut self.cluster);
        self.agree(NEWS_MAX);
        if let Some(leaver) = chaos.leave_one(&mut self.cluster) {
            self.pass(NEWS_MAX, |cluster| farewell_shut(&leaver, cluster));
        }
    }

    /// Runs until nothing is shut any more, at most that long.
    fn pass(&mut self, patience: Duration, first_shut: impl Fn(&Cluster<Node>) -> Option<Shut>) {
        let deadline = self.cluster.now() + patience;
        while let Some((rule, (node, text))) = first_shut(&self.cluster) {
            if self.cluster.violation().is_some() {
                return;
            }
            if self.cluster.now() >= deadline {
                return self.cluster.fail(rule, node, format!("after {patience:?}: {text}"));
            }
            self.cluster.run_for(TRY);
        }
    }

    fn outcome(self) -> Outcome {
        let Self { options, cluster, .. } = self;
        let explanation = cluster.explain();
        let failure = cluster.violation().cloned().zip(explanation);
        Outcome {
            options: options.clone(),
            failure: failure.map(|(violation, explanation)| Failure { violation, explanation }),
            calls: cluster.calls(),
            datagrams: cluster.network.traffic().sent,
            simulated: cluster.now().since(Instant::ZERO),
            hash: Some(cluster.trace_hash()),
        }
    }
}

fn panicked(options: Options, panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("of an unknown kind");
    let violation = Violation {
        rule: "S15",
        node: NodeId(0),
        time: Instant::ZERO,
        seed: options.seed.into(),
        text: format!("panic: {text}"),
    };
    let explanation = format!("{violation}\n");
    let failure = Some(Failure { violation, explanation });
    Outcome { options, failure, calls: 0, datagrams: 0, simulated: Duration::ZERO, hash: None }
}
