//! One seed, one run: everything that can happen to a cluster, and then what must come true again.
//!
//! | phase | what happens | what is asked for |
//! |---|---|---|
//! | boot | all nodes start within a second and join | everybody meets everybody (L3) |
//! | chaos | the faults of the plan, at their times | nothing but safety |
//! | harm | nothing, where somebody with the key lied and nothing else was wrong | all honest members are alive everywhere, where they are (S-BYZ) |
//! | core | the core is healed; the rest is dead, or behind a partition for ever | the core agrees and stays so (L9) |
//! | calm | all is healed, who is down starts again | everybody knows exactly who is there, with their registers (L1, L4, L7) |
//! | news | one sets a register, with and without loss, one is killed and restarted while others talk much, one crashes, one leaves | everybody hears of each in time (L2, L7, L8, L5, L1, L6) |
//! | gray | one is not heard by another, or reaches the others by way of one of them only | nobody is dead for anybody (L10) |
//! | quiet | nothing | that it stays so, and that nodes do nothing but probe (S12, B7) |
//! | shutdown | everybody leaves at once | that they end in time, and nothing is left of them (L6, B7) |
//!
//! The laws of [`check`](crate::check) are held at every call of every phase.

mod attackers;
mod bounds;
mod chaos;
mod draw;
mod foes;
mod gates;
mod hosts;
mod plan;
mod weather;

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use swim_core::{Config, Instant, Keyring, Machine as _, Node, State};

use crate::check::{Judge, Lies, Marks, Quiet};
use crate::population::{Population, addr, cluster_of, shared_key};
use crate::{Checker, Cluster, Link, NodeId, TraceHash, Violation};
use chaos::{Chaos, EXIT};
pub use draw::Class;
use draw::DELAY_MAX;
use gates::{
    BOOT, CALM, CORE, CRASH, FAREWELL, GRAYNESS, Gate, Group, NEWS, RESTART, SPREAD, STORM, UNHARMED,
};
pub use plan::{Fault, Foe, Kind, Plan, Preset, Strike};

/// The name of the cluster under test, and of its nodes up to their number.
const OURS: &str = "n";
/// How often a gate is tried, and how often one that must stay open.
const TRY: Duration = Duration::from_millis(250);
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// How long after they agree the last news may travel.
const SETTLE: Duration = Duration::from_secs(20);
/// How long it is watched that nothing happens.
const QUIET: Duration = Duration::from_secs(20);
/// The children of a run's seed that decide when nodes start, and whom the news is about.
const STARTS: u64 = 18;
const NEWSMAKERS: u64 = 20;
/// The child that decides who turns gray, and for how long somebody is.
const GRAY: u64 = 23;
const GRAY_TIME: Duration = Duration::from_secs(20);
/// How many percent are lost at most while news must spread in its usual time.
const LOSS_MAX: u32 = 10;
/// How many nodes talk much at once, and the bytes of each register.
const TALKERS: usize = 8;
const TALK: u32 = 500;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the seed meant.
    pub plan: Plan,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
    /// How many calls of machines there were.
    pub calls: u64,
    /// How many datagrams were sent.
    pub datagrams: u64,
    /// How many faults of the plan happened.
    pub faults: u64,
    /// How much time was simulated.
    pub simulated: Duration,
    /// The hash of all that happened; `None` after a panic.
    pub hash: Option<TraceHash>,
    /// What the run came by, of [`Marks::ALL`](crate::check::Marks::ALL).
    pub marks: BTreeSet<&'static str>,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which rule was broken, where and when; a panic breaks S15.
    pub violation: Violation,
    /// The same for a person, with what happened before; several lines.
    pub explanation: String,
}

/// Runs a plan, with `watchers` besides the judge.
#[must_use]
pub fn run(plan: &Plan, watchers: Vec<Box<dyn Checker<Node>>>) -> Outcome {
    let result = catch_unwind(AssertUnwindSafe(|| Run::new(plan, watchers).go()));
    result.unwrap_or_else(|panic| panicked(plan.clone(), &*panic))
}

