//! Clusters to measure: booted, at peace, all alike.

use std::time::Duration;

use swim_core::{Config, Event, Fact, Instant, Keyring, Local, Name, Node, State};

use crate::check::Judge;
use crate::population::{Population, addr, cluster_of};
use crate::{Cluster, Happened, Link, NodeId, Rng, Seed, Verdict};

/// The child of a run's seed from which a measurement draws.
const CHILD: u64 = 16;
/// All nodes start within this time.
const START: Duration = Duration::from_secs(1);
/// How long they may take to know each other.
const BOOT_MAX: Duration = Duration::from_secs(300);
/// How long nothing happens before anything is measured.
const PEACE: Duration = Duration::from_secs(20);
/// Larger towns are not judged: it would take most of the time.
const JUDGED_MAX: usize = 32;

/// What becomes of streams where datagrams get lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Streams {
    /// Loss costs them time, as TCP.
    Alive,
    /// None gets through.
    Cut,
}

impl Streams {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Cut => "cut",
        }
    }
}

/// A cluster, its population, and chance.
pub(super) struct Town {
    pub(super) cluster: Cluster<Node>,
    pub(super) rng: Rng,
    population: Population,
}

/// Starting and stopping nodes.
impl Town {
    /// Nobody is there yet.
    pub(super) fn new(seed: u64, config: Config) -> Self {
        let population = Population::plain("n", config, vec![addr(0)]);
        let mut cluster = Cluster::new(seed);
        cluster.keep_events(false);
        Self { cluster, rng: Rng::new(Seed::from(seed).child(CHILD)), population }
    }

    /// A town of so many where everybody knows everybody, and peace has come. Events are kept from now on.
    pub(super) fn at_peace(seed: u64, nodes: usize, config: Config) -> Self {
        let mut town = Self::new(seed, config);
        if nodes <= JUDGED_MAX {
            town.cluster.watch(Judge::new(cluster_of).0);
        }
        town.start_all(nodes);
        town.whole(BOOT_MAX).expect("a town boots");
        town.run_for(PEACE);
        town.cluster.keep_events(true);
        town
    }

    /// So many more start within a second.
    pub(super) fn start_all(&mut self, nodes: usize) {
        let pause = START / u32::try_from(nodes).expect("fewer than 2^32 nodes");
        let first = self.cluster.machines().nodes().len();
        for number in first..first + nodes {
            let population = &self.population;
            self.cluster.add(addr(number), |seed, now| {
                population.make_later(population.local(number, now), None, seed, now)
            });
            let pause = self.rng.duration(&(Duration::ZERO..=pause));
            self.run_for(pause);
        }
    }

    /// A later life under this name: where a former one ran, or at an address where nobody was yet.
    pub(super) fn restart(&mut self, name: Name, at: Option<NodeId>, snapshot: Option<&[u8]>) -> NodeId {
        let place = at.map_or_else(|| self.cluster.machines().nodes().len(), |node| node.0 as usize);
        let population = &self.population;
        let make = |seed, now| {
            let local = Local { name, addr: addr(place), ..population.local(0, now) };
            population.make_later(local, snapshot, seed, now)
        };
        match at {
            Some(node) => {
                self.cluster.restart(node, make);
                node
            }
            None => self.cluster.add(addr(place), make),
        }
    }

    pub(super) fn any(&mut self) -> NodeId {
        let running: Vec<_> = self.running().collect();
        *self.rng.pick(&running).expect("somebody runs")
    }

    /// So many different nodes that run, but not the seed.
    pub(super) fn some(&mut self, count: usize) -> Vec<NodeId> {
        let mut running: Vec<_> = self.running().filter(|node| node.0 > 0).collect();
        self.rng.shuffle(&mut running);
        running.truncate(count);
        running
    }

    pub(super) fn running(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.cluster.machines().iter().map(|(node, _)| node)
    }

    pub(super) fn with<R>(
        &mut self,
        node: NodeId,
        command: impl FnOnce(&mut Node, Instant) -> R,
    ) -> Option<R> {
        self.cluster.with(node, command)
    }

    pub(super) fn lose(&mut self, loss: f64) {
        self.cluster.network.set_links(Link { loss, ..Link::default() });
    }

    /// Everybody is cut off from everybody, and only datagrams get past that, if they are not lost.
    pub(super) fn lose_without_streams(&mut self, loss: f64) {
        let nodes: Vec<_> = self.running().collect();
        self.cluster.network.partition_oneway(&nodes, &nodes);
        let mut rng = Rng::new(Seed::from(self.rng.any()));
        let latency = Link::default().latency;
        self.cluster.network.add_rule(move |_: Instant, _: NodeId, _: NodeId, _: &[u8]| {
            if rng.chance(loss) { Verdict::Drop } else { Verdict::Deliver(rng.duration(&latency)) }
        });
    }

