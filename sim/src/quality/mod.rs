//! How good the protocol is, in figures: what `docs/quality.txt` holds, one measurement a file.
//!
//! Every figure is of simulated time and follows from fixed seeds, so the table is the same on every computer, and a
//! change of the protocol is a difference between two texts.

mod boot;
mod designs;
mod detection;
mod heal;
mod leave;
mod loss;
mod misses;
mod pause;
mod quiet;
mod rapid;
mod registers;
mod restart;
mod row;
mod samples;
mod slow;
mod theory;
mod town;

pub use row::{Row, Verdict};

/// How much is run: more is surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// About a minute in all: small clusters, few seeds.
    Quick,
    /// The committed table.
    Full,
}

impl Effort {
    fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// One part of the table.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its short name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    run: fn(Effort) -> Vec<Row>,
}

impl Measure {
    /// Measures.
    ///
    /// # Panics
    ///
    /// If a law of [`check`](crate::check) is broken on the way: no figure is worth anything then.
    #[must_use]
    pub fn run(&self, effort: Effort) -> Vec<Row> {
        (self.run)(effort)
    }
}

/// All parts, in the order of the table.
pub const MEASURES: &[Measure] = &[
    Measure { name: "quiet", about: "no faults", run: quiet::run },
    Measure {
        name: "detection",
        about: "a crash: first suspicion, and news of the death",
        run: detection::run,
    },
    Measure {
        name: "boot",
        about: "all start within 1 s through one seed: everybody knows everybody",
        run: boot::run,
    },
    Measure {
        name: "loss",
        about: "loss of datagrams for 120 s: (observer, subject) pairs falsely dead",
        run: loss::run,
    },
    Measure {
        name: "slow",
        about: "slow members: C of 128 stand still for D, awake for D, again and again",
        run: slow::run,
    },
    Measure { name: "rapid", about: "the scenarios of the Rapid paper", run: rapid::run },
    Measure { name: "heal", about: "a split in two halves ends: everybody alive everywhere", run: heal::run },
    Measure {
        name: "pods",
        about: "the same where thousands came under new names and went",
        run: heal::among_the_gone,
    },
    Measure { name: "leave", about: "goodbyes: Left everywhere", run: leave::run },
    Measure { name: "pause", about: "one process stands still", run: pause::run },
    Measure { name: "registers", about: "a register is set: known everywhere", run: registers::run },
    Measure {
        name: "misses",
        about: "by gossip rounds alone, a change of a register never reaches somebody",
        run: misses::run,
    },
    Measure {
        name: "restart",
        about: "kill and restart at n = 64: the new life alive everywhere",
        run: restart::run,
    },
    Measure {
        name: "cost",
        about: "time, allocations and bytes per member are a computer's: docs/performance.md, by `bench report`",
        run: |_| vec![],
    },
    Measure { name: "designs", about: "numbers that were compared", run: designs::run },
];
