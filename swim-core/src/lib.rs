//! Cluster membership as a pure state machine: timestamps and packets in, packets, deadlines and events out.
//!
//! A [`Node`] is one member of a cluster. It learns who is there, who failed and who left, and carries small values
//! ([registers](Node::set)) that everybody can read. It has no socket, clock, thread or source of chance: a driver
//! gives it time, bytes and a seed, and does what it says. Adapters for real sockets and a simulator are such
//! drivers; so is your own event loop.
//!
//! # A loop that compiles
//!
//! Two nodes in one program, and a wire that is a function call:
//!
//! ```
//! use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Keyring, Local, Machine, Name, Node};
//! use swim_core::{StreamId, StreamInput, Transmit};
//! use std::net::SocketAddr;
//!
//! fn node(name: &str, port: u16) -> Node {
//!     let local = Local {
//!         cluster: ClusterId::from_name("front page"),
//!         name: Name::new(name).unwrap(),
//!         addr: SocketAddr::from(([127, 0, 0, 1], port)).into(),
//!         epoch: Epoch::new(1).unwrap(),
//!     };
//!     Node::new(Config::local(), local, Keyring::plain(), [port as u8; 32], Instant::ZERO).unwrap()
//! }
//!
//! let mut nodes = [node("alice", 1), node("bob", 2)];
//! let mut now = Instant::ZERO;
//! let bob = nodes[1].local().addr().clone();
//! nodes[0].join(now, &[bob]);
//!
//! let mut buf = Vec::new();
//! while nodes.iter().any(|node| node.members().len() < 2) {
//!     // Wait: the virtual clock jumps to the next deadline.
//!     now = nodes.iter().filter_map(|node| node.poll_timeout()).min().unwrap().max(now);
//!     for at in 0..2 {
//!         nodes[at].handle_timeout(now);
//!         // Flush: each node is the other's only peer.
//!         while let Some(transmit) = nodes[at].poll_transmit(&mut buf) {
//!             let from = nodes[at].local().addr().clone();
//!             let other = &mut nodes[1 - at];
//!             // The dialler's stream and the acceptor's are two ends of one.
//!             let far = |stream| match stream {
//!                 StreamId::Dialed(n) => StreamId::Accepted(n),
//!                 StreamId::Accepted(n) => StreamId::Dialed(n),
//!             };
//!             match transmit {
//!                 Transmit::Datagram { .. } => other.handle_datagram(now, &from, &mut buf),
//!                 Transmit::Connect { stream, .. } => {
//!                     other.handle_stream(now, far(stream), StreamInput::Accepted { from });
//!                     nodes[at].handle_stream(now, stream, StreamInput::Connected);
//!                 }
//!                 Transmit::Write { stream } => {
//!                     other.handle_stream(now, far(stream), StreamInput::Data(&mut buf));
//!                     nodes[at].handle_stream(now, stream, StreamInput::Written);
//!                 }
//!                 Transmit::Finish { stream } => other.handle_stream(now, far(stream), StreamInput::Finished),
//!                 Transmit::Abort { stream } => other.handle_stream(now, far(stream), StreamInput::Failed),
//!             }
//!         }
//!         // Forward.
//!         while let Some(event) = nodes[at].poll_event() {
//!             println!("{} saw {:?}", nodes[at].local().name(), event.fact);
//!         }
//!     }
//! }
//! ```
//!
//! [`Machine`] is that contract, and says the order of the steps.
//!
//! # How the protocol works
//!
//! **Joining.** A node tells a seed everything it knows over a stream, and is told everything the seed knows. The
//! seed tells the others.
//!
//! **Finding failures.** Each interval a node pings one member, everybody once per round. Without an answer it asks
//! a few others to try. Without any answer the member is *suspected*, and everybody is told; one that lives
//! refutes with a larger incarnation. A suspicion that is not refuted in time, and whose subject does not answer a
//! last attempt either, becomes *death*; the more accusers, the sooner. A node that has reason to doubt itself gives
//! the others more time. Word of a death that comes without a suspicion before it is taken for one: whoever is accused
//! may refute, also where two sides of a partition meet that have buried each other.
//!
//! **Telling.** News rides on the packets of the probing, and on a few more while there is news. Each node repeats
//! a piece of news a number of times that grows with the logarithm of the cluster.
//!
//! **Agreeing.** What is known of a member is a claim `(epoch, incarnation, state)`, and the larger claim wins, so
//! loss, repetition and order of messages cannot matter. Pings and acks bear a fingerprint of all that a node
//! believes; two nodes whose fingerprints stay different find out in which parts, and tell each other those.
//!
//! **Coming back.** A member that was buried by mistake is told so with the next packet it gets, and refutes. The
//! living call the dead now and then, so a partition of any length heals by itself.
//!
//! **Distance.** Each ack says where its sender is in a space in which distance is time; from that and from how long
//! the ack took a node finds its own place, and can tell how far any two members are from each other.
//!
//! **Leaving.** A node that leaves says so until everybody must have heard it. Of somebody else it is believed once
//! that one says so when asked, or does not answer.
//!
//! **Trusting.** With a key, a frame counts once, and only from somebody who has shown that it speaks now and listens
//! where it sends from. Recordings change nothing, and strangers get no more bytes than they spend.
//!
//! # What it is not
//!
//! It is no consensus: two nodes may differ for some seconds on who is there, and will agree when the network lets
//! them. It is no store: registers are small, few, and written by their owner alone. It does not decide what a
//! failure means to your program.
//!
//! # Features
//!
//! * `std`: plain frames are summed up by the processor's own instruction, where it has one, which is found out as std does;
//!   the crate itself stays `no_std`. All adapters ask for it.
//! * `serde`: a [`Config`] can be written to files and read back.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod announce;
mod broadcasts;
mod buckets;
mod buggify;
mod claim;
mod config;
mod conflict;
mod coordinate;
mod digest;
mod events;
mod forgers;
mod gossip;
mod handshake;
mod heal;
mod health;
mod hearsay;
mod helpers;
mod inbound;
mod index_set;
mod instant;
mod join;
mod late_life;
mod lately;
mod leave;
mod load;
mod local;
mod locate;
mod machine;
mod member;
mod merge;
mod mistakes;
mod namesake;
mod newcomers;
mod node;
mod outbox;
mod pause;
#[cfg_attr(not(planted), allow(dead_code))]
mod planted;
mod presence;
mod probe;
mod recall;
mod reconfigure;
mod records;
mod refute;
mod register_store;
mod registers;
mod relay;
mod ring;
mod rng;
mod roster;
mod round_trip;
mod seldom;
mod silence;
mod slab;
mod snapshot;
mod stats;
mod stream_budget;
mod stream_probe;
mod suspicion;
mod sync;
mod table;
mod timers;

#[cfg(buggify)]
pub use buggify::{SWITCHES, fired};
pub use config::{Bound, Config, ConfigError};
pub use events::{Event, Fact, JoinFailure, Peer};
pub use instant::Instant;
pub use load::Load;
pub use local::Local;
pub use machine::{Machine, StreamId, StreamInput, Transmit};
pub use member::{Member, Members};
pub use node::Node;
#[cfg(planted)]
pub use planted::{BUGS, Bug, plant};
pub use register_store::{REGISTER_BYTES_MAX, REGISTERS_MAX, RegisterError};
pub use roster::{Entry, Lost, Roster};
pub use snapshot::RestoreError;
pub use stats::{DropReason, Stats};
pub use swim_codec::{
    Addr, ClusterId, Coordinate, Epoch, Incarnation, InvalidKey, InvalidName, Key, KeyFingerprint, KeyId,
    Keyring, KeyringError, MemberId, Mode, Name, Origin, Record, Snapshot, SnapshotError, State, Suite,
};
