//! Measures swim and its peers under the same workload, in one process and in turns.
//!
//! What the figures are and mean is in `docs/performance.md`, which `bench report` brings up to date.

mod allocated;
mod callgrind;
mod cli;
mod flame;
mod foca;
mod instructions;
mod page;
mod part;
mod peer;
mod plot;
mod profile;
mod repeat;
mod sockets;
mod stopwatch;
mod swim;
mod table;
mod town;
mod workloads;

pub use cli::run;
pub use peer::{Calls, Peer};
