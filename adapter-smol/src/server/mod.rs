//! Serving requests over datagrams, Unix or UDP.
//!
//! A server runs one handler for each client that speaks to it: an `async fn` that receives, answers, and returns when the
//! conversation is over.
//!
//! ```
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use adapter_smol::server::{Client, Json, Peer, serve};
//! use swim_core::Addr;
//!
//! /// Adds what a client sends, until it is silent for a minute.
//! async fn sum(mut peer: Peer) -> Result<(), Box<dyn Error + Send + Sync>> {
//!     let mut sum = 0;
//!     while let Ok(Json(number)) = peer.recv_within::<Json<i64>>(Duration::from_secs(60)).await {
//!         sum += number;
//!         peer.send(Json(sum))?;
//!     }
//!     Ok(())
//! }
//!
//! # fn main() -> Result<(), Box<dyn Error>> {
//! # smol::block_on(async {
//! # let path = std::env::temp_dir().join(format!("swim-doc-smol-{}", std::process::id()));
//! # let path = path.to_str().ok_or("a path")?.to_owned();
//! let addr = Addr::unix_path(path.as_bytes())?;
//! let server = serve(addr.clone(), sum)?;
//!
//! let mut client = Client::connect(addr)?;
//! client.send(Json(40))?;
//! client.send(Json(2))?;
//! assert_eq!(client.recv::<Json<i64>>().await?.0, 40);
//! assert_eq!(client.recv::<Json<i64>>().await?.0, 42);
//!
//! server.shutdown().await;
//! # Ok(())
//! # })
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
//! [`Options`] bound the clients, their queues and all that waits; what exceeds a bound is dropped and counted in
//! [`Stats`]. Nothing waits to send: [`SendError::Full`] says that somebody reads too slowly. Addresses of UDP can be
//! forged, so a handler there does best to give up after a while, by [`recv_within`](Peer::recv_within).

mod client;
mod driver;

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use smol::Async;
use swim_core::Addr;
pub use swim_driver::server::{
    Credentials, Datagram, Decode, Encode, Json, Options, OptionsError, Peer, Postcard, RecvError, SendError,
    Sender, Server, Stats, Unnamed,
};
use swim_driver::server::{attend, listen};

pub use self::client::Client;
use self::driver::Driver;
use crate::BindError;
use crate::alarm::Alarm;

/// Serves at `addr` with the default [`Options`].
///
/// A Unix path is best absolute; a file that a dead process left there is taken over, and removed again in the end.
pub fn serve<F, Fut, E>(addr: impl Into<Addr>, handler: F) -> Result<Server, BindError>
where
    F: Fn(Peer) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    serve_with(addr, Options::default(), handler)
}

/// As [`serve`], with other [`Options`].
pub fn serve_with<F, Fut, E>(addr: impl Into<Addr>, options: Options, handler: F) -> Result<Server, BindError>
where
    F: Fn(Peer) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let addr = addr.into();
    let (server, serving) = listen(&addr, options)?;
    let socket = Async::new_nonblocking(Arc::clone(serving.socket()))
        .map_err(|error| BindError::Datagrams { addr, error })?;
    let handler = Arc::new(handler);
    let start = move |peer| {
        let handler = Arc::clone(&handler);
        smol::spawn(attend(peer, move |peer| handler(peer))).detach();
    };
    smol::spawn(Driver { start, socket, alarm: Alarm::new(serving.clock()), serving }).detach();
    Ok(server)
}
