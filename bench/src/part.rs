//! The parts of the comparison.

use clap::ValueEnum;

use crate::table::Table;
use crate::workloads::{boot, calls, crash, loss, memory, steady};
use crate::{instructions, profile, sockets};

/// One part of the comparison, with a table of its own.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Part {
    Calls,
    Memory,
    Boot,
    Steady,
    Crash,
    Loss,
    /// Instructions, counted by valgrind.
    Instructions,
    /// Flame graphs of the hottest paths, by valgrind too.
    Profile,
    /// One core that answers pings over real sockets.
    Pings,
    /// A member of a small cluster under forged datagrams.
    Flood,
    /// A member of a small cluster under ten thousand streams that say little or nothing.
    Streams,
    /// Two hundred nodes on real sockets, and other peers that were built before by bench/peers/build.
    Real,
}

/// What one part comes to.
pub(crate) struct Outcome {
    pub(crate) table: Table,
    /// Names and texts of SVGs.
    pub(crate) plots: Vec<(&'static str, String)>,
}

/// How long and how often.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Runs with different seeds; the table has their median.
    pub(crate) seeds: u64,
    pub(crate) quick: bool,
}

impl Part {
    /// Whether it needs nothing but this process.
    pub(crate) fn is_virtual(self) -> bool {
        !matches!(
            self,
            Self::Instructions | Self::Profile | Self::Pings | Self::Flood | Self::Streams | Self::Real
        )
    }

    pub(crate) fn measure(self, effort: Effort) -> Outcome {
        match self {
            Self::Calls => calls::measure(effort),
            Self::Memory => memory::measure(effort).into(),
            Self::Boot => boot::measure(effort).into(),
            Self::Steady => steady::measure(effort).into(),
            Self::Crash => crash::measure(effort),
            Self::Loss => loss::measure(effort),
            Self::Instructions => instructions::measure().into(),
            Self::Profile => profile::measure(),
            Self::Pings => sockets::pings::measure(effort).into(),
            Self::Flood => Table::or_missing("flood", sockets::flood::measure(effort)).into(),
            Self::Streams => Table::or_missing("streams", sockets::streams::measure(effort)).into(),
            Self::Real => sockets::real::measure(effort).into(),
        }
    }
}

impl From<Table> for Outcome {
    fn from(table: Table) -> Self {
        Self { table, plots: Vec::new() }
    }
}

impl Effort {
    pub(crate) fn new(quick: bool) -> Self {
        Self { seeds: if quick { 1 } else { 5 }, quick }
    }

    /// The less or the more.
    pub(crate) fn pick<T>(self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// What both answer for each seed, in turns.
    pub(crate) fn turns<T>(
        self,
        mut swim: impl FnMut(u64) -> T,
        mut foca: impl FnMut(u64) -> T,
    ) -> (Vec<T>, Vec<T>) {
        (1..=self.seeds).map(|seed| (swim(seed), foca(seed))).unzip()
    }
}