    /// Nothing is lost or cut any more.
    pub(super) fn repair(&mut self) {
        self.cluster.network.repair();
        self.cluster.network.clear_rules();
    }
}

/// Time.
impl Town {
    pub(super) fn now(&self) -> Instant {
        self.cluster.now()
    }

    pub(super) fn run_for(&mut self, time: Duration) {
        self.cluster.run_for(time);
        self.demand_laws();
    }

    /// Runs until everybody who runs knows all the others alive, in the life that runs, and nobody else; says how
    /// long that took.
    pub(super) fn whole(&mut self, patience: Duration) -> Option<Duration> {
        let names: Vec<_> = self.running().collect();
        let mut cursor = Cursor { names, at: 0 };
        let begun = self.now();
        let done = self.cluster.run_until(begun + patience, |cluster| cursor.is_whole(cluster));
        self.demand_laws();
        done.map(|at| at.since(begun))
    }

    fn demand_laws(&self) {
        if let Some(explanation) = self.cluster.explain() {
            panic!("{explanation}");
        }
    }
}

/// What happened.
impl Town {
    pub(super) fn name(&self, node: NodeId) -> Name {
        self.node(node).expect("it runs").local().name().clone()
    }

    pub(super) fn node(&self, node: NodeId) -> Option<&Node> {
        self.cluster.machines().get(node)
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.cluster.machines().iter().map(|(_, node)| node)
    }

    /// The events since then.
    pub(super) fn events_since(&self, start: Instant) -> &[Happened<Event>] {
        let events = self.cluster.events();
        &events[events.partition_point(|event| event.at < start)..]
    }

    /// Who declared whom dead since then.
    pub(super) fn deaths_since(&self, start: Instant) -> impl Iterator<Item = (NodeId, &Name)> {
        self.events_since(start).iter().filter_map(|happened| match &happened.event.fact {
            Fact::Failed { member, .. } => Some((happened.node, &member.name)),
            _ => None,
        })
    }
}

impl Population {
    fn make_later(&self, local: Local, snapshot: Option<&[u8]>, seed: [u8; 32], now: Instant) -> Node {
        let (config, keyring) = (self.config.clone(), Keyring::plain());
        let mut node = match snapshot {
            Some(bytes) => Node::restore(config, local, keyring, seed, now, bytes).expect("an own snapshot"),
            None => Node::new(config, local, keyring, seed, now).expect("valid"),
        };
        node.join(now, &self.seeds);
        node
    }
}

/// The pair of an observer and a subject that was not right when last asked. This is asked after every call, so it
/// goes on from there instead of over all pairs.
struct Cursor {
    names: Vec<NodeId>,
    at: usize,
}

impl Cursor {
    fn is_whole(&mut self, cluster: &Cluster<Node>) -> bool {
        let nodes: &[NodeId] = &self.names;
        let pairs = nodes.len() * nodes.len();
        for step in 0..pairs {
            let at = (self.at + step) % pairs;
            let of = |node| cluster.machines().get(node);
            let right = of(nodes[at / nodes.len()])
                .zip(of(nodes[at % nodes.len()]))
                .is_some_and(|(observer, subject)| knows(observer, subject, nodes.len()));
            if !right {
                self.at = at;
                return false;
            }
        }
        true
    }
}

fn knows(observer: &Node, subject: &Node, count: usize) -> bool {
    let itself = subject.local();
    observer.members().len() == count
        && observer
            .member(itself.name().as_str())
            .is_some_and(|member| member.state() == State::Alive && member.epoch() == itself.epoch())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_town_is_whole_only_while_everybody_holds_everybody_alive() {
        let mut town = Town::at_peace(1, 4, Config::lan());
        assert_eq!(town.whole(Duration::ZERO), Some(Duration::ZERO));
        town.cluster.network.isolate(NodeId(3));
        town.run_for(30 * SECOND);
        assert_eq!(town.whole(Duration::ZERO), None);
        town.cluster.network.repair();
        assert!(town.whole(120 * SECOND) > Some(Duration::ZERO));
    }

    #[test]
    fn a_town_is_whole_after_a_restart_once_everybody_knows_the_new_life() {
        let mut town = Town::at_peace(2, 4, Config::lan());
        let name = town.name(NodeId(2));
        town.cluster.crash(NodeId(2));
        town.run_for(SECOND);
        let node = town.restart(name.clone(), None, None);
        assert_eq!(town.whole(Duration::ZERO), None);
        assert!(town.whole(120 * SECOND).is_some());
        assert_eq!(town.name(node), name);
    }
}
