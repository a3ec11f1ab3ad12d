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
//! # What it is not
//!
//! Not a model of TCP, of the kernel or of CPU time: a stream is ordered bytes with latency, calls take no time.

#![forbid(unsafe_code)]

pub mod attack;
mod call;
pub mod check;
mod checker;
mod cluster;
mod cut;
mod engine;
pub mod fault;
mod host;
mod jsonl;
mod machines;
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
pub mod table;
mod trace;

pub use call::{Arrival, Call, Sent, Step};
pub use checker::{Broken, Checker, Violation};
pub use cluster::{Cluster, Happened};
pub use jsonl::JsonLines;
pub use machines::{Machines, NodeId};
pub use network::{Link, Network, Traffic};
pub use notice::Notice;
pub use replay::Replay;
pub use rule::{Damage, Passage, Rule, Verdict};
pub use seed::{Rng, Seed};
pub use shrink::shrink;
pub use streams::StreamFaults;
pub use trace::TraceHash;
