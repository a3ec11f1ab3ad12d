//! One call of a node, as laws see it.

use swim_core::{ClusterId, Config, Event, Instant, Load, Name, State, Stats, StreamId};

use super::record::{Change, Table};
use super::said::Said;
use super::told::Honesty;
use super::truth::Truth;
use crate::{Arrival, Call, NodeId, Sent};

/// One call of a node, as records.
pub(super) struct Moment<'a> {
    /// What the clock of the observer shows, or has shown at the latest.
    pub(super) now: Instant,
    /// The same, if every command told the observer the time; not all do.
    pub(super) latest: Instant,
    /// What it shows.
    pub(super) shown: Instant,
    /// Whether it shows more than when the observer wanted to be called.
    pub(super) is_late: bool,
    /// What time it is.
    pub(super) time: Instant,
    pub(super) node: NodeId,
    pub(super) observer: &'a Name,
    pub(super) input: Input,
    /// What the observer believed before and believes now, where that differs.
    pub(super) changes: &'a [Change],
    /// All that the observer believes now.
    pub(super) table: &'a Table,
    pub(super) events: &'a [Event],
    /// The number of events so far, those included that nobody took.
    pub(super) version: u64,
    pub(super) listening: bool,
    /// The length of the datagram that came, and what it says if it is a frame.
    pub(super) heard_bytes: Option<usize>,
    pub(super) heard_said: Option<&'a [Said]>,
    /// What happened to which stream.
    pub(super) arrival: Option<(StreamId, &'a Arrival)>,
    /// What the frames say that came whole with it.
    pub(super) heard_on_stream: &'a [Said],
    pub(super) sent: &'a [Sent],
    /// Whether what it sends was asked for by any call since it was woken last: it is taken only then.
    pub(super) batches: bool,
    /// Whether nothing is left to be taken.
    pub(super) flushed: bool,
    /// What each of the outputs says, where it is a datagram and a frame.
    pub(super) said: &'a [Option<Vec<Said>>],
    /// And where it is a write on a stream, and a frame.
    pub(super) written: &'a [Option<Vec<Said>>],
    pub(super) timeout: Option<Instant>,
    /// It has left and does nothing any more.
    pub(super) ended: bool,
    pub(super) config: &'a Config,
    pub(super) stats: &'a Stats,
    pub(super) load: Load,
    /// How much reason the observer has to doubt itself.
    pub(super) doubt: u8,
    /// How many members are not gone, the observer included.
    pub(super) live: usize,
    pub(super) truth: &'a Truth,
    pub(super) cluster_of: &'a dyn Fn(&Name) -> ClusterId,
    pub(super) quiet_since: Option<Instant>,
    pub(super) honesty: Honesty,
}

impl Moment<'_> {
    /// The observer has neither left nor means to, nor lost its name to another.
    pub(super) fn is_running(&self) -> bool {
        !self.ended && self.table.get(self.observer).is_some_and(|row| row.state == State::Alive)
    }
}

/// Why the node was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Start,
    Datagram,
    Stream,
    Timeout,
    Command,
}

impl Input {
    pub(super) fn of(call: &Call<'_>) -> Self {
        match call {
            Call::Start => Self::Start,
            Call::Datagram { .. } => Self::Datagram,
            Call::Stream { .. } => Self::Stream,
            Call::Timeout => Self::Timeout,
            Call::Command => Self::Command,
        }
    }
}
