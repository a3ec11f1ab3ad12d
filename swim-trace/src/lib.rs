//! Traces: all that a node was told while it ran, in a file, to be told again to a fresh node.
//!
//! A [`Node`](swim_core::Node) is a pure state machine, so the same inputs give the same outputs. A [`Recorder`] is a
//! machine around a node that writes down every call before the node sees it, and what the node answers; any driver runs it
//! as it runs a node. A [`Trace`] reads the file and [`replay`](Trace::replay)s it: the fresh node is told the same at the
//! same times, and the first answer that differs is reported. What went wrong in production can so be looked at with a
//! debugger, with prints, or with another version of the code.
//!
//! ```
//! use swim_core::{ClusterId, Config, Epoch, Instant, Keyring, Local, Machine, Name};
//! use swim_trace::{Birth, Ending, Recorder, Trace};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let local = Local {
//!     cluster: ClusterId::from_name("orders"),
//!     name: Name::new("alice")?,
//!     addr: std::net::SocketAddr::from(([127, 0, 0, 1], 7000)).into(),
//!     epoch: Epoch::new(1).unwrap(),
//! };
//! let (config, keyring) = (Config::lan(), Keyring::plain());
//! let birth = Birth { config, local, keyring, seed: [7; 32], now: Instant::ZERO, snapshot: None };
//! let file = std::env::temp_dir().join(format!("alice-{}.trace", std::process::id()));
//! let mut node = Recorder::create(&file, 1 << 20, &birth)?;
//!
//! // In a program an adapter does this: adapter_tokio::spawn(node, sockets).
//! node.set(Instant::from_nanos(5), "role", b"primary")?;
//! node.handle_timeout(Instant::from_nanos(10_000_000_000));
//! while node.poll_transmit(&mut Vec::new()).is_some() {}
//!
//! let bytes = std::fs::read(&file)?;
//! let replayed = Trace::parse(&bytes)?.replay(&[], |now, seen| println!("{now} {seen:?}"))?;
//! assert_eq!(replayed.verdict, Ok(Ending::Whole));
//! assert_eq!(replayed.node.local().register("role"), Some(&b"primary"[..]));
//! # std::fs::remove_file(&file)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is in a trace, and what is not
//!
//! The configuration, the name and address, the seed of the node's generator, the snapshot it began with, and then every
//! datagram, stream, command and time. No key: datagrams stand there as they came, sealed, and of keys only the
//! fingerprints. Whoever replays must have the keys. But the seed is what others must not guess while the node runs, and
//! the node's own registers are readable, so a trace is made readable by its owner alone.
//!
//! # The file
//!
//! A line `swim trace 1`, and frames: a length, and as many bytes that [`postcard`] spells. The first frame says which
//! version wrote it, the second how the node began, each other one is one call or one answer. Of a datagram that was sent
//! it keeps the length and a hash. A node in a quiet cluster fills some 300 bytes a second.
//!
//! A call is in the file before the node sees it, so the last one in the trace of a process that crashed is the one that
//! did it. A file that ends in the middle of a frame is replayed up to there. At a given size the recording stops, and the
//! node goes on.

#![forbid(unsafe_code)]

mod birth;
mod call;
mod output;
mod place;
mod reader;
mod recorder;
mod replay;
mod spelling;
mod tape;

pub use birth::Birth;
pub use call::Call;
pub use output::{Output, Said};
pub use reader::{Ending, Trace, TraceError};
pub use recorder::{RecordError, Recorder};
pub use replay::{Difference, ReplayError, Replayed, Seen};
pub use tape::Stopped;
