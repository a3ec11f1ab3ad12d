//! The virtual network: how long things take, what is lost, and who can reach whom.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use swim_core::{Addr, Instant};

use crate::cut::{Cut, Side};
use crate::{Link, NodeId, Passage, Rng, Rule, Seed, StreamFaults, Traffic, Verdict};

/// How long a stream waits before it sends a lost segment again; twice as long each further time.
const RETRANSMIT: Duration = Duration::from_millis(200);
/// How often in a row one segment of a stream can be lost.
const RETRANSMITS_MAX: u32 = 5;

/// A datagram that is kept back, as its node sent it.
pub(crate) struct Held {
    pub(crate) node: NodeId,
    pub(crate) from: Addr,
    pub(crate) to: Addr,
    pub(crate) bytes: Vec<u8>,
}

/// The network of a [`Cluster`](crate::Cluster).
///
/// A partition stops what is sent while it lasts; a datagram that was under way before still arrives, what was under
/// way on a stream waits until it ends.
pub struct Network {
    usual: Link,
    links: BTreeMap<(NodeId, NodeId), Link>,
    datagram_limit: usize,
    cuts: Vec<Cut>,
    rules: Vec<Box<dyn Rule>>,
    holds: Vec<Cut>,
    held: Vec<Held>,
    streams: StreamFaults,
    traffic: Traffic,
    rng: Rng,
    changes: u64,
}

