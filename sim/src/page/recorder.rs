//! Writing down what happens to a cluster of nodes.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use swim_core::{ClusterId, Config, Fact, Instant, Name, Node, Transmit};

use super::beliefs::{Belief, Beliefs, What, micros};
use super::cuts::Shape;
use super::flights::{Fate, Flight, Flights};
use super::kind::Kind;
use super::moment::{Moment, Turn};
use super::news::News;
use super::traffic::Load;
use crate::{Broken, Call, Checker, Link, Network, NodeId, Notice, Step};

/// Nodes that are recorded at most; what others believe and do is left out.
pub const NODES_MAX: usize = 1_000;
/// Moments and changes of the network that are kept at most.
const MOMENTS_MAX: usize = 20_000;

/// Writes down what happens. Add a clone of it with [`Cluster::watch`](crate::Cluster::watch) before the first node.
///
/// It takes no part in the run: a run has the same trace hash with and without it.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Rc<RefCell<Recording>>);

impl Recorder {
    /// A recorder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it has seen so far.
    ///
    /// # Panics
    ///
    /// If the answer is kept while the cluster runs on.
    #[must_use]
    pub fn recording(&self) -> Ref<'_, Recording> {
        self.0.borrow()
    }
}

impl Checker<Node> for Recorder {
    fn check(&mut self, step: &Step<'_, Node>) -> Result<(), Broken> {
        self.0.borrow_mut().step(step);
        Ok(())
    }

    fn notice(&mut self, now: Instant, notice: &Notice<'_>) {
        self.0.borrow_mut().notice(now, notice);
    }
}

/// What happened to a cluster, ready to be shown.
#[derive(Debug, Default)]
pub struct Recording {
    pub(super) nodes: Vec<Row>,
    pub(super) config: Option<Config>,
    /// Behaviour of the links from some time on, in microseconds.
    pub(super) links: Vec<(u64, Link)>,
    /// Partitions from some time on, in microseconds.
    pub(super) shapes: Vec<(u64, Shape)>,
    pub(super) moments: Vec<Moment>,
    pub(super) beliefs: Beliefs,
    pub(super) news: News,
    pub(super) flights: Flights,
    pub(super) load: Load,
    /// The last thing that happened, in microseconds.
    pub(super) end: u64,
    names: BTreeMap<Name, NodeId>,
}

/// One node.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Name,
    pub(super) cluster: ClusterId,
    view: Vec<Belief>,
    /// Up to which of its events it is known what the node believes.
    version: u64,
}

impl Recording {
    fn step(&mut self, step: &Step<'_, Node>) {
        self.end = micros(step.now);
        if matches!(step.call, Call::Start) {
            self.start(step);
        }
        self.streams(step);
        let node = step.node;
        if self.nodes.len() <= node.0 as usize {
            return;
        }
        for event in step.events {
            self.news.note(step.now, node, &event.fact, |name| self.names.get(name).copied());
            self.hear(step, &event.fact);
        }
        let unheard = !step.listening && self.nodes[node.0 as usize].version != step.machine.version();
        if unheard {
            self.read_all(step);
        }
        self.nodes[node.0 as usize].version = step.machine.version();
        self.own(step);
    }

    fn notice(&mut self, now: Instant, notice: &Notice<'_>) {
        self.end = micros(now);
        match *notice {
            Notice::Crashed(node) => {
                self.note(now, node, if self.has_left(node) { Turn::Exit } else { Turn::Crash });
                self.forget_all(now, node);
            }
            Notice::Network(network) => self.network(network),
            Notice::Datagram { from, to, bytes, delays } => self.datagram(from, to, bytes, delays),
        }
    }

    fn start(&mut self, step: &Step<'_, Node>) {
        let Step { now, node, machine, .. } = *step;
        let place = node.0 as usize;
        self.config.get_or_insert_with(|| machine.config().clone());
        if place < self.nodes.len() {
            return self.note(now, node, Turn::Restart);
        }
        if place == self.nodes.len() && place < NODES_MAX {
            let name = machine.local().name().clone();
            self.names.insert(name.clone(), node);
            self.nodes.push(Row { name, cluster: machine.cluster(), view: Vec::new(), version: 0 });
            self.note(now, node, Turn::Start);
        }
    }

    fn hear(&mut self, step: &Step<'_, Node>, fact: &Fact) {
        match fact {
            Fact::Joined { member }
            | Fact::Suspected { member, .. }
            | Fact::Refuted { member }
            | Fact::Restarted { member }
            | Fact::Failed { member, .. }
            | Fact::Left { member } => self.read(step, &member.name),
            Fact::Forgotten { member } => self.read(step, member),
            Fact::SelfRefuted { .. } => self.note(step.now, step.node, Turn::Refute),
            Fact::Lagged { .. } => self.read_all(step),
            _ => {}
        }
    }

