//! One seed, one run: everything that can happen to a cluster, and then what must come true again.
//!
//! | phase | what happens | what is asked for |
//! |---|---|---|
//! | boot | all nodes start within a second and join | everybody meets everybody (L3) |
//! | chaos | the faults of the plan, at their times | nothing but safety |
//! | harm | nothing, where somebody with the key lied and nothing else was wrong | all honest members are alive everywhere, where they are (S-BYZ) |
//! | core | the core is healed; the rest is dead, or behind a partition for ever | the core agrees and stays so (L9) |
//! | calm | all is healed, who is down starts again | everybody knows exactly who is there, with their registers (L1, L4, L7) |
//! | news | one sets a register, with and without loss, one is killed and restarted while others talk much, one crashes, one leaves | everybody hears of each in time (L2, L7, L8, L5, L1, L6) |
//! | gray | one is not heard by another, or reaches the others by way of one of them only | nobody is dead for anybody (L10) |
//! | quiet | nothing | that it stays so, and that nodes do nothing but probe (S12, B7) |
//! | shutdown | everybody leaves at once | that they end in time, and nothing is left of them (L6, B7) |
//!
//! The laws of [`check`](crate::check) are held at every call of every phase.

mod attackers;
mod bounds;
mod chaos;
mod commands;
mod draw;
mod fault;
mod foes;
mod gates;
mod hosts;
mod keys;
mod lives;
mod news;
mod phases;
mod plan;
mod ranges;
mod series;
mod sorts;
mod strangers;
mod strikes;
mod tweak;
mod waiting;
mod weather;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use swim_core::Node;

pub use crate::addresses::Addresses;
use crate::{Checker, TraceHash, Violation};
pub use draw::Class;
pub use fault::{Fault, Foe, Kind, Strike};
use phases::Run;
pub use plan::{Plan, Preset};
pub use tweak::Tweak;

/// The name of the cluster under test, and of its nodes up to their number.
const OURS: &str = "n";

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the seed meant.
    pub plan: Plan,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
    /// How many calls of machines there were.
    pub calls: u64,
    /// How many datagrams were sent.
    pub datagrams: u64,
    /// How many faults of the plan happened.
    pub faults: u64,
    /// How much time was simulated.
    pub simulated: Duration,
    /// The hash of all that happened.
    pub hash: TraceHash,
    /// What the run came by, of [`Marks::ALL`](crate::check::Marks::ALL).
    pub marks: BTreeSet<&'static str>,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which rule was broken, where and when; a panic breaks S15.
    pub violation: Violation,
    /// The same for a person, with what happened before; several lines.
    pub explanation: String,
}

/// Runs a plan, with `watchers` besides the judge.
#[must_use]
pub fn run(plan: &Plan, watchers: Vec<Box<dyn Checker<Node>>>) -> Outcome {
    let mut run = Run::new(plan, watchers);
    // After a panic the run is only looked at.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run.go())) {
        run.cluster.fail_by_panic(&*panic);
    }
    run.outcome()
}
