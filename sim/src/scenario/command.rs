//! What a scenario can say.

use std::time::Duration;

use swim_codec::Message;
use swim_core::{Config, State, Suite};

use super::keys::KeyStep;
use super::nodes::Nodes;
use super::settings::Setting;
use crate::attack::Lie;
use crate::{Link, StreamFaults};

/// One line of a scenario.
#[derive(Clone, Debug)]
pub(super) enum Command {
    /// So many nodes start within a second.
    Cluster {
        nodes: u32,
        config: Box<Config>,
        /// How frames are sealed, if they are.
        seal: Option<Suite>,
    },
    Time(Time),
    Act(Act),
    Expect {
        claim: Claim,
        patience: Patience,
    },
    Ask(Question),
}

/// Lets time pass.
#[derive(Clone, Copy, Debug)]
pub(super) enum Time {
    For(Duration),
    /// Since the start.
    Until(Duration),
}

/// Changes something.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Add(u32),
    Foreigners(u32),
    /// Each address goes to a node of another cluster.
    Strangers(Nodes),
    Links(Link),
    Link {
        from: Nodes,
        to: Nodes,
        link: Link,
    },
    Partition(Vec<Nodes>),
    /// No datagrams between these, only streams.
    Block(Vec<Nodes>),
    Oneway {
        from: Nodes,
        to: Nodes,
    },
    Isolate(Nodes),
    Ring {
        reach: u32,
    },
    Flap {
        groups: Vec<Nodes>,
        every: Duration,
        during: Duration,
    },
    Repair,
    /// To each of them, so long after the one before.
    Each {
        step: Step,
        nodes: Nodes,
        every: Duration,
    },
    Set {
        nodes: Nodes,
        key: String,
        value: String,
    },
    Remove {
        nodes: Nodes,
        key: String,
    },
    Garbage {
        count: u32,
        nodes: Nodes,
    },
    /// Each input takes a node so long.
    Slow {
        nodes: Nodes,
        by: Duration,
    },
    /// Timers go off up to so much later.
    Late {
        nodes: Nodes,
        by: Duration,
    },
    /// What they send waits until a timer goes off, up to so much later, and then no more than so many outputs are taken.
    Batch {
        nodes: Nodes,
        within: Duration,
        at_most: Option<u32>,
    },
    Clock {
        nodes: Nodes,
        to: Clock,
    },
    Keys {
        nodes: Nodes,
        step: KeyStep,
        number: u8,
    },
    Reconfigure {
        nodes: Nodes,
        settings: Vec<Setting>,
    },
    Clog {
        nodes: Nodes,
        within: Duration,
    },
    Hold {
        from: Nodes,
        to: Nodes,
    },
    Release,
    /// Only answers reach these, so long after they asked.
    Nat {
        nodes: Nodes,
        memory: Duration,
    },
    /// A share of the datagrams is lost that begin with such a message.
    Mute {
        kind: OfKind,
        share: f64,
    },
    Streams(StreamFaults),
    Duplicate {
        share: f64,
        within: Duration,
    },
    Corrupt {
        share: f64,
    },
    Bursts {
        good: Duration,
        bad: Duration,
    },
    Eavesdrop,
    Replay(u32),
    /// A member that is no node tells these lies.
    Lie {
        lies: Vec<Lie>,
        during: Duration,
    },
}

/// Whether a message is of some kind.
pub(super) type OfKind = fn(&Message<'_>) -> bool;

/// What is done to one node after the other.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Crash,
    Restart {
        through: Option<Nodes>,
    },
    Leave,
    Pause,
    Resume,
    Deafen,
    Listen,
    /// Crashes, and starts again after that time.
    Bounce {
        down: Duration,
    },
    Vanish,
    Move {
        through: Option<Nodes>,
    },
    Save,
    Recover,
    Wake,
}

/// What becomes of a clock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// In thousandths of what is right.
    Rate(u32),
    Forward(Duration),
    Back(Duration),
}

/// What must be true.
#[derive(Clone, Debug)]
pub(super) enum Claim {
    /// All who run know exactly all who run, with the same registers.
    Agreement,
    Belief {
        observers: Nodes,
        subjects: Nodes,
        belief: Belief,
    },
    Reads {
        observers: Nodes,
        owners: Nodes,
        key: String,
        value: Option<String>,
    },
    /// No application was told since the last change that this happened to somebody who runs.
    Spared {
        from: Mishap,
        except: Nodes,
    },
    /// Nodes do nothing but probe.
    Quiet,
    /// Each node sends at most so many bytes a second.
    Traffic {
        bytes: u32,
    },
    /// Each of them remembers at most so many members, the gone ones included.
    Remembers {
        observers: Nodes,
        most: u32,
    },
}

/// What can be said of somebody who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    Suspected,
    Buried,
}

/// When it must be true.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    Now,
    /// At some time until then.
    Within(Duration),
    /// After that time has passed, and about all of it.
    For(Duration),
}

/// What one node holds of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    Is(State),
    /// Dead, left or unknown.
    Gone,
    Unknown,
}

/// What is to be told.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Members(Nodes),
    Who { subjects: Nodes, belief: Belief },
    News(Nodes),
    Events(Nodes),
    Registers(Nodes),
    Traffic,
    Drops,
}
