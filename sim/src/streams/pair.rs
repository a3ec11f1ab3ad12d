//! One stream: two ends, and what is under way between them.

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

use swim_core::{Addr, Instant, StreamId};

use super::Breach;
use crate::NodeId;

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Dialer,
    Acceptor,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Dialer => Self::Acceptor,
            Self::Acceptor => Self::Dialer,
        }
    }
}

#[derive(Debug)]
pub(super) struct Pair {
    dialer: End,
    acceptor: End,
}

impl Pair {
    pub(super) fn new(dialer: NodeId, stream: StreamId, acceptor: NodeId) -> Self {
        Self { dialer: End::new(dialer, State::Dialing(stream)), acceptor: End::new(acceptor, State::Absent) }
    }

    /// Neither machine will hear of this stream again.
    pub(super) fn is_over(&self) -> bool {
        [&self.dialer, &self.acceptor].into_iter().all(|end| matches!(end.state, State::Absent))
    }
}

impl Index<Side> for Pair {
    type Output = End;

    fn index(&self, side: Side) -> &End {
        match side {
            Side::Dialer => &self.dialer,
            Side::Acceptor => &self.acceptor,
        }
    }
}

impl IndexMut<Side> for Pair {
    fn index_mut(&mut self, side: Side) -> &mut End {
        match side {
            Side::Dialer => &mut self.dialer,
            Side::Acceptor => &mut self.acceptor,
        }
    }
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) node: NodeId,
    pub(super) state: State,
    /// What left this end and has not arrived, each with the earliest time when it can.
    pub(super) under_way: VecDeque<(Instant, Segment)>,
    pub(super) stalled_since: Option<Instant>,
}

impl End {
    fn new(node: NodeId, state: State) -> Self {
        Self { node, state, under_way: VecDeque::new(), stalled_since: None }
    }

    pub(super) fn open(&mut self) -> Result<&mut Open, Breach> {
        match &mut self.state {
            State::Open(open) => Ok(open),
            State::Dialing(_) => Err(Breach::Early),
            State::Absent => Err(Breach::Unknown),
        }
    }

    /// The stream ends here; answers what it was called.
    pub(super) fn close(&mut self) -> Option<StreamId> {
        match std::mem::replace(&mut self.state, State::Absent) {
            State::Absent => None,
            State::Dialing(stream) | State::Open(Open { stream, .. }) => Some(stream),
        }
    }
}

/// What the machine at one end knows of the stream.
#[derive(Debug)]
pub(super) enum State {
    /// Nothing yet, or nothing any more.
    Absent,
    Dialing(StreamId),
    Open(Open),
}

#[derive(Debug)]
pub(super) struct Open {
    pub(super) stream: StreamId,
    writing: bool,
    finished: bool,
    peer_finished: bool,
}

impl Open {
    pub(super) fn new(stream: StreamId) -> Self {
        Self { stream, writing: false, finished: false, peer_finished: false }
    }

    pub(super) fn write(&mut self) -> Result<(), Breach> {
        self.unfinished()?;
        match std::mem::replace(&mut self.writing, true) {
            false => Ok(()),
            true => Err(Breach::Overlapping),
        }
    }

    pub(super) fn written(&mut self) {
        self.writing = false;
    }

    pub(super) fn finish(&mut self) -> Result<(), Breach> {
        self.unfinished()?;
        self.finished = true;
        Ok(())
    }

    pub(super) fn peer_finished(&mut self) {
        self.peer_finished = true;
    }

    /// Both sides finished.
    pub(super) fn is_over(&self) -> bool {
        self.finished && self.peer_finished
    }

    fn unfinished(&self) -> Result<(), Breach> {
        (!self.finished).then_some(()).ok_or(Breach::Finished)
    }
}

/// What travels between the two ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Connect {
        from: Addr,
        to: Addr,
    },
    Accept,
    Data {
        bytes: Vec<u8>,
        /// The last piece of its write.
        last: bool,
    },
    Acknowledge,
    Finish,
    Reset,
    /// The own kernel lost patience; no partition holds that back.
    GiveUp,
}
