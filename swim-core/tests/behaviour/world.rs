//! Several nodes that hear each other at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swim_core::{
    Addr, Config, Epoch, Fact, Instant, Local, Machine, Node, State, StreamId, StreamInput, Transmit,
};

use crate::lab::{addr, cluster, epoch, keyring, name};

/// Nodes by their ports, the streams between them, and all that they told.
#[derive(Default)]
pub struct World {
    pub nodes: BTreeMap<u16, Node>,
    pub now: Instant,
    pub facts: Vec<(u16, Instant, Fact)>,
    /// Ports that swallow what is sent there, streams included.
    pub silent: BTreeSet<u16>,
    streams: Vec<[End; 2]>,
}

type End = (u16, StreamId);

/// The member `m<number>` at this port.
pub fn local(number: u16, port: u16, life: Epoch) -> Local {
    Local { cluster: cluster(), name: name(&format!("m{number}")), addr: addr(port), epoch: life }
}

impl World {
    /// Members `m1` to `m<count>` at ports 1 to `count`, who know each other.
    pub fn joined(config: &Config, count: u16) -> Self {
        let mut world = Self::default();
        for port in 1..=count {
            world.start(config, port, port, 10);
            world.join(port, 1);
        }
        world.pass(Duration::from_secs(10));
        assert!(world.nodes.values().all(|node| node.members().len() == usize::from(count)));
        world
    }

    /// An empty node, with chance of its own.
    pub fn start(&mut self, config: &Config, number: u16, port: u16, life: u64) {
        let (local, seed) = (local(number, port, epoch(life)), self.seed(port));
        let node = Node::new(config.clone(), local, keyring(), seed, self.now).expect("a valid config");
        self.nodes.insert(port, node);
    }

    pub fn restore(&mut self, config: &Config, number: u16, port: u16, life: u64, snapshot: &[u8]) {
        let (local, seed) = (local(number, port, epoch(life)), self.seed(port));
        let node = Node::restore(config.clone(), local, keyring(), seed, self.now, snapshot);
        self.nodes.insert(port, node.expect("a snapshot of this node"));
    }

    fn seed(&self, port: u16) -> [u8; 32] {
        let mut seed = [u8::try_from(port % 251).expect("below 251"); 32];
        seed[..8].copy_from_slice(&self.now.as_nanos().to_le_bytes());
        seed
    }

    pub fn join(&mut self, port: u16, at: u16) {
        let now = self.now;
        self.nodes.get_mut(&port).expect("a node").join(now, &[addr(at)]);
    }

    /// Time passes, deadline by deadline.
    pub fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.flush();
        while let Some(next) =
            self.nodes.values().filter_map(Machine::poll_timeout).min().filter(|&at| at <= end)
        {
            self.now = next.max(self.now);
            let now = self.now;
            self.nodes.values_mut().for_each(|node| node.handle_timeout(now));
            self.flush();
        }
        self.now = end;
    }

    fn flush(&mut self) {
        let ports: Vec<_> = self.nodes.keys().copied().collect();
        let mut buf = Vec::new();
        let mut quiet = false;
        while !std::mem::replace(&mut quiet, true) {
            for &port in &ports {
                while let Some(transmit) = self.node(port).poll_transmit(&mut buf) {
                    self.deliver(port, &transmit, &mut buf);
                    quiet = false;
                }
                while let Some(event) = self.node(port).poll_event() {
                    self.facts.push((port, self.now, event.fact));
                }
            }
        }
    }

    fn node(&mut self, port: u16) -> &mut Node {
        self.nodes.get_mut(&port).expect("nodes come and go between flushes only")
    }

    fn deliver(&mut self, from: u16, transmit: &Transmit, buf: &mut [u8]) {
        let now = self.now;
        match transmit {
            Transmit::Datagram { to } => {
                if let Some(node) = port_of(to).and_then(|port| self.nodes.get_mut(&port)) {
                    node.handle_datagram(now, &addr(from), buf);
                }
            }
            Transmit::Connect { stream, to } => self.connect((from, *stream), to),
            Transmit::Write { stream } => {
                self.tell_far((from, *stream), StreamInput::Data(buf));
                self.node(from).handle_stream(now, *stream, StreamInput::Written);
            }
            Transmit::Finish { stream } => self.tell_far((from, *stream), StreamInput::Finished),
            Transmit::Abort { stream } => self.tell_far((from, *stream), StreamInput::Failed),
        }
    }

    fn connect(&mut self, near: End, to: &Addr) {
        let (now, port) = (self.now, port_of(to).expect("an address of this world"));
        if self.silent.contains(&port) {
            return;
        }
        if !self.nodes.contains_key(&port) {
            return self.node(near.0).handle_stream(now, near.1, StreamInput::Failed);
        }
        let far = (port, StreamId::Accepted(self.streams.len() as u64));
        self.streams.push([near, far]);
        self.node(port).handle_stream(now, far.1, StreamInput::Accepted { from: addr(near.0) });
        self.node(near.0).handle_stream(now, near.1, StreamInput::Connected);
    }

    fn tell_far(&mut self, near: End, input: StreamInput<'_>) {
        // The latest, because a port may have had a node before this one with a stream of this number.
        let made = self.streams.iter().rev().find(|ends| ends.contains(&near));
        // One to a silent port was never made.
        let Some(ends) = made else { return };
        let (port, stream) = if ends[0] == near { ends[1] } else { ends[0] };
        let now = self.now;
        if let Some(node) = self.nodes.get_mut(&port) {
            node.handle_stream(now, stream, input);
        }
    }

    /// What everybody believes of everybody who is there.
    pub fn views(&self) -> BTreeMap<u16, BTreeMap<String, (Addr, State)>> {
        let view = |node: &Node| {
            let members = node.members();
            members
                .map(|member| (member.name().to_string(), (member.addr().clone(), member.state())))
                .collect()
        };
        self.nodes.iter().map(|(&port, node)| (port, view(node))).collect()
    }

    pub fn accusations(&self, since: Instant) -> usize {
        let accuses = |fact: &Fact| matches!(fact, Fact::Suspected { .. } | Fact::Failed { .. });
        self.facts.iter().filter(|(_, at, fact)| *at >= since && accuses(fact)).count()
    }
}

fn port_of(addr: &Addr) -> Option<u16> {
    addr.as_ip().map(|ip| ip.port())
}