    /// Asks the machine instead of trusting the event, which may have waited for a while.
    fn read(&mut self, step: &Step<'_, Node>, name: &Name) {
        if let Some(&subject) = self.names.get(name) {
            let state = step.machine.member(name.as_str()).map(|member| member.state());
            self.believe(step.now, step.node, subject, state.map_or(Belief::Unknown, Belief::from));
        }
    }

    fn read_all(&mut self, step: &Step<'_, Node>) {
        let names: Vec<Name> = self.nodes.iter().map(|row| row.name.clone()).collect();
        names.iter().for_each(|name| self.read(step, name));
    }

    fn own(&mut self, step: &Step<'_, Node>) {
        let own = Belief::from(step.machine.local().state());
        self.believe(step.now, step.node, step.node, own);
    }

    fn believe(&mut self, now: Instant, observer: NodeId, subject: NodeId, belief: Belief) {
        let (view, place) = (&mut self.nodes[observer.0 as usize].view, subject.0 as usize);
        if view.len() <= place {
            view.resize(place + 1, Belief::Unknown);
        }
        if view[place] != belief {
            view[place] = belief;
            self.beliefs.note(now, observer, What::Of(subject, belief));
            if observer == subject && belief == Belief::Left {
                self.note(now, observer, Turn::Leave);
            }
        }
    }

    fn has_left(&self, node: NodeId) -> bool {
        let row = self.nodes.get(node.0 as usize);
        row.and_then(|row| row.view.get(node.0 as usize)) == Some(&Belief::Left)
    }

    fn forget_all(&mut self, now: Instant, observer: NodeId) {
        if let Some(row) = self.nodes.get_mut(observer.0 as usize) {
            row.view.clear();
            row.version = 0;
            self.beliefs.note(now, observer, What::Nothing);
        }
    }

    fn note(&mut self, now: Instant, node: NodeId, turn: Turn) {
        if self.moments.len() < MOMENTS_MAX && (node.0 as usize) < self.nodes.len() {
            self.moments.push(Moment { at: micros(now), node, turn });
        }
    }

    fn network(&mut self, network: &Network) {
        let link = network.usual_link();
        if self.links.len() < MOMENTS_MAX && self.links.last().is_none_or(|(_, last)| last != link) {
            self.links.push((self.end, link.clone()));
        }
        let shape = Shape::of(network, u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let whole = Shape::default();
        if self.shapes.len() < MOMENTS_MAX && self.shapes.last().map_or(&whole, |(_, last)| last) != &shape {
            self.shapes.push((self.end, shape));
        }
    }

    fn datagram(&mut self, from: NodeId, to: NodeId, bytes: &[u8], delays: [Option<Duration>; 2]) {
        let (at, kind) = (self.end, Kind::of(bytes));
        self.load.note(at, kind, bytes.len());
        let fate = match delays.into_iter().flatten().min() {
            Some(delay) => Fate::Arrives(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX)),
            None if self.shapes.last().is_some_and(|(_, shape)| shape.is_cut(from, to)) => Fate::Cut,
            None => Fate::Lost,
        };
        self.load.lost += u64::from(fate == Fate::Lost);
        self.load.cut += u64::from(fate == Fate::Cut);
        self.fly(Flight { at, from, to, kind, fate });
    }

    fn streams(&mut self, step: &Step<'_, Node>) {
        let (at, from, kind) = (self.end, step.node, Kind::Stream);
        for sent in step.sent {
            match &sent.transmit {
                Transmit::Write { .. } => self.load.note(at, kind, sent.bytes.len()),
                Transmit::Connect { to, .. } => {
                    if let Some(to) = step.machines.at(to) {
                        self.fly(Flight { at, from, to, kind, fate: Fate::Arrives(0) });
                    }
                }
                Transmit::Datagram { .. } | Transmit::Finish { .. } | Transmit::Abort { .. } => {}
            }
        }
    }

    fn fly(&mut self, flight: Flight) {
        if flight.from.0.max(flight.to.0) < u32::try_from(NODES_MAX).unwrap_or(u32::MAX) {
            self.flights.note(flight);
        }
    }

    pub(super) fn name(&self, node: NodeId) -> &str {
        self.nodes.get(node.0 as usize).map_or("?", |row| row.name.as_str())
    }
}
