//! Nodes in one process, each with its own sockets, and all that they tell.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use adapter_std::{BindError, Sockets, epoch_now, seed};
use swim_core::{
    Addr, ClusterId, Config, Event, Fact, Instant, Key, KeyId, Keyring, Local, Name, Node, Roster,
};

use crate::adapter::{Events, Handle, Stable};
use crate::clock::Clock;
use crate::demo::adapter::Adapter;
use crate::keyfile::Secret;
use crate::problem::Problem;

/// What a node has just learned.
pub(crate) struct Sighting {
    pub(crate) at: Duration,
    pub(crate) observer: Name,
    pub(crate) fact: Fact,
    /// How many members the observer knows now.
    pub(crate) members: usize,
}

/// A cluster with a fresh key.
pub(crate) struct Cluster {
    clock: Clock,
    adapter: Adapter,
    stable: Stable,
    config: Config,
    key: Key,
    running: BTreeMap<Name, Running>,
    /// Where each node listened last.
    addrs: BTreeMap<Name, Addr>,
    started: u32,
    told: Receiver<Told>,
    tell: Sender<Told>,
}

struct Running {
    life: u32,
    handle: Handle<Node>,
    roster: Roster,
}

/// An event on its way from a node's thread.
struct Told {
    at: Duration,
    name: Name,
    life: u32,
    event: Event,
}

impl Cluster {
    pub(crate) fn new(clock: Clock, adapter: Adapter) -> Result<Self, Problem> {
        let (tell, told) = mpsc::channel();
        Ok(Self {
            clock,
            adapter,
            stable: Stable::default(),
            config: Config::local(),
            key: Secret::generate()?.to_key(),
            running: BTreeMap::new(),
            addrs: BTreeMap::new(),
            started: 0,
            told,
            tell,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn key_id(&self) -> KeyId {
        self.key.id()
    }

    pub(crate) fn addr(&self, name: &Name) -> Option<&Addr> {
        self.addrs.get(name)
    }

    /// Starts a node, where it was before if it was there before.
    pub(crate) fn start(&mut self, name: &Name) -> Result<(), Problem> {
        let sockets = self.bind(name).map_err(|error| failed(name, &describe(&error)))?;
        let addr = sockets.local_addr().clone();
        self.addrs.insert(name.clone(), addr.clone());
        let node = self.node(name, addr)?;
        self.started += 1;
        let spawned = self.stable.spawn(self.adapter.of(self.started), node, sockets);
        let (handle, events) = spawned.map_err(|error| failed(name, &error.to_string()))?;
        self.collect(name, events)?;
        let running = Running { life: self.started, handle, roster: Roster::new() };
        self.running.insert(name.clone(), running);
        Ok(())
    }

    /// A port that was free a moment ago may be taken; then any other does.
    fn bind(&self, name: &Name) -> Result<Sockets, BindError> {
        let any = Addr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let before = self.addr(name).unwrap_or(&any);
        Sockets::bind(before.clone()).or_else(|_| Sockets::bind(any))
    }

    fn node(&self, name: &Name, addr: Addr) -> Result<Node, Problem> {
        let local =
            Local { cluster: ClusterId::from_name("demo"), name: name.clone(), addr, epoch: epoch_now() };
        let seed = seed().map_err(|error| failed(name, &error.to_string()))?;
        let keyring = Keyring::sealed(self.key.clone());
        Node::new(self.config.clone(), local, keyring, seed, Instant::ZERO)
            .map_err(|error| failed(name, &error.to_string()))
    }

    /// Passes on what a node tells, until it has ended.
    fn collect(&self, name: &Name, events: Events) -> Result<(), Problem> {
        let (clock, life, tell) = (self.clock, self.started, self.tell.clone());
        let (node, thread_name) = (name.clone(), format!("swim-{name}"));
        let pass_on = move || {
            for event in events {
                let told = Told { at: clock.now(), name: node.clone(), life, event };
                if tell.send(told).is_err() {
                    return;
                }
            }
        };
        let spawned = thread::Builder::new().name(thread_name).spawn(pass_on);
        spawned.map(drop).map_err(|error| failed(name, &error.to_string()))
    }

    /// What a node learns next; `None` if nobody learns anything until `deadline`.
    pub(crate) fn next_sighting(&mut self, deadline: Duration) -> Option<Sighting> {
        loop {
            let told = self.told.recv_timeout(deadline.saturating_sub(self.clock.now())).ok()?;
            tracing::debug!(node = %told.name, fact = ?told.event.fact, "event");
            if let Some(sighting) = self.sighting(told) {
                return Some(sighting);
            }
        }
    }

    /// The last words of a node that was killed tell nothing of the others.
    fn sighting(&mut self, told: Told) -> Option<Sighting> {
        let running = self.running.get_mut(&told.name).filter(|running| running.life == told.life)?;
        if let Err(lost) = running.roster.fold(&told.event) {
            tracing::warn!(node = %told.name, %lost, "reading the members again");
            running.roster = running.handle.with(|node, _| Roster::of(node));
        }
        let members = running.roster.len();
        Some(Sighting { at: told.at, observer: told.name, fact: told.event.fact, members })
    }
}

/// What is done to the nodes.
impl Cluster {
    pub(crate) fn join(&self, name: &Name, seed: &Name) {
        if let (Some(node), Some(addr)) = (self.running.get(name), self.addr(seed)) {
            node.handle.with(|node, now| node.join(now, std::slice::from_ref(addr)));
        }
    }

    pub(crate) fn set(&self, name: &Name, key: &str, value: &str) -> Result<(), Problem> {
        let Some(node) = self.running.get(name) else { return Ok(()) };
        let set = node.handle.with(|node, now| node.set(now, key, value.as_bytes()));
        set.map_err(|error| failed(name, &error.to_string()))
    }

    /// Ends a node at once: its sockets close, and nobody is told.
    pub(crate) fn kill(&mut self, name: &Name) {
        if let Some(node) = self.running.remove(name) {
            node.handle.shutdown();
        }
    }

    pub(crate) fn leave(&self, name: &Name) {
        if let Some(node) = self.running.get(name) {
            node.handle.with(Node::leave);
        }
    }
}

fn failed(name: &Name, why: &str) -> Problem {
    Problem::failed(format!("cannot run {name}: {why}. This demo needs UDP and TCP on 127.0.0.1"))
}

fn describe(error: &BindError) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
