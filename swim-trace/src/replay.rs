//! Telling a fresh node what another was told.

use std::error::Error;
use std::fmt;

use swim_core::{Event, Instant, Key, Machine as _, Node, RestoreError};

use crate::call::Call;
use crate::output::Output;
use crate::reader::{Ending, Trace};
use crate::tape::Record;

/// What happens in a replay, one after the other.
#[derive(Debug)]
pub enum Seen<'a> {
    /// The node is told this.
    Call(&'a Call<'a>),
    /// It answered this.
    Output(&'a Output),
    /// It told its application this.
    Event(&'a Event),
}

/// What came of a replay.
pub struct Replayed {
    /// The node as it was in the end.
    pub node: Node,
    /// How many calls it got.
    pub calls: u64,
    /// The time of the last one.
    pub until: Instant,
    /// How it ended.
    pub verdict: Result<Ending, Box<Difference>>,
}

/// The first answer that is another one than in the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where the answer stands in the file: the first byte of its frame.
    pub at: usize,
    /// What the node was told last, in words.
    pub after: String,
    /// The answer in the trace.
    pub recorded: Output,
    /// The answer now.
    pub replayed: Output,
}

/// Why a trace cannot be replayed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// The key with this fingerprint is missing.
    NoKey(String),
    /// What the trace says of the node's beginning cannot be.
    Header(String),
    /// The node cannot begin as the trace says.
    Node(RestoreError),
}

impl Trace<'_> {
    /// Tells a fresh node all of the trace, and compares each answer, up to the first one that differs. `keys` must have
    /// all that the node had; others do no harm. `watch` gets the time of the call that is under way.
    ///
    /// A node that panics does so here, too.
    ///
    /// # Errors
    ///
    /// [`ReplayError`], when it cannot begin or go on.
    pub fn replay(
        &self,
        keys: &[Key],
        mut watch: impl FnMut(Instant, &Seen<'_>),
    ) -> Result<Replayed, ReplayError> {
        let birth = self.header.to_birth(keys)?;
        let (mut node, mut until, mut calls) = (birth.node().map_err(ReplayError::Node)?, birth.now, 0);
        let (mut records, mut buf, mut after) = (self.records.clone(), Vec::new(), None);
        let verdict = loop {
            let (at, record) = match records.next() {
                Ok(next) => next,
                Err(ending) => break Ok(ending),
            };
            match record {
                Record::Call { after: nanos, call } => {
                    until = Instant::from_nanos(until.as_nanos().wrapping_add(nanos));
                    calls += 1;
                    watch(until, &Seen::Call(&call));
                    call.feed(&mut node, until, keys).map_err(ReplayError::NoKey)?;
                    after = Some(call);
                }
                Record::Output(recorded) => {
                    let replayed = ask(&mut node, &recorded, &mut buf, |seen| watch(until, seen));
                    if recorded != replayed {
                        let after = after.map_or_else(|| "the beginning".into(), |call| call.to_string());
                        break Err(Box::new(Difference { at, after, recorded, replayed }));
                    }
                }
                Record::Full => break Ok(Ending::Full),
            }
        };
        Ok(Replayed { node, calls, until, verdict })
    }
}

/// Asks the node what it was asked when it answered as recorded.
fn ask(node: &mut Node, recorded: &Output, buf: &mut Vec<u8>, mut watch: impl FnMut(&Seen<'_>)) -> Output {
    let output = match recorded {
        Output::Event { .. } | Output::NoEvent => {
            let event = node.poll_event();
            event.iter().for_each(|event| watch(&Seen::Event(event)));
            Output::of_event(event.as_ref())
        }
        _ => {
            let transmit = node.poll_transmit(buf);
            Output::of_transmit(transmit.as_ref(), buf, node.poll_timeout())
        }
    };
    watch(&Seen::Output(&output));
    output
}

impl fmt::Debug for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node: _, calls, until, verdict } = self;
        let mut text = f.debug_struct("Replayed");
        text.field("calls", calls).field("until", until).field("verdict", verdict).finish_non_exhaustive()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, after, recorded, replayed } = self;
        write!(f, "after {after}: recorded was {recorded} (byte {at} of the trace), replayed is {replayed}")
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(fingerprint) => write!(f, "the key with the fingerprint {fingerprint} is needed"),
            Self::Header(why) => write!(f, "the trace says of the node's beginning what cannot be: {why}"),
            Self::Node(error) => write!(f, "the node cannot begin as the trace says: {error}"),
        }
    }
}

impl Error for ReplayError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Node(error) => Some(error),
            Self::NoKey(_) | Self::Header(_) => None,
        }
    }
}
