//! Cluster membership as a pure state machine.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod announce;
mod broadcasts;
mod claim;
mod config;
mod events;
mod gossip;
mod heal;
mod inbound;
mod instant;
mod join;
mod leave;
mod local;
mod machine;
mod member;
mod merge;
mod node;
mod outbox;
mod probe;
mod refute;
mod register_store;
mod registers;
mod relay;
mod ring;
mod rng;
mod stats;
mod sync;
mod table;
mod timers;

pub use config::{Bound, Config, ConfigError};
pub use events::{Event, Fact, JoinFailure, Peer};
pub use instant::Instant;
pub use local::Local;
pub use machine::{Machine, StreamId, StreamInput, Transmit};
pub use member::{Member, Members};
pub use node::Node;
pub use register_store::{REGISTER_BYTES_MAX, REGISTERS_MAX, RegisterError};
pub use stats::{DropReason, Stats};
pub use swim_codec::{Addr, ClusterId, Epoch, Incarnation, InvalidName, Key, Keyring, Name, State};
