//! A deterministic network simulator for [`Machine`](swim_core::Machine)s.
//!
//! A [`Cluster`] runs any number of machines in one thread on a virtual clock and a virtual network. Nothing in
//! it reads a clock, the environment or a hash order, so one seed is one run, byte for byte, on every computer.
//!
//! ```text
//!            ┌────────────────────── Cluster ──────────────────────┐
//!  commands  │  engine: the next thing due, and the time it is     │  events
//!  ────────► │     │ wake · datagram · stream · action             │ ────────►
//!  faults    │     ▼                                               │  violation
//!  ────────► │  machine ──► outputs ──► checkers ──► network ──┐   │ ────────►
//!            │     ▲                                  streams ─┤   │  trace hash
//!            │     └───────────── arrivals ────────────────────┘   │ ────────►
//!            └─────────────────────────────────────────────────────┘
//! ```
//!
//! # One call of a machine
//!
//! 1. The engine hands out the next thing that is due: a wake-up, an arrival or an action of the test.
//! 2. The machine is called once, then polled until it has neither output nor events left.
//! 3. Every [`Checker`] sees what was called and what came out. What one of them objects to is the run's
//!    [`Violation`], and the run stops there.
//! 4. The outputs go to the [`Network`], which decides when, whether and how often they arrive.
//!
//! # A machine of your own
//!
//! Whatever implements [`Machine`](swim_core::Machine) can be simulated; here one that wraps a node and elects a leader
//! from what the node knows: the first by name, where most of the cluster is.
//!
//! ```
//! use std::time::Duration;
//!
//! use sim::Cluster;
//! use swim_core::{
//!     Addr, ClusterId, Config, Epoch, Event, Instant, Keyring, Local, Machine, Name, Node, StreamId, StreamInput,
//!     Transmit,
//! };
//!
//! struct Election(Node);
//!
//! impl Election {
//!     fn leader(&self) -> Option<&Name> {
//!         let electors = self.0.members().len();
//!         self.0.members().map(|member| member.name()).min().filter(|_| electors > SIZE / 2)
//!     }
//! }
//!
//! impl Machine for Election {
//!     type Event = Event;
//!
//!     fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
//!         self.0.handle_datagram(now, from, datagram);
//!     }
//!     fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
//!         self.0.handle_stream(now, stream, input);
//!     }
//!     fn handle_timeout(&mut self, now: Instant) {
//!         self.0.handle_timeout(now);
//!     }
//!     fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
//!         self.0.poll_transmit(buf)
//!     }
//!     fn poll_event(&mut self) -> Option<Event> {
//!         self.0.poll_event()
//!     }
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         self.0.poll_timeout()
//!     }
//! }
//!
//! const SIZE: usize = 5;
//!
//! fn addr(number: usize) -> Addr {
//!     std::net::SocketAddr::from(([10, 0, 0, number as u8], 7946)).into()
//! }
//!
//! for seed in 0..10 {
//!     let mut cluster = Cluster::new(seed);
//!     let nodes: Vec<_> = (0..SIZE)
//!         .map(|number| {
//!             cluster.add(addr(number), |seed, now| {
//!                 let cluster = ClusterId::from_name("electorate");
//!                 let name = Name::new(&format!("n{number}")).unwrap();
//!                 let local = Local { cluster, name, addr: addr(number), epoch: Epoch::default() };
//!                 let mut node = Node::new(Config::lan(), local, Keyring::plain(), seed, now).unwrap();
//!                 node.join(now, &[addr(0)]);
//!                 Election(node)
//!             })
//!         })
//!         .collect();
//!     let leaders = |cluster: &Cluster<Election>| -> Vec<_> {
//!         let leader = |&node| cluster.machines().get(node)?.leader().map(ToString::to_string);
//!         nodes.iter().map(leader).collect()
//!     };
//!     let everybodys = |name: &str| vec![Some(name.to_string()); SIZE];
//!     let soon = |cluster: &Cluster<Election>| cluster.now() + Duration::from_secs(60);
//!
//!     assert!(cluster.run_until(soon(&cluster), |cluster| leaders(cluster) == everybodys("n0")).is_some());
//!
//!     // The leader is in the smaller part: it steps down, and the others elect another.
//!     cluster.network.partition(&[&nodes[..2], &nodes[2..]]);
//!     let second = Some("n2".to_string());
//!     let split = [None, None, second.clone(), second.clone(), second];
//!     assert!(cluster.run_until(soon(&cluster), |cluster| leaders(cluster) == split).is_some(), "seed {seed}");
//!
//!     cluster.network.repair();
//!     assert!(cluster.run_until(soon(&cluster), |cluster| leaders(cluster) == everybodys("n0")).is_some());
//! }
//! ```
//!
//! For a moment after the split both `n0` and `n2` lead: who must never see two leaders needs a lease besides. A
//! [`Checker`] that says so finds it with the first seed.
//!
//! # What it is not
//!
//! Not a model of TCP, of the kernel or of CPU time: a stream is ordered bytes with latency, calls take no time.

#![forbid(unsafe_code)]

mod addresses;
pub mod attack;
mod brief;
mod calendar;
mod call;
pub mod check;
mod checker;
mod cluster;
mod cut;
mod engine;
pub mod fault;
mod guest;
mod host;
mod jsonl;
mod link;
mod machines;
mod mailbox;
mod network;
mod notice;
pub mod page;
mod pool;
mod population;
pub mod quality;
mod replay;
mod report;
mod rule;
pub mod scenario;
mod seed;
mod shrink;
mod streams;
pub mod swarm;
mod switches;
pub mod table;
mod trace;
mod traffic;

pub use brief::Brief;
pub use call::{Arrival, Call, Sent, Step};
pub use checker::{Broken, Checker, INTERRUPTED, Violation};
pub use cluster::{Cluster, Happened};
pub use guest::Guest;
pub use host::Flush;
pub use jsonl::JsonLines;
pub use link::Link;
pub use machines::{Machines, NodeId};
pub use mailbox::{Letter, Mailbox};
pub use network::Network;
pub use notice::Notice;
pub use replay::{Build, Replay};
pub use rule::{Damage, Passage, Rule, Verdict};
pub use seed::{Rng, Seed};
pub use shrink::{SHRINK_RUNS_MAX, shrink};
pub use streams::StreamFaults;
pub use trace::TraceHash;
pub use traffic::Traffic;
