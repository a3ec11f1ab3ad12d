//! All that a run follows from, written out: what a replay file holds.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use swim_core::Config;

use crate::attack::Lie;
use crate::{Link, Rng, Seed};

/// A whole run before it begins. Nodes are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Decides the chances that are not written out: latency and loss of each datagram, and what machines draw.
    pub seed: u64,
    /// How many nodes, at least 2.
    pub nodes: u32,
    /// How many nodes of another cluster are on the same network and try to join through ours.
    pub foreigners: u32,
    /// Whether the nodes share a key; if not, whoever can send can forge.
    pub sealed: bool,
    /// What the nodes run with.
    pub preset: Preset,
    /// How many events may wait at most.
    pub max_events: u32,
    /// How long the gone are remembered, in seconds.
    pub tombstone_s: u64,
    /// Loss of datagrams during the chaos, in percent.
    pub loss: u32,
    /// One-way latency during the chaos in milliseconds, from and to.
    pub latency_ms: [u64; 2],
    /// How long there are faults, in milliseconds.
    pub chaos_ms: u64,
    /// Who must find together first, while the rest is gone for ever: at least two.
    pub core: Vec<u32>,
    /// Who of the rest lives on behind a partition meanwhile; the others are dead.
    pub cut_off: Vec<u32>,
    /// How long the core must stay together, in seconds.
    pub core_s: u64,
    /// What happens during the chaos, in order.
    #[serde(default, rename = "strike")]
    pub strikes: Vec<Strike>,
}

/// A named configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// [`Config::local`].
    Local,
    /// [`Config::lan`].
    Lan,
}

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
    /// A node that is down starts again with nothing left of its former life.
    Restart { node: u32 },
    /// The state of a node is saved, for its next recovery.
    Save { node: u32 },
    /// A node that is down starts again with what was saved, however old that is.
    Recover { node: u32 },
    /// A node leaves politely, unless it is the last one.
    Leave { node: u32 },
    /// A node sets a register to so many bytes.
    Set { node: u32, key: String, bytes: u32 },
    /// A node removes a register.
    Remove { node: u32, key: String },
    /// The nodes fall apart into groups; who is in none reaches everybody, as a bridge does.
    Partition { groups: Vec<Vec<u32>> },
    /// Some nodes are not heard by some others.
    Oneway { from: Vec<u32>, to: Vec<u32> },
    /// One node is cut off.
    Isolate { node: u32 },
    /// All partitions end.
    Repair,
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
    /// From now on each link loses everything for a while, again and again: on average it is good and bad for so long.
    Bursts { good_ms: u64, bad_ms: u64 },
    /// A node is woken for no reason.
    Wake { node: u32 },
    /// From now on so many percent of the datagrams arrive a second time, up to so much later.
    Duplicate { percent: u32, within_ms: u64 },
    /// From now on no datagram arrives that begins with such a message.
    Mute { kind: Kind },
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
    /// From now on a node works so long on each input, and does nothing else meanwhile.
    Slow { node: u32, by_ms: u64 },
    /// From now on so many percent of the pieces of streams break them and so many come that much later; no piece is
    /// longer than so many bytes.
    Streams { reset: u32, piece: u32, stalled: u32, stall_ms: u64 },
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
}

impl Foe {
    /// Whether it has the key, so that what it says may be believed.
    #[must_use]
    pub fn is_insider(&self) -> bool {
        matches!(self, Self::Impostor | Self::Liar { .. })
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
}

impl Plan {
    /// The settings of the nodes.
    #[must_use]
    pub fn config(&self) -> Config {
        let preset = match self.preset {
            Preset::Local => Config::local(),
            Preset::Lan => Config::lan(),
        };
        let mut config = preset;
        config.max_events = self.max_events;
        config.tombstone = Duration::from_secs(self.tombstone_s);
        config
    }

    /// The links while there are faults.
    #[must_use]
    pub fn link(&self) -> Link {
        let [shortest, longest] = self.latency_ms.map(Duration::from_millis);
        Link { latency: shortest..=longest, loss: f64::from(self.loss) / 100.0 }
    }

