//! What a person needs to understand a violation.

use std::fmt::{self, Write as _};

use swim_core::{Instant, Machine};

use crate::{Arrival, Brief, Call, Cluster, NodeId};

/// How many of the node's last events a report shows.
const EVENTS_MAX: usize = 16;

/// One remembered call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    pub(crate) kind: Kind,
    pub(crate) outputs: usize,
    pub(crate) events: usize,
}

/// The outline of a [`Call`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Start,
    Datagram { len: usize },
    Stream(&'static str),
    Timeout,
    Command,
}

impl Kind {
    pub(crate) fn of(call: &Call<'_>) -> Self {
        match call {
            Call::Start => Self::Start,
            Call::Datagram { bytes, .. } => Self::Datagram { len: bytes.len() },
            Call::Stream { arrival, .. } => Self::Stream(match arrival {
                Arrival::Accepted { .. } => "accepted",
                Arrival::Connected => "connected",
                Arrival::Data(_) => "data",
                Arrival::Written => "written",
                Arrival::Finished => "finished",
                Arrival::Failed => "failed",
            }),
            Call::Timeout => Self::Timeout,
            Call::Command => Self::Command,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Datagram { len } => write!(f, "datagram of {len} bytes"),
            Self::Stream(what) => write!(f, "stream {what}"),
            Self::Timeout => f.write_str("timeout"),
            Self::Command => f.write_str("command"),
        }
    }
}

impl fmt::Display for Call<'_> {
    /// In some words, without the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Kind::of(self).fmt(f)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}: {} outputs, {} events", self.at, self.kind, self.outputs, self.events)
    }
}

impl<M: Machine<Event: fmt::Debug>> Cluster<M> {
    /// The violation that stopped the run, with the last calls and events of the node that broke the rule, in
    /// several lines; `None` while all is well.
    #[must_use]
    pub fn explain(&self) -> Option<String> {
        let violation = self.violation()?;
        let mut text = format!("{violation}\n");
        self.explain_calls(violation.node, &mut text);
        self.explain_events(violation.node, &mut text);
        Some(text)
    }

    fn explain_calls(&self, node: NodeId, text: &mut String) {
        let _ = writeln!(text, "last calls of {node}:");
        for entry in &self.machines().slot(node).history {
            let _ = writeln!(text, "  {entry}");
        }
    }

    fn explain_events(&self, node: NodeId, text: &mut String) {
        let of_node: Vec<_> =
            self.events().iter().rev().filter(|seen| seen.node == node).take(EVENTS_MAX).collect();
        let _ = writeln!(text, "last events of {node}:");
        for seen in of_node.into_iter().rev() {
            let _ = writeln!(text, "  {}  {}", seen.at, Brief(&seen.event));
        }
    }
}
