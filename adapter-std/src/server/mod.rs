//! Serving requests over datagrams, Unix or UDP.
//!
//! A server runs one handler for each client that speaks to it, on a thread of its own: a function that receives,
//! answers, and returns when the conversation is over.
//!
//! ```
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use adapter_std::server::{Client, Json, Peer, serve};
//! use swim_core::Addr;
//!
//! /// Adds what a client sends, until it is silent for a minute.
//! fn sum(mut peer: Peer) -> Result<(), Box<dyn Error + Send + Sync>> {
//!     let mut sum = 0;
//!     while let Ok(Json(number)) = peer.recv_within::<Json<i64>>(Duration::from_secs(60)) {
//!         sum += number;
//!         peer.send(Json(sum))?;
//!     }
//!     Ok(())
//! }
//!
//! # fn main() -> Result<(), Box<dyn Error>> {
//! # let path = std::env::temp_dir().join(format!("swim-doc-std-{}", std::process::id()));
//! # let path = path.to_str().ok_or("a path")?.to_owned();
//! let addr = Addr::unix_path(path.as_bytes())?;
//! let server = serve(addr.clone(), sum)?;
//!
//! let mut client = Client::connect(addr)?;
//! client.send(Json(40))?;
//! client.send(Json(2))?;
//! assert_eq!(client.recv::<Json<i64>>()?.0, 40);
//! assert_eq!(client.recv::<Json<i64>>()?.0, 42);
//!
//! server.shutdown(Duration::from_secs(5));
//! # Ok(())
//! # }
//! ```
//!
//! # Handlers
//!
//! * A client is an address. It has one handler at a time; what it sends meanwhile waits for that handler's next
//!   [`recv`](Peer::recv), and others are served at the same time.
//! * A handler begins before anything is parsed. One that returns before its first `recv` refuses the datagram.
//! * What a handler shares with others is captured by its closure; what it keeps for one client is a variable.
//! * An error that it returns, or a panic, is logged and counted, and the server goes on.
//!
//! # Bodies
//!
//! Raw bytes, [`Json`], [`Postcard`], or whatever implements [`Encode`] and [`Decode`]. As a [`Datagram`] come also the
//! descriptors and credentials that [`Options`] ask for; descriptors that nobody takes are closed.
//!
//! # Bounds
//!
//! [`Options`] bound the clients, and so the threads, their queues and all that waits; what exceeds a bound is dropped
//! and counted in [`Stats`]. Nothing waits to send: [`SendError::Full`] says that somebody reads too slowly. Addresses
//! of UDP can be forged, so a handler there does best to give up after a while, by [`recv_within`](Peer::recv_within).

mod client;
mod driver;
mod handle;
mod peer;

pub use swim_driver::server::{
    Credentials, Datagram, Decode, Encode, Json, Options, OptionsError, Postcard, RecvError, SendError,
    Sender, Stats, Unnamed,
};

pub use self::client::Client;
pub use self::handle::{Server, serve, serve_with};
pub use self::peer::Peer;