impl Network {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            usual: Link::default(),
            links: BTreeMap::new(),
            datagram_limit: 65_507,
            cuts: Vec::new(),
            rules: Vec::new(),
            holds: Vec::new(),
            held: Vec::new(),
            streams: StreamFaults::default(),
            traffic: Traffic::default(),
            rng: Rng::new(seed),
            changes: 1,
        }
    }

    /// How every link behaves that [`set_link`](Self::set_link) does not name.
    pub fn set_links(&mut self, link: Link) {
        self.changes += 1;
        self.usual = link;
    }

    /// How the link from one node to another behaves; the way back is a link of its own.
    pub fn set_link(&mut self, from: NodeId, to: NodeId, link: Link) {
        self.changes += 1;
        self.links.insert((from, to), link);
    }

    /// The longest datagram in bytes that the network carries, 65 507 at first; longer ones are lost.
    pub fn set_datagram_limit(&mut self, bytes: usize) {
        self.datagram_limit = bytes;
    }

    /// Adds a rule, to be asked after those before it.
    pub fn add_rule(&mut self, rule: impl Rule + 'static) {
        self.rules.push(Box::new(rule));
    }

    /// Takes all rules away.
    pub fn clear_rules(&mut self) {
        self.rules.clear();
    }

    /// Nodes in different groups cannot reach each other; nodes in no group reach everybody, as a bridge does.
    pub fn partition(&mut self, groups: &[&[NodeId]]) {
        for (place, group) in groups.iter().enumerate() {
            let others = groups.iter().enumerate().filter(|(other, _)| *other != place);
            let others: Vec<_> = others.flat_map(|(_, group)| *group).copied().collect();
            self.partition_oneway(group, &others);
        }
    }

    /// Nothing that these send reaches those; the way back stays open.
    pub fn partition_oneway(&mut self, from: &[NodeId], to: &[NodeId]) {
        self.changes += 1;
        self.cuts.push(Cut { from: Side::of(from), to: Side::of(to) });
    }

    /// The node reaches nobody and nobody reaches it.
    pub fn isolate(&mut self, node: NodeId) {
        self.changes += 1;
        self.cuts.push(Cut { from: Side::of(&[node]), to: Side::All });
        self.cuts.push(Cut { from: Side::All, to: Side::of(&[node]) });
    }

    /// Ends the isolation of one node; partitions stay.
    pub fn rejoin(&mut self, node: NodeId) {
        self.changes += 1;
        self.cuts.retain(|cut| !cut.isolates(node));
    }

    /// Each node reaches only the one before and the one after it; the last and the first are neighbours. Nodes that
    /// are not named reach everybody.
    pub fn ring(&mut self, nodes: &[NodeId]) {
        let len = nodes.len();
        for (place, &node) in nodes.iter().enumerate() {
            let near = [nodes[(place + 1) % len], nodes[(place + len - 1) % len], node];
            let far: Vec<_> = nodes.iter().copied().filter(|other| !near.contains(other)).collect();
            self.partition_oneway(&[node], &far);
        }
    }

    /// Keeps the datagrams that these send to those, until [`Cluster::release`](crate::Cluster::release) hands them to
    /// the network, which counts and judges them then.
    pub fn hold(&mut self, from: &[NodeId], to: &[NodeId]) {
        self.changes += 1;
        self.holds.push(Cut { from: Side::of(from), to: Side::of(to) });
    }

    /// What happens to streams from now on, beside what their links do.
    pub fn set_streams(&mut self, faults: StreamFaults) {
        self.streams = faults;
    }

    /// Ends all partitions and isolation. Links and rules stay.
    pub fn repair(&mut self) {
        self.changes += 1;
        self.cuts.clear();
    }

    /// Whether a partition keeps what `from` sends away from `to`. A node always reaches itself.
    #[must_use]
    pub fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        from != to && self.cuts.iter().any(|cut| cut.is_between(from, to))
    }

    /// How every link behaves that has no behaviour of its own.
    #[must_use]
    pub fn usual_link(&self) -> &Link {
        &self.usual
    }

    /// Whether there is any partition or isolation.
    pub(crate) fn has_cuts(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// Rises with every change of partitions and links.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// What became of all the datagrams so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    pub(crate) fn stream_faults(&self) -> &StreamFaults {
        &self.streams
    }

    /// Whether anything is held at all.
    pub(crate) fn holds_any(&self) -> bool {
        !self.holds.is_empty()
    }

    pub(crate) fn holds(&self, from: NodeId, to: NodeId) -> bool {
        self.holds.iter().any(|hold| hold.is_between(from, to))
    }

    pub(crate) fn keep(&mut self, held: Held) {
        self.held.push(held);
    }

    /// Ends all holding; answers what was held, in order.
    pub(crate) fn release(&mut self) -> Vec<Held> {
        self.holds.clear();
        std::mem::take(&mut self.held)
    }

    pub(crate) fn count_sent(&mut self, bytes: &[u8]) {
        self.traffic.sent += 1;
        self.traffic.bytes += bytes.len() as u64;
    }

    pub(crate) fn count_unheard(&mut self) {
        self.traffic.unheard += 1;
    }

    /// After which times a datagram arrives: once, never, or as a copy too.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        from: NodeId,
        to: NodeId,
        bytes: &[u8],
    ) -> [Option<Passage>; 2] {
        if bytes.len() > self.datagram_limit {
            self.traffic.oversize += 1;
            return [None, None];
        }
        match self.first_verdict(now, from, to, bytes) {
            Verdict::Pass => [self.carry(from, to), None],
            Verdict::Deliver(after) => [Some(Passage::unharmed(after)), None],
            Verdict::Delay(more) => {
                let passage = self.carry(from, to);
                [passage.map(|passage| Passage::unharmed(passage.after.saturating_add(more))), None]
            }
            Verdict::Corrupt(damage) => {
                self.traffic.corrupted += 1;
                [self.carry(from, to).map(|passage| Passage { damage: Some(damage), ..passage }), None]
            }
            Verdict::Drop => {
                self.traffic.ruled_out += 1;
                [None, None]
            }
            Verdict::Duplicate(after) => {
                self.traffic.duplicated += 1;
                [self.carry(from, to), Some(Passage::unharmed(after))]
            }
        }
    }

    /// How long a segment of a stream takes, lost and sent again ones included.
    pub(crate) fn stream_delay(&mut self, from: NodeId, to: NodeId) -> Duration {
        let Link { latency, loss } = self.link(from, to);
        let lost = (0..RETRANSMITS_MAX).take_while(|_| self.rng.chance(loss)).count();
        let again: Duration = (0..lost).map(|time| RETRANSMIT * (1 << time)).sum();
        self.rng.duration(&latency) + again
    }

    fn first_verdict(&mut self, now: Instant, from: NodeId, to: NodeId, bytes: &[u8]) -> Verdict {
        let mut verdicts = self.rules.iter_mut().map(|rule| rule.judge(now, from, to, bytes));
        verdicts.find(|verdict| *verdict != Verdict::Pass).unwrap_or(Verdict::Pass)
    }

    fn carry(&mut self, from: NodeId, to: NodeId) -> Option<Passage> {
        if self.is_cut(from, to) {
            self.traffic.cut += 1;
            return None;
        }
        let Link { latency, loss } = self.link(from, to);
        if self.rng.chance(loss) {
            self.traffic.lost += 1;
            return None;
        }
        Some(Passage::unharmed(self.rng.duration(&latency)))
    }

    fn link(&self, from: NodeId, to: NodeId) -> Link {
        self.links.get(&(from, to)).unwrap_or(&self.usual).clone()
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { usual, links, cuts, traffic, .. } = self;
        write!(f, "Network {{ usual: {usual:?}, links: {links:?}, cuts: {cuts:?}, traffic: {traffic:?} }}")
    }
}
