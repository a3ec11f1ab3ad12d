//! What happens to a node as a whole.

use crate::NodeId;

/// Something that happened to one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In microseconds.
    pub(super) at: u64,
    pub(super) node: NodeId,
    pub(super) turn: Turn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Start,
    Restart,
    Crash,
    /// It was told to leave.
    Leave,
    /// It stopped after its goodbye.
    Exit,
    /// It answered an accusation.
    Refute,
}

impl Turn {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Crash => "crash",
            Self::Leave => "leave",
            Self::Exit => "exit",
            Self::Refute => "refute",
        }
    }
}
