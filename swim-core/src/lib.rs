//! Cluster membership as a pure state machine.
#![no_std]
extern crate alloc;
mod instant;
mod machine;
pub use instant::Instant;
pub use machine::{Machine, StreamId, StreamInput, Transmit};
pub use swim_codec::Addr;
