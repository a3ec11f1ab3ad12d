//! Runs a [`Node`], or any other [`Machine`], on one UDP socket and one TCP listener, with plain threads and no
//! runtime.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use adapter_std::{Sockets, epoch_now, seed, spawn};
//! use swim_core::{ClusterId, Config, Fact, Instant, Keyring, Local, Name, Node};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sockets = Sockets::bind("127.0.0.1:0".parse()?)?;
//! let local = Local {
//!     cluster: ClusterId::from_name("front page"),
//!     name: Name::new("alice")?,
//!     addr: sockets.local_addr().into(),
//!     epoch: epoch_now(),
//! };
//! let node = Node::new(Config::lan(), local, Keyring::plain(), seed()?, Instant::ZERO)?;
//!
//! let (handle, events) = spawn(node, sockets)?;
//! handle.join(&["127.0.0.1:7946".parse()?]);
//! for event in events {
//!     println!("{:?}", event.fact);
//!     if let Fact::JoinFailed { .. } = event.fact {
//!         handle.leave(Duration::from_secs(5)); // which is the end of the events, too
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The five steps
//!
//! One thread per machine does the same thing again and again, and is asleep in between:
//!
//! 1. **wait** in `poll(2)` until a socket has input, somebody used the [`Handle`], or the deadline has come;
//! 2. **feed** the machine what arrived, at most so much per turn that nothing else starves;
//! 3. **`handle_timeout`** with the present time;
//! 4. **flush**: carry out what the machine wants sent. A datagram that the socket does not take at once is
//!    dropped and counted;
//! 5. **forward** the next event, if somebody waits for one in [`Events`].
//!
//! A stream has a thread that reads and a thread that writes. They, and whoever calls [`Handle::with`], take
//! the one lock, feed the machine, and do steps 3 to 5 themselves: nothing is passed from thread to thread on
//! its way to a socket. The first thread is woken only if its deadline moved closer.
//!
//! # Bounds
//!
//! Streams are bounded in number, life and bytes by [`Limits`]; what exceeds a bound is dropped and counted in
//! [`IoStats`]. Nothing here queues events: the machine's own queue is the bounded one, and reports lag.
//!
//! # Non-goals
//!
//! No protocol: everything here would serve another machine as well. No async: see the other adapters. No Unix
//! sockets: datagrams and streams to them fail as if nobody listened.

mod clock;
mod driver;
mod events;
mod handle;
mod limits;
mod node;
mod sockets;
mod streams;

pub use clock::{epoch_now, seed};
pub use events::Events;
pub use handle::{Handle, spawn, spawn_with};
pub use limits::{IoStats, Limits};
pub use sockets::{BindError, Sockets};
// For links in the documentation.
#[cfg(doc)]
use swim_core::{Machine, Node};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
