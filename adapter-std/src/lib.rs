//! Runs a [`Node`], or any other [`Machine`], with one plain thread and no runtime.
//!
//! ```
//! use std::net::SocketAddr;
//! use std::time::Duration;
//!
//! use adapter_std::{Sockets, epoch_now, seed, spawn};
//! use swim_core::{ClusterId, Config, Fact, Instant, Keyring, Local, Name, Node};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sockets = Sockets::bind("127.0.0.1:0".parse::<SocketAddr>()?)?;
//! let local = Local {
//!     cluster: ClusterId::from_name("front page"),
//!     name: Name::new("alice")?,
//!     addr: sockets.local_addr().clone(),
//!     epoch: epoch_now(),
//! };
//! let node = Node::new(Config::lan(), local, Keyring::plain(), seed()?, Instant::ZERO)?;
//!
//! let (handle, events) = spawn(node, sockets)?;
//! handle.join(&["127.0.0.1:7946".parse::<SocketAddr>()?]);
//! for event in events {
//!     println!("{:?}", event.fact);
//!     if let Fact::HasJoined { .. } | Fact::JoinFailed { .. } = event.fact {
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
//! 1. **wait** in `poll(2)` until a socket is ready, somebody used the [`Handle`], or the deadline has come;
//! 2. **feed** the machine what arrived, at most so much per turn that nothing else starves;
//! 3. **`handle_timeout`** with the present time;
//! 4. **flush**: carry out what the machine wants sent. A datagram that the socket does not take at once is dropped
//!    and counted;
//! 5. **forward** the next event, if somebody waits for one in [`Events`].
//!
//! Whoever calls [`Handle::with`] does steps 3 to 5 at once: nothing is passed from thread to thread on its way to a socket.
//! The thread is woken only if its deadline moved closer or a stream needs it.
//!
//! # Bounds
//!
//! Streams are bounded in number, life and bytes by [`Limits`]; what exceeds a bound is dropped and counted in
//! [`IoStats`]. Nothing here queues events: the machine's own queue is the bounded one, and reports lag.
//!
//! # Serving requests
//!
//! Beside membership, [`server`] serves requests over Unix datagrams or UDP: one handler for each client, with typed
//! bodies, bounded queues, file descriptors and credentials. Its front page has a server that adds numbers.
//!
//! # Non-goals
//!
//! No protocol: everything here would serve another machine as well. No async: see the other adapters.

mod alarm;
mod block;
mod driver;
mod events;
mod handle;
pub mod server;

pub use events::{Events, Watch};
pub use handle::{Handle, spawn, spawn_with};
pub use swim_driver::{
    BindError, IoStats, Limits, Membership, Options, Sockets, UNIX_NAME_MAX, epoch_now, seed,
};
// For links in the documentation.
#[cfg(doc)]
use swim_core::{Machine, Node};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
