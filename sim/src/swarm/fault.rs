//! What can happen to a cluster, as a replay file says it.

use serde::{Deserialize, Serialize};
use swim_codec::Message;

use super::tweak::Tweak;
use crate::attack::{Lie, Trick};

/// One fault, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// When, in milliseconds from the beginning of the chaos.
    pub at_ms: u64,
    /// What happens.
    #[serde(flatten)]
    pub fault: Fault,
}

/// Something that happens to a cluster. What cannot happen, such as the crash of a node that is down, does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are named in the sentence of their fault")]
pub enum Fault {
    /// A node stops at once, unless it is the last one.
    Crash { node: u32 },
    /// The host of a node is unplugged, unless it is the last one: nobody is told, and streams to it stay half-open.
    /// It is plugged in when the node starts again.
    Vanish { node: u32 },
    /// A node that is down starts again with nothing left of its former life.
    Restart { node: u32 },
    /// The state of a node is saved, for its next recovery.
    Save { node: u32 },
    /// A node that is down starts again with what was saved, however old that is.
    Recover { node: u32 },
    /// A node that is down starts again where the end of what was saved did not reach the disk: with nothing.
    Torn { node: u32 },
    /// A node that is down starts again at another address, with nothing left of its former life.
    Move { node: u32 },
    /// The disk of a node is copied to another host, which runs as if it was the node, until all faults are over: two
    /// bear one name.
    Clone { node: u32 },
    /// A node leaves politely, unless it is the last one.
    Leave { node: u32 },
    /// A node sets a register to so many bytes.
    Set { node: u32, key: String, bytes: u32 },
    /// A node removes a register.
    Remove { node: u32, key: String },
    /// A node sets a register so many times at once.
    Chatter { node: u32, times: u32 },
    /// A node is told once more to join, through these; itself may be among them.
    Join { node: u32, through: Vec<u32> },
    /// A node goes on with another setting, until all faults are over.
    Reconfigure { node: u32, tweak: Tweak },
    /// The next so many nodes take the next step of a rotation of keys: all install the new key, then all use it, then
    /// all remove the old one.
    Rotate { nodes: u32 },
    /// The nodes fall apart into groups; who is in none reaches everybody, as a bridge does.
    Partition { groups: Vec<Vec<u32>> },
    /// Some nodes are not heard by some others.
    Oneway { from: Vec<u32>, to: Vec<u32> },
    /// One node is cut off.
    Isolate { node: u32 },
    /// The nodes stand in a circle in this order, and each reaches its two neighbours only.
    Ring { nodes: Vec<u32> },
    /// A partition comes and goes so many times, and is there for so long each time.
    Flap { groups: Vec<Vec<u32>>, period_ms: u64, times: u32 },
    /// These are isolated one after the other and come back in another order, all within that time.
    Clog { nodes: Vec<u32>, within_ms: u64 },
    /// From now on these are behind a translator: only whom they sent something so long ago at most reaches them.
    Nat { nodes: Vec<u32>, memory_ms: u64 },
    /// All partitions end.
    Repair,
    /// What some send to some others waits on the way.
    Hold { from: Vec<u32>, to: Vec<u32> },
    /// All that waits on the way goes on at once.
    Release,
    /// The application of a node takes no events for now.
    Deafen { node: u32 },
    /// The application of a node takes events again.
    Listen { node: u32 },
    /// A node stands still for now, as in a long garbage collection; what comes in waits.
    Pause { node: u32 },
    /// A node goes on.
    Resume { node: u32 },
    /// From now on so many percent of the datagrams arrive with another bit, or too short.
    Corrupt { percent: u32 },
    /// From now on each link is good and bad in turns, on average for so long, and loses so many percent while it is bad.
    Bursts { good_ms: u64, bad_ms: u64, percent: u32 },
    /// A node is woken for no reason.
    Wake { node: u32 },
    /// From now on so many percent of the datagrams arrive a second time, up to so much later.
    Duplicate { percent: u32, within_ms: u64 },
    /// From now on so many percent of the datagrams are lost that begin with such a message.
    Mute { kind: Kind, percent: u32 },
    /// From now on so many percent of the datagrams take longer than usual, up to so much.
    Delay { percent: u32, within_ms: u64 },
    /// So many datagrams of those that were sent so far arrive again, some of them elsewhere.
    Replay { count: u32 },
    /// A node's clock goes so fast from now on, in thousandths; at 0 it stands still.
    ClockRate { node: u32, thousandths: u32 },
    /// A node's clock is set forward, or back, by so many milliseconds.
    ClockStep { node: u32, by_ms: i64 },
    /// From now on a node is woken up to so much later than it asked to be.
    Late { node: u32, within_ms: u64 },
    /// From now on what a node has to send waits until it is woken, up to so much later than it asked to be, and then no
    /// more than so many outputs are taken, if any number is said.
    Batch { node: u32, within_ms: u64, at_most: Option<u32> },
    /// From now on a node works so long on each input, and does nothing else meanwhile.
    Slow { node: u32, by_ms: u64 },
    /// From now on so many percent of the pieces of streams break them and so many come that much later; no piece is
    /// longer than so many bytes, and so many percent of the frames claim to be four gigabytes long.
    Streams {
        reset: u32,
        piece: u32,
        stalled: u32,
        stall_ms: u64,
        #[serde(default)]
        boastful: u32,
    },
    /// Somebody means harm for so long, and does something each time so much has passed.
    Attack { by: Foe, every_ms: u64, for_ms: u64 },
}

