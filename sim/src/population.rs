//! Nodes as runs and scenarios make them: numbered, named and addressed alike everywhere.

use std::time::Duration;

use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Key, Keyring, Local, Name, Node, Suite};

use crate::addresses::Addresses;
use crate::switches::turn_on;
use crate::{Cluster, NodeId};

/// The epoch of a node that starts at time zero: a day in 2023, in milliseconds, as an adapter would choose it.
const FIRST_EPOCH: u64 = 1_700_000_000_000;

/// What the nodes of one cluster have in common.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    /// The name of the cluster, and of its nodes up to their number.
    pub(crate) name: &'static str,
    /// With so many digits that names have at least so many bytes.
    pub(crate) name_bytes: usize,
    /// Where they listen.
    pub(crate) addresses: Addresses,
    pub(crate) config: Config,
    /// Whom they join through at first.
    pub(crate) seeds: Vec<Addr>,
    /// What their frames are sealed with.
    pub(crate) keyring: Keyring,
    /// Which switches inside them are on.
    pub(crate) switches: Vec<String>,
}

/// The keys of clusters in which everybody shares one.
pub(crate) fn shared_key(suite: Suite) -> Keyring {
    Keyring::sealed(Key::new(suite, [7; 32]))
}

impl Population {
    /// Nodes without keys.
    pub(crate) fn plain(name: &'static str, config: Config, seeds: Vec<Addr>) -> Self {
        Self {
            name,
            name_bytes: 0,
            addresses: Addresses::default(),
            config,
            seeds,
            keyring: Keyring::plain(),
            switches: Vec::new(),
        }
    }

    /// Adds the next node, which joins at once.
    pub(crate) fn add(&self, cluster: &mut Cluster<Node>) -> NodeId {
        let number = cluster.machines().nodes().len();
        let local = self.local(number, cluster.now());
        cluster.add(local.addr.clone(), |seed, now| self.make(local, &self.seeds, seed, now))
    }

    /// The next node, which does not run yet.
    pub(crate) fn reserve(&self, cluster: &mut Cluster<Node>) -> NodeId {
        let number = cluster.machines().nodes().len();
        cluster.reserve(self.addresses.of(number))
    }

    /// Starts a node again, with nothing left of its former life, to join through these.
    pub(crate) fn restart(&self, cluster: &mut Cluster<Node>, node: NodeId, seeds: &[Addr]) {
        self.restart_at(cluster, node, cluster.machines().addr(node).clone(), seeds);
    }

    /// The same, at another address.
    pub(crate) fn restart_at(&self, cluster: &mut Cluster<Node>, node: NodeId, at: Addr, seeds: &[Addr]) {
        let local = Local { addr: at.clone(), ..self.local(node.0 as usize, cluster.now()) };
        cluster.restart_at(node, at, |seed, now| self.make(local, seeds, seed, now));
    }

    /// Crashes a node and starts it again after a while, with nothing left of its former life, to join through these.
    pub(crate) fn bounce(&self, cluster: &mut Cluster<Node>, node: NodeId, down: Duration, seeds: Vec<Addr>) {
        let addr = cluster.machines().addr(node).clone();
        let local = Local { addr, ..self.local(node.0 as usize, cluster.now() + down) };
        let population = self.clone();
        cluster.bounce(node, down, move |seed, now| population.make(local, &seeds, seed, now));
    }

    /// Starts a node again from what an earlier life of it saved, to join through these; with nothing if that cannot be
    /// read.
    pub(crate) fn recover(&self, cluster: &mut Cluster<Node>, node: NodeId, seeds: &[Addr], saved: &[u8]) {
        let addr = cluster.machines().addr(node).clone();
        let local = Local { addr, ..self.local(node.0 as usize, cluster.now()) };
        cluster.restart(node, |seed, now| self.restore(local, seeds, saved, seed, now));
    }

    /// Starts what a node saved a second time, elsewhere, while the node goes on.
    pub(crate) fn copy(&self, cluster: &mut Cluster<Node>, node: NodeId, at: Addr, saved: &[u8]) -> NodeId {
        let local = Local { addr: at.clone(), ..self.local(node.0 as usize, cluster.now()) };
        cluster.add(at, |seed, now| self.restore(local, &self.seeds, saved, seed, now))
    }

    /// A life that begins at that time, whatever the clock of its host shows: every life has a later epoch.
    pub(crate) fn local(&self, number: usize, time: Instant) -> Local {
        let millis = time.as_nanos() / 1_000_000;
        let (cluster, digits) = (self.name, self.name_bytes.saturating_sub(self.name.len()));
        Local {
            cluster: ClusterId::from_name(cluster),
            name: Name::new(&format!("{cluster}{number:0digits$}")).expect("within bounds"),
            addr: self.addresses.of(number),
            epoch: Epoch::new(FIRST_EPOCH + millis).expect("before the year 10889"),
        }
    }

    fn restore(&self, local: Local, seeds: &[Addr], saved: &[u8], seed: [u8; 32], now: Instant) -> Node {
        let (config, keyring) = (self.config.clone(), self.keyring.clone());
        match Node::restore(config, local.clone(), keyring, seed, now, saved) {
            Ok(node) => self.begin(node, seeds, seed, now),
            Err(_unreadable) => self.make(local, seeds, seed, now),
        }
    }

    fn make(&self, local: Local, seeds: &[Addr], seed: [u8; 32], now: Instant) -> Node {
        let (config, keyring) = (self.config.clone(), self.keyring.clone());
        let node = Node::new(config, local, keyring, seed, now).expect("valid");
        self.begin(node, seeds, seed, now)
    }

    fn begin(&self, mut node: Node, seeds: &[Addr], seed: [u8; 32], now: Instant) -> Node {
        turn_on(&mut node, seed, &self.switches);
        node.join(now, seeds);
        node
    }
}

/// The cluster that a node belongs to by its name.
pub(crate) fn cluster_of(name: &Name) -> ClusterId {
    ClusterId::from_name(name.as_str().trim_end_matches(|char: char| char.is_ascii_digit()))
}

/// Where the node with this number listens, if nothing else is said.
pub(crate) fn addr(number: usize) -> Addr {
    Addresses::default().of(number)
}
