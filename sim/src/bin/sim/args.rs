//! The command line.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use sim::swarm;

use crate::determinism::Determinism;
#[cfg(planted)]
use crate::planted::Planted;

/// Runs clusters on a virtual network, every run from one seed.
///
/// A seed decides everything: the same seed is the same run, on every computer.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sim sweep --seeds 0..1000            search a thousand seeds for a broken rule
  sim run seed --seed 17 --events      replay one of them, with every event
  sim run crash --nodes 64 --seed 1    how soon does everybody learn of a crash?

Results go to stdout and depend on the seeds alone; progress and timing go to stderr.

Exit status: 0 all rules held, 1 a rule was broken, 2 the command line is wrong.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Search many seeds for one that breaks a rule
    Sweep(Sweep),
    /// Run a failing seed again from the file that a sweep made of it
    #[command(after_help = "Example: sim replay target/replays/L4-1418.toml --events | less")]
    Replay {
        /// The file
        file: PathBuf,
        /// Print every event as it happens
        #[arg(long)]
        events: bool,
        #[command(flatten)]
        record: Record,
    },
    /// Find out whether one seed is one run, in every process and build
    Determinism(Determinism),
    /// Find out how soon each bug is found that was planted on purpose
    #[cfg(planted)]
    Planted(Planted),
    /// Run one thing and tell how it went
    Run {
        #[command(subcommand)]
        run: Run,
    },
}

#[derive(Debug, Parser)]
#[command(after_help = "Example: sim sweep --seeds 0..10000 --jobs 2 --json > results.jsonl")]
pub(crate) struct Sweep {
    /// The seeds, from the first to before the last
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Range<u64>,
    /// How large the clusters are [default: any, mostly small]
    #[arg(long, value_enum)]
    pub(crate) class: Option<Class>,
    /// How many run side by side [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Make the first failing runs as small as they get, and write each to a file in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) save: Option<PathBuf>,
    /// Print one JSON object a line: one for every seed, and a summary
    #[arg(long)]
    pub(crate) json: bool,
}

/// How large a cluster is
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Class {
    /// 2 to 8 nodes
    S,
    /// 9 to 64 nodes
    M,
    /// 65 to 256 nodes
    L,
    /// 1 000 nodes
    Xl,
}

impl Class {
    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::M => "m",
            Self::L => "l",
            Self::Xl => "xl",
        }
    }
}

impl From<Class> for swarm::Class {
    fn from(class: Class) -> Self {
        match class {
            Class::S => Self::S,
            Class::M => Self::M,
            Class::L => Self::L,
            Class::Xl => Self::Xl,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// Start a cluster through one seed node, crash a member, and tell when who knew
    #[command(after_help = "Example: sim run crash --nodes 64 --seed 1")]
    Crash {
        /// How many nodes, 2 to 20000
        #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..=20_000))]
        nodes: u32,
        /// What everything else follows from
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        record: Record,
    },
    /// Run one seed of a sweep again
    #[command(after_help = "Example: sim run seed --seed 17 --events | less")]
    Seed {
        /// The seed
        #[arg(long, value_name = "N")]
        seed: u64,
        /// How large the cluster was in the sweep, if that was said
        #[arg(long, value_enum)]
        class: Option<Class>,
        /// Print every event as it happens
        #[arg(long)]
        events: bool,
        #[command(flatten)]
        record: Record,
    },
}

/// What to write down of a run.
#[derive(Debug, Parser)]
pub(crate) struct Record {
    /// Write a page with pictures and a player, for at most 1000 nodes
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Write a line of JSON for everything that happens
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) trace: Option<PathBuf>,
}

pub(crate) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let (first, end) = text.split_once("..").ok_or("two numbers with .. between them, as in 0..1000")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    let seeds = number(first)?..number(end)?;
    if seeds.is_empty() { Err("the second number must be larger than the first".into()) } else { Ok(seeds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }

    #[test]
    fn a_range_of_seeds_is_two_numbers_in_order() {
        assert_eq!(seeds("3..5"), Ok(3..5));
        for wrong in ["3", "5..3", "3..3", "a..5", "3..", "..5", "-1..5"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }
}
