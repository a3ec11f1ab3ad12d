//! Traces: all that a node was told while it ran, in a file, to be told again to a fresh node.
//!
//! A [`Node`](swim_core::Node) is a pure state machine, so the same inputs give the same outputs. A [`Recorder`] is a
//! machine around a node that writes down every call before the node sees it, and what the node answers; any driver runs it
//! as it runs a node. A [`Trace`] reads the file and [`replay`](Trace::replay)s it: the fresh node is told the same at the
//! same times, and the first answer that differs is reported. What went wrong in production can so be looked at with a
//! debugger, with prints, or with another version of the code.
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
