//! Which kinds of faults a run has.

use crate::Rng;

/// The kinds of faults, of which each run has a subset: what never happens leaves room for what else goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Crash,
    Vanish,
    Restart,
    Bounce,
    Snapshot,
    Leave,
    Mass,
    Rolling,
    Register,
    Partition,
    Oneway,
    Isolate,
    Repair,
    Hold,
    Deafen,
    Pause,
    Corrupt,
    Wake,
    Duplicate,
    Mute,
    Delay,
    Replay,
    Bursts,
    Clock,
    Late,
    Batch,
    Slow,
    Streams,
    Attack,
    Torn,
    Move,
    Chatter,
    Join,
    Reconfigure,
    Rotate,
    Ring,
    Flap,
    Clog,
    Nat,
    Clone,
}

const SORTS: [Sort; 40] = [
    Sort::Crash,
    Sort::Vanish,
    Sort::Restart,
    Sort::Bounce,
    Sort::Snapshot,
    Sort::Leave,
    Sort::Mass,
    Sort::Rolling,
    Sort::Register,
    Sort::Partition,
    Sort::Oneway,
    Sort::Isolate,
    Sort::Repair,
    Sort::Hold,
    Sort::Deafen,
    Sort::Pause,
    Sort::Corrupt,
    Sort::Wake,
    Sort::Duplicate,
    Sort::Mute,
    Sort::Delay,
    Sort::Replay,
    Sort::Bursts,
    Sort::Clock,
    Sort::Late,
    Sort::Batch,
    Sort::Slow,
    Sort::Streams,
    Sort::Attack,
    Sort::Torn,
    Sort::Move,
    Sort::Chatter,
    Sort::Join,
    Sort::Reconfigure,
    Sort::Rotate,
    Sort::Ring,
    Sort::Flap,
    Sort::Clog,
    Sort::Nat,
    Sort::Clone,
];

impl Sort {
    /// Those of a run; one whose members `forget` the dead soon has none that separates.
    pub(super) fn draw(rng: &mut Rng, forget: bool) -> Vec<Self> {
        let may_be = |sort: &Self| !(forget && sort.separates());
        SORTS.into_iter().filter(may_be).filter(|sort| rng.chance(sort.share())).collect()
    }

    /// In which share of the plans it is.
    fn share(self) -> f64 {
        match self {
            Self::Attack => 0.3,
            Self::Clone => 0.1,
            Self::Vanish
            | Self::Hold
            | Self::Mass
            | Self::Rolling
            | Self::Torn
            | Self::Move
            | Self::Join
            | Self::Ring
            | Self::Flap
            | Self::Clog
            | Self::Nat => 0.25,
            _ => 0.5,
        }
    }

    /// Whether nodes that live may lose each other over it for longer than a short tombstone lasts, or news may come
    /// that late.
    fn separates(self) -> bool {
        use Sort::{
            Bounce, Chatter, Corrupt, Crash, Deafen, Join, Leave, Mass, Move, Register, Repair, Restart,
            Rolling, Rotate, Snapshot, Streams, Torn, Vanish, Wake,
        };
        let harmless = [
            Bounce, Chatter, Corrupt, Crash, Deafen, Join, Leave, Mass, Move, Register, Repair, Restart,
            Rolling, Rotate, Snapshot, Streams, Torn, Vanish, Wake,
        ];
        !harmless.contains(&self)
    }
}