    /// Says what of it cannot be run.
    ///
    /// # Errors
    ///
    /// In words, for who wrote the file.
    pub fn validate(&self) -> Result<(), String> {
        let known = |&node: &u32| node < self.nodes;
        if !(2..=20_000).contains(&self.nodes) {
            return Err(format!("nodes must be 2 to 20000, not {}", self.nodes));
        }
        if self.core.len() < 2 || !self.core.iter().chain(&self.cut_off).all(known) {
            return Err(format!("core and cut_off must name nodes below {}, core two at least", self.nodes));
        }
        if self.latency_ms[0] > self.latency_ms[1] || self.loss > 100 {
            return Err("latency_ms must not fall, and loss be at most 100".into());
        }
        if let Some(strike) = self.strikes.iter().find(|strike| !strike.fault.nodes().iter().all(known)) {
            return Err(format!("{strike:?} names a node that does not exist"));
        }
        let forges =
            |fault: &Fault| matches!(fault, Fault::Attack { by, .. } if !matches!(by, Foe::OnPath { .. }));
        if !self.sealed && self.strikes.iter().any(|strike| forges(&strike.fault)) {
            return Err("sealed must be true where somebody forges frames: plain ones are believed".into());
        }
        if !self.strikes.is_sorted_by_key(|strike| strike.at_ms) {
            return Err("the strikes must be in the order of their times".into());
        }
        self.config().validate().map_err(|error| error.to_string())
    }

    /// Whether somebody with the key lies and nothing else goes wrong: then no honest member may come to harm.
    #[must_use]
    pub fn has_only_insiders(&self) -> bool {
        let insider = |strike: &Strike| matches!(&strike.fault, Fault::Attack { by, .. } if by.is_insider());
        self.loss == 0 && !self.strikes.is_empty() && self.strikes.iter().all(insider)
    }

    /// A generator for one of the run's purposes.
    pub(super) fn rng(&self, child: u64) -> Rng {
        Rng::new(Seed::from(self.seed).child(child))
    }
}

impl Fault {
    /// Whom it names.
    #[must_use]
    pub fn nodes(&self) -> Vec<u32> {
        match self {
            Self::Crash { node }
            | Self::Restart { node }
            | Self::Save { node }
            | Self::Recover { node }
            | Self::Leave { node }
            | Self::Set { node, .. }
            | Self::Remove { node, .. }
            | Self::Isolate { node }
            | Self::Deafen { node }
            | Self::Listen { node }
            | Self::Pause { node }
            | Self::Resume { node }
            | Self::ClockRate { node, .. }
            | Self::ClockStep { node, .. }
            | Self::Late { node, .. }
            | Self::Slow { node, .. }
            | Self::Wake { node } => vec![*node],
            Self::Partition { groups } => groups.concat(),
            Self::Oneway { from, to } => [from.as_slice(), to].concat(),
            Self::Repair
            | Self::Duplicate { .. }
            | Self::Corrupt { .. }
            | Self::Mute { .. }
            | Self::Delay { .. }
            | Self::Bursts { .. }
            | Self::Streams { .. }
            | Self::Attack { .. }
            | Self::Replay { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Plan {
    /// One line, without the single strikes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, nodes, foreigners, preset, max_events, tombstone_s, loss, chaos_ms, .. } = self;
        let frames = if self.sealed { "sealed" } else { "plain" };
        let [shortest, longest] = self.latency_ms;
        let seconds = Duration::from_millis(*chaos_ms).as_secs_f64();
        write!(
            f,
            "seed {seed}: {nodes} nodes, {foreigners} foreigners, {frames}, {preset:?}, {max_events} events, "
        )?;
        write!(f, "tombstones {tombstone_s} s, loss {loss} %, latency {shortest} to {longest} ms, ")?;
        write!(f, "core {:?}, {} cut off, ", self.core, self.cut_off.len())?;
        write!(f, "chaos {seconds:.1} s with {} faults: {}", self.strikes.len(), self.kinds())
    }
}

impl Plan {
    /// Which faults there are, each once.
    fn kinds(&self) -> String {
        let first_word =
            |value: &dyn fmt::Debug| format!("{value:?}").split(' ').next().unwrap_or_default().to_owned();
        let name = |strike: &Strike| match &strike.fault {
            Fault::Attack { by, .. } => first_word(by),
            fault => first_word(fault),
        };
        let names: std::collections::BTreeSet<_> = self.strikes.iter().map(name).collect();
        names.into_iter().collect::<Vec<_>>().join(" ")
    }
}