/// Who means harm (see [`attack`](crate::attack)). An application that takes no events is [`Fault::Deafen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "foe", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are named in the sentence of their foe")]
pub enum Foe {
    /// Somebody without a key, off the path (O1).
    Stranger,
    /// Somebody on the path who meddles with so many percent of the datagrams (O2).
    OnPath { percent: u32 },
    /// Somebody with the key of another time (O3).
    ExMember,
    /// Somebody of another cluster that has the same key (O3).
    Neighbour,
    /// Somebody with the key who speaks in any name (I1).
    Impostor,
    /// A member that tells these lies (I2).
    Liar { lies: Vec<Lie> },
    /// A member that tells these lies on streams, where it behaves in these ways (I2).
    Caller { lies: Vec<Lie>, tricks: Vec<Trick> },
}

impl Foe {
    /// Whether it has the key, so that what it says may be believed.
    #[must_use]
    pub fn is_insider(&self) -> bool {
        matches!(self, Self::Impostor | Self::Liar { .. } | Self::Caller { .. })
    }
}

/// With which message a datagram begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "these are the messages of swim-codec")]
pub enum Kind {
    Ping,
    PingReq,
    Ack,
    Nack,
    Claim,
    Register,
    Digest,
    Want,
    Sync,
    Coordinate,
    Challenge,
    Echo,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Ping,
        Self::PingReq,
        Self::Ack,
        Self::Nack,
        Self::Claim,
        Self::Register,
        Self::Digest,
        Self::Want,
        Self::Sync,
        Self::Coordinate,
        Self::Challenge,
        Self::Echo,
    ];
}

impl From<&Message<'_>> for Kind {
    fn from(message: &Message<'_>) -> Self {
        match message {
            Message::Ping(_) => Self::Ping,
            Message::PingReq(_) => Self::PingReq,
            Message::Ack(_) => Self::Ack,
            Message::Nack(_) => Self::Nack,
            Message::Claim(_) => Self::Claim,
            Message::Register(_) => Self::Register,
            Message::Digest(_) => Self::Digest,
            Message::Want(_) => Self::Want,
            Message::Sync(_) => Self::Sync,
            Message::Coordinate(_) => Self::Coordinate,
            Message::Challenge(_) => Self::Challenge,
            Message::Echo(_) => Self::Echo,
        }
    }
}

impl Fault {
    /// Whom it names.
    #[must_use]
    pub fn nodes(&self) -> Vec<u32> {
        match self {
            Self::Crash { node }
            | Self::Vanish { node }
            | Self::Restart { node }
            | Self::Save { node }
            | Self::Recover { node }
            | Self::Torn { node }
            | Self::Move { node }
            | Self::Clone { node }
            | Self::Leave { node }
            | Self::Set { node, .. }
            | Self::Remove { node, .. }
            | Self::Chatter { node, .. }
            | Self::Reconfigure { node, .. }
            | Self::Isolate { node }
            | Self::Deafen { node }
            | Self::Listen { node }
            | Self::Pause { node }
            | Self::Resume { node }
            | Self::ClockRate { node, .. }
            | Self::ClockStep { node, .. }
            | Self::Late { node, .. }
            | Self::Batch { node, .. }
            | Self::Slow { node, .. }
            | Self::Wake { node } => vec![*node],
            Self::Partition { groups } | Self::Flap { groups, .. } => groups.concat(),
            Self::Ring { nodes } | Self::Clog { nodes, .. } | Self::Nat { nodes, .. } => nodes.clone(),
            Self::Join { node, through } => [&[*node], through.as_slice()].concat(),
            Self::Oneway { from, to } | Self::Hold { from, to } => [from.as_slice(), to].concat(),
            Self::Repair
            | Self::Release
            | Self::Duplicate { .. }
            | Self::Corrupt { .. }
            | Self::Mute { .. }
            | Self::Delay { .. }
            | Self::Bursts { .. }
            | Self::Streams { .. }
            | Self::Rotate { .. }
            | Self::Attack { .. }
            | Self::Replay { .. } => Vec::new(),
        }
    }
}
