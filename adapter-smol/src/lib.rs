//! Runs a [`Node`], or any other [`Machine`], as one task of smol.
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use adapter_smol::{Sockets, epoch_now, seed, spawn};
//! use swim_core::{ClusterId, Config, Fact, Instant, Keyring, Local, Name, Node};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # smol::block_on(async {
//! let sockets = Sockets::bind("127.0.0.1:0".parse::<SocketAddr>()?)?;
//! let local = Local {
//!     cluster: ClusterId::from_name("front page"),
//!     name: Name::new("alice")?,
//!     addr: sockets.local_addr().clone(),
//!     epoch: epoch_now(),
//! };
//! let node = Node::new(Config::lan(), local, Keyring::plain(), seed()?, Instant::ZERO)?;
//!
//! let (handle, mut events) = spawn(node, sockets);
//! handle.join(&["127.0.0.1:7946".parse::<SocketAddr>()?]);
//! while let Some(event) = events.next().await {
//!     println!("{:?}", event.fact);
//!     if let Fact::HasJoined { .. } | Fact::JoinFailed { .. } = event.fact {
//!         handle.leave().await; // which is the end of the events, too
//!     }
//! }
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! # The five steps
//!
//! One task per machine does the same thing again and again:
//!
//! 1. **wait** until a socket is ready, somebody used the [`Handle`], or the deadline has come;
//! 2. **feed** the machine what arrived, at most so much per turn that nothing else starves;
//! 3. **`handle_timeout`** with the present time;
//! 4. **flush**: carry out what the machine wants sent. A datagram that the socket does not take at once is dropped
//!    and counted;
//! 5. **forward** the next event, if somebody waits for one in [`Events`].
//!
//! Whoever calls [`Handle::with`] does steps 3 to 5 at once: nothing is passed from task to task on its way to a socket.
//! The task is woken only if its deadline moved closer or a stream needs it.
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
//! No protocol: everything here would serve another machine as well. No executor of its own: it runs where [`smol::spawn`] puts it.

mod alarm;
mod driver;
pub mod server;

pub use swim_driver::{
    BindError, Events, Handle, IoStats, Limits, Membership, Options, Sockets, UNIX_NAME_MAX, Watch,
    epoch_now, seed,
};

use swim_core::Machine;
#[cfg(doc)]
use swim_core::Node;

use crate::driver::Driver;

/// Runs `machine` on `sockets` with the default [`Options`].
///
/// Its clock starts now, at [`Instant::ZERO`](swim_core::Instant::ZERO): that is the time to build it with.
pub fn spawn<M>(machine: M, sockets: Sockets) -> (Handle<M>, Events<M>)
where
    M: Machine<Event: Send> + Send + 'static,
{
    spawn_with(machine, sockets, Options::default())
}

/// As [`spawn`], with other [`Options`].
pub fn spawn_with<M>(machine: M, sockets: Sockets, options: Options<M>) -> (Handle<M>, Events<M>)
where
    M: Machine<Event: Send> + Send + 'static,
{
    let (handle, events, driving) = swim_driver::start(machine, sockets, options);
    smol::spawn(Driver::new(driving)).detach();
    (handle, events)
}