/// The cluster under test, as its plan has it.
#[derive(Clone)]
struct Ours<'a> {
    plan: &'a Plan,
    population: Population,
    lies: Lies,
}

impl Ours<'_> {
    fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.plan.nodes).map(NodeId)
    }

    /// Who is up and has not left.
    fn running(&self, cluster: &Cluster<Node>) -> Vec<NodeId> {
        let runs = |node: &Node| node.local().state() == State::Alive;
        self.nodes().filter(|&node| cluster.machines().get(node).is_some_and(runs)).collect()
    }
}

struct Run<'a> {
    ours: Ours<'a>,
    cluster: Cluster<Node>,
    quiet: Quiet,
    marks: Marks,
    faults: u64,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, watchers: Vec<Box<dyn Checker<Node>>>) -> Self {
        let mut cluster = Cluster::new(plan.seed);
        cluster.keep_events(plan.nodes <= 64);
        let keyring = if plan.sealed { shared_key() } else { Keyring::plain() };
        let (judge, quiet) = Judge::new(cluster_of);
        let judge = judge.with_keyring(keyring.clone());
        let (marks, lies) = (judge.marks(), judge.lies());
        for watcher in watchers {
            cluster.watch(watcher);
        }
        cluster.watch(judge);
        cluster.network.set_links(plan.link());
        let config = plan.config();
        cluster.network.set_datagram_limit(usize::from(config.datagram_limit));
        let seeds = (0..plan.nodes.min(3) as usize).map(addr).collect();
        let ours = Ours { plan, population: Population { name: OURS, config, seeds, keyring }, lies };
        Self { ours, cluster, quiet, marks, faults: 0 }
    }

    fn go(mut self) -> Outcome {
        self.phases();
        let Self { ours, cluster, marks, faults, .. } = self;
        let explanation = cluster.explain();
        let failure = cluster.violation().cloned().zip(explanation);
        Outcome {
            plan: ours.plan.clone(),
            failure: failure.map(|(violation, explanation)| Failure { violation, explanation }),
            calls: cluster.calls(),
            datagrams: cluster.network.traffic().sent,
            faults,
            simulated: cluster.now().since(Instant::ZERO),
            hash: Some(cluster.trace_hash()),
            marks: marks.hit(),
        }
    }

    fn phases(&mut self) {
        self.boot();
        self.pass(BOOT, &self.all());
        // A clone, so that the chaos can hold on to it while the run goes on.
        let ours = self.ours.clone();
        let mut chaos = Chaos::new(&ours, &mut self.cluster);
        self.faults = chaos.rage(&mut self.cluster);
        chaos.calm(&mut self.cluster);
        if self.ours.plan.has_only_insiders() {
            self.pass(UNHARMED, &self.all());
            // Who had to refute much doubts itself, and finds it slowly out where it is behind.
            self.cluster.run_for(bounds::doubt(&self.ours.population.config));
        }
        self.cluster.run_for(EXIT.max(DELAY_MAX));
        self.heal_core();
        self.heal_all();
        self.pass(CALM, &self.all());
        self.tell_news();
        self.cluster.run_for(SETTLE);
        self.stay(CALM, &self.all(), Duration::ZERO);
        self.quiet.set(Some(self.cluster.now()));
        self.cluster.run_for(QUIET);
        self.stay(CALM, &self.all(), Duration::ZERO);
        self.quiet.set(None);
        self.shut_down();
    }

    fn boot(&mut self) {
        let mut rng = self.ours.plan.rng(STARTS);
        let pause = Duration::from_secs(1) / self.ours.plan.nodes;
        for _ in 0..self.ours.plan.nodes {
            self.cluster.run_for(rng.duration(&(Duration::ZERO..=pause)));
            self.ours.population.add(&mut self.cluster);
        }
        let theirs = self.theirs();
        for _ in 0..self.ours.plan.foreigners {
            theirs.add(&mut self.cluster);
        }
    }

    /// Another cluster, that by mistake tries to join through ours.
    fn theirs(&self) -> Population {
        let first = self.ours.plan.nodes as usize;
        let seeds = vec![addr(0), addr(first), addr(first + 1)];
        Population {
            name: "foreign-",
            config: Config::lan(),
            seeds,
            keyring: self.ours.population.keyring.clone(),
        }
    }

    /// The core starts again where it is down; the rest dies, or lives on where nobody of the core hears it.
    fn heal_core(&mut self) {
        let Plan { core, cut_off, .. } = self.ours.plan;
        let ids = |nodes: &[u32]| nodes.iter().copied().map(NodeId).collect::<Vec<_>>();
        let (core, cut_off) = (ids(core), ids(cut_off));
        for node in self.ours.nodes().filter(|node| !core.contains(node) && !cut_off.contains(node)) {
            self.cluster.crash(node);
        }
        self.cluster.network.partition(&[&core, &cut_off]);
        self.start_down(&core);
        self.pass(CORE, &core);
        self.stay(CORE, &core, Duration::from_secs(self.ours.plan.core_s));
    }

    fn heal_all(&mut self) {
        self.cluster.network.repair();
        let all: Vec<_> = self.ours.nodes().collect();
        // Half of the dead stay dead.
        let back: Vec<_> = all.into_iter().filter(|node| node.0 % 2 == 0).collect();
        self.start_down(&back);
    }

    /// Starts those of the nodes that are down, each through two of the core.
    fn start_down(&mut self, nodes: &[NodeId]) {
        let core = &self.ours.plan.core;
        let is_down = |node: &&NodeId| self.cluster.machines().get(**node).is_none();
        let down: Vec<_> = nodes.iter().filter(is_down).copied().collect();
        for node in down {
            let others = core.iter().filter(|&&other| other != node.0).take(2);
            let seeds: Vec<_> = others.map(|&other| addr(other as usize)).collect();
            self.ours.population.restart(&mut self.cluster, node, &seeds);
        }
    }

    /// Four things of which everybody must hear soon.
    fn tell_news(&mut self) {
        let mut nodes = self.ours.running(&self.cluster);
        self.ours.plan.rng(NEWSMAKERS).shuffle(&mut nodes);
        let &[first, second, ..] = nodes.as_slice() else { return };
        self.tell_under_loss(first);
        chaos::set(&mut self.cluster, first, "news", 100);
        self.pass(NEWS, &self.all());
        self.storm(second, &nodes);
        self.pass(RESTART, &self.all());
        if let &[_, _, third, fourth, ..] = nodes.as_slice() {
            self.cluster.crash(third);
            self.pass(CRASH, &self.all());
            chaos::leave(&mut self.cluster, fourth);
            self.pass(FAREWELL, &self.all());
        }
        self.turn_gray();
    }

    /// One sets a register while a little is lost.
    fn tell_under_loss(&mut self, node: NodeId) {
        let loss = f64::from(self.ours.plan.loss.min(LOSS_MAX)) / 100.0;
        self.cluster.network.set_links(Link { loss, ..Link::default() });
        chaos::set(&mut self.cluster, node, "spread", 100);
        self.pass(SPREAD, &self.all());
        self.cluster.network.set_links(Link::default());
    }

    /// One is killed and starts again, while some have more to tell than fits a datagram.
    fn storm(&mut self, victim: NodeId, nodes: &[NodeId]) {
        self.cluster.crash(victim);
        self.start_down(&[victim]);
        for &node in nodes.iter().take(TALKERS) {
            for key in ["storm/1", "storm/2", "storm/3", "storm/4"] {
                chaos::set(&mut self.cluster, node, key, TALK);
            }
        }
        self.pass(STORM, &self.all());
    }

    /// One is not heard by another, or all its packets go by way of one other: nobody is dead.
    fn turn_gray(&mut self) {
        let mut nodes = self.ours.running(&self.cluster);
        let mut rng = self.ours.plan.rng(GRAY);
        rng.shuffle(&mut nodes);
        let Some((&[gray, bridge], far)) = nodes.split_first_chunk().filter(|(_, far)| !far.is_empty())
        else {
            return;
        };
        if rng.chance(0.5) {
            self.cluster.network.partition_oneway(&[gray], &[bridge]);
        } else {
            self.cluster.network.partition(&[&[gray], far]);
        }
        self.stay(GRAYNESS, &self.all(), GRAY_TIME);
        self.cluster.network.repair();
        self.pass(CALM, &self.all());
    }

    /// All leave at the same time: nobody may wait for anybody, and nothing may be left of them.
    fn shut_down(&mut self) {
        let nodes: Vec<_> = self.cluster.machines().iter().map(|(id, _)| id).collect();
        for node in nodes {
            self.cluster.with(node, Node::leave);
        }
        self.cluster.run_for(self.ours.population.config.leave_timeout);
        let lingers = |node: &Node| !node.has_left() || node.poll_timeout().is_some();
        let lingering = self.cluster.machines().iter().find(|(_, node)| lingers(node)).map(|(id, _)| id);
        if let Some(node) = lingering {
            self.cluster.fail("L6", node, "has not ended in the time that a node has to leave".into());
        }
    }

    fn all(&self) -> Vec<NodeId> {
        self.ours.nodes().collect()
    }

    /// Runs until all gates are open for all these nodes, for each as long as it may stay shut.
    fn pass(&mut self, gates: &[Gate], nodes: &[NodeId]) {
        let (begin, mut behind) = (self.cluster.now(), 0);
        while let Some((late, shut)) = self.first_shut(gates, nodes, begin, &mut behind) {
            match late {
                _ if self.cluster.violation().is_some() => return,
                Some(rule) => return self.object(rule, begin, shut),
                // Asking costs much in a large cluster, so who waits for long is asked less often.
                None => self.cluster.run_for(TRY.max(self.cluster.now().since(begin) / 16)),
            }
        }
    }

    /// A gate that is shut, and its rule if its time is over; those that are late come first.
    fn first_shut(
        &self,
        gates: &[Gate],
        nodes: &[NodeId],
        begin: Instant,
        behind: &mut usize,
    ) -> Option<(Option<&'static str>, gates::Doubt)> {
        let group = Group::of(nodes.iter().copied(), &self.cluster);
        let waited = self.cluster.now().since(begin);
        let bound = |gate: &Gate| (gate.bound)(&self.ours.population.config, self.ours.plan.nodes as usize);
        let mut gates: Vec<_> = gates.iter().collect();
        gates.sort_by_key(|gate| bound(gate));
        gates.into_iter().find_map(|gate| {
            let doubt = group.doubt(gate, behind)?;
            Some(((waited >= bound(gate)).then_some(gate.rule), doubt))
        })
    }

    /// The gates are open, and stay so for that long.
    fn stay(&mut self, gates: &[Gate], nodes: &[NodeId], long: Duration) {
        let (begin, mut behind) = (self.cluster.now(), 0);
        loop {
            let group = Group::of(nodes.iter().copied(), &self.cluster);
            let shut = gates.iter().find_map(|gate| Some((gate.rule, group.doubt(gate, &mut behind)?)));
            if let Some((rule, doubt)) = shut {
                return self.object(rule, begin, doubt);
            }
            if self.cluster.now() >= begin + long || self.cluster.violation().is_some() {
                return;
            }
            self.cluster.run_for(TRY_AGAIN.min(long));
        }
    }

    fn object(&mut self, rule: &'static str, begin: Instant, (node, text): gates::Doubt) {
        let after = self.cluster.now().since(begin);
        self.cluster.fail(rule, node, format!("after {after:?}: {text}"));
    }
}

fn panicked(plan: Plan, panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("of an unknown kind");
    let violation = Violation {
        rule: "S15",
        node: NodeId(0),
        time: Instant::ZERO,
        seed: plan.seed.into(),
        text: format!("panic: {text}"),
    };
    let explanation = format!("{violation}\n");
    let failure = Some(Failure { violation, explanation });
    let marks = BTreeSet::new();
    Outcome { plan, failure, calls: 0, datagrams: 0, faults: 0, simulated: Duration::ZERO, hash: None, marks }
}
