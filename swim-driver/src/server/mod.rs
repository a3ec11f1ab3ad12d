//! Serving requests over datagrams, Unix or UDP: what every adapter does the same way.
//!
//! An adapter adds how to wait and what a handler runs on. It calls [`listen`], and then, in whatever may wait:
//!
//! ```text
//! loop {
//!     if the socket is ready: serving.receive();
//!     while let Some(peer) = serving.next_peer() { run attend(peer, handler) beside this }
//!     let Some(deadline) = serving.settle(waker) else { break };
//!     wait for the deadline, the waker and the socket
//! }
//! ```

mod ancillary;
mod attend;
mod body;
mod clients;
mod connection;
mod datagram;
mod error;
mod options;
mod peer;
mod served;
mod serving;
mod shared;

pub use attend::attend;
pub use body::{Decode, Encode, Json, Postcard};
pub use connection::Connection;
pub use datagram::{Credentials, Datagram};
pub use error::{RecvError, SendError};
pub use options::{Options, OptionsError, Stats, Unnamed};
pub use peer::{Peer, Sender};
pub use serving::{Server, Serving, listen};
