//! What every adapter of a [`Machine`] does the same way, whatever it waits with.
//!
//! An adapter adds how to wait, and what runs: a thread in `poll(2)`, a task on tokio, a task on smol. Everything else
//! is here, and nothing here waits: [`Sockets`] are bound and bounded, read and written when they are ready, one lock is around
//! the machine, and whoever waits is woken through a [`Waker`](std::task::Waker).
//!
//! To write an adapter, call [`start`], and then, in whatever may wait:
//!
//! ```text
//! while let Some(mut turn) = driving.turn(waker) {
//!     for each source that is ready: turn.read(source), turn.write(source);      // feed
//!     let Some(deadline) = turn.settle() else { break };                         // handle_timeout, flush, forward
//!     drop(turn);
//!     wait for the deadline, the waker and what turn.sources() named;            // wait
//! }
//! ```
//!
//! # Bounds
//!
//! A turn reads so much from each source and no more, so nothing starves. Streams are bounded in number, life and bytes
//! by [`Limits`]; what exceeds a bound is dropped and counted in [`IoStats`]. A datagram that the socket does not take at once
//! is dropped and counted. Nothing here queues events: the machine's own queue is the bounded one, and reports lag.
//!
//! # Serving requests
//!
//! [`server`] is the same for those who serve requests over datagrams.
//!
//! # Non-goals
//!
//! No protocol: everything here would serve another machine as well. No runtime, and no trait for one.

mod address;
mod clock;
mod datagrams;
mod events;
mod handle;
mod io;
mod limits;
mod lock;
mod membership;
pub mod server;
mod socket_file;
mod sockets;
mod state;
mod streams;
mod turn;
mod waiters;

pub use address::UNIX_NAME_MAX;
pub use clock::{Clock, epoch_now, seed};
pub use events::{Events, Watch};
pub use handle::{Handle, start};
pub use io::Progress;
pub use limits::{IoStats, Limits, Options};
pub use membership::Membership;
pub use sockets::{BindError, Sockets};
pub use turn::{Driving, Interest, Source, Turn};
// For links in the documentation.
#[cfg(doc)]
use swim_core::Machine;
