//! The command line.

use std::ops::Range;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand, ValueEnum};
use sim::quality::MEASURES;
use sim::swarm;

use crate::bench::ROWS;
use crate::determinism::Determinism;
#[cfg(planted)]
use crate::planted::Planted;
use crate::shard::Shard;

/// Runs clusters on a virtual network, every run from one seed.
///
/// A seed decides everything: the same seed is the same run, on every computer.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sim list                             what there is to run
  sim run crash                        how soon does everybody learn of a crash?
  sim run crash --nodes 200 --seed 7   another size, another chance
  sim run mine.txt                     a scenario of your own
  sim sweep --seeds 0..1000            search a thousand seeds for a broken rule
  sim run seed --seed 17 --events      run one of them again, with every event
  sim compare --base sim/table.txt     has the behaviour changed?
  sim quality --only loss              how many are falsely held dead?

Results go to stdout and depend on the seeds alone; progress and timing go to stderr.

Exit status: 0 all is well, 1 a rule was broken or an expectation not met, 2 the command line or a file is wrong or
something could not be written, 130 interrupted.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the scenarios, or the commands that they are made of
    List(List),
    /// Run a scenario, or one seed of a sweep
    Run(Run),
    /// Search many seeds for one that breaks a rule
    Sweep(Sweep),
    /// Run a failing seed again from the file that a sweep made of it, or what a real node recorded
    Replay(Replay),
    /// Find out whether one seed is one run, in every process and build
    Determinism(Determinism),
    /// Find out how soon each bug is found that was planted on purpose
    #[cfg(planted)]
    Planted(Planted),
    /// Put the results of several sweeps together
    Merge(Merge),
    /// Measure how the protocol behaves, at several sizes and losses
    Table(Table),
    /// Measure again and mark what differs from a table
    Compare(Compare),
    /// Measure how good the protocol is, against its targets
    Quality(Quality),
    /// Measure how fast and how large the simulator is on this machine
    Bench(Bench),
}

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim bench                            all rows: some minutes
  sim bench --only seeds               how many seeds a second?
  sim bench --only size --nodes 5000   how much memory do so many nodes take?

Only the time that the thread has had of a processor counts, so that others on the machine do not. Exit status 1 if it
does fewer than 20 seeds a second: a search needs them.")]
pub(crate) struct Bench {
    /// Only the row of this name
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(ROWS.iter().map(|row| row.name)))]
    pub(crate) only: Option<String>,
    /// Nodes in the row `size`
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) nodes: u32,
    /// Shorter runs
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Parser)]
#[command(after_help = "Example: sim quality > docs/quality.txt")]
pub(crate) struct Quality {
    /// Only the part of this name
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(MEASURES.iter().map(|measure| measure.name)))]
    pub(crate) only: Option<String>,
    /// Smaller clusters and fewer seeds: about a minute
    #[arg(long)]
    pub(crate) quick: bool,
}

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim list               the scenarios, a line each
  sim list --commands    what a scenario can say")]
pub(crate) struct List {
    /// Show the commands of scenarios instead
    #[arg(long)]
    pub(crate) commands: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim run split_in_half                     a scenario of `sim list`
  sim run split_in_half --seed 3 --nodes 40
  sim run ./mine.txt                        a file
  sim run crash --report crash.html         pictures and a player, for any browser
  sim run seed --seed 17 --events           what a sweep makes of seed 17, with every event")]
pub(crate) struct Run {
    /// A name of `sim list`, a file, or `seed` for what a sweep makes of a seed
    #[arg(value_name = "NAME|FILE")]
    pub(crate) what: String,
    /// What everything else follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How large the clusters of the sweep were, if that was said
    #[arg(long, value_enum)]
    pub(crate) class: Option<Class>,
    /// How many nodes, instead of as many as the scenario says
    #[arg(long, value_name = "N")]
    pub(crate) nodes: Option<u32>,
    #[command(flatten)]
    pub(crate) show: Show,
    /// Print one JSON object a line: one for every command, and a summary
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) record: Record,
}

/// What to print of a run as it happens.
#[derive(Clone, Copy, Debug, Parser)]
pub(crate) struct Show {
    /// Print every event
    #[arg(long)]
    pub(crate) events: bool,
    /// Print every call of a node, with the hash of all that happened until then; for the trace of a real node, every
    /// call and every answer
    #[arg(long)]
    pub(crate) calls: bool,
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

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim sweep --seeds 0..10000
  sim sweep --seeds 0..10000 --shard 0/4 --json > part-0.jsonl    one of four machines
  sim merge part-*.jsonl                                          all of them together")]
pub(crate) struct Sweep {
    /// The seeds, from the first to before the last
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Range<u64>,
    /// How large the clusters are [default: any, mostly small]
    #[arg(long, value_enum)]
    pub(crate) class: Option<Class>,
    /// Make the first failing runs as small as they get, and write each to a file in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) save: Option<PathBuf>,
    /// How many run side by side [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) jobs: Option<u16>,
    /// Only every n-th seed, from the i-th on, i being 0 to n-1: each of n machines takes one share
    #[arg(long, value_name = "i/n", default_value = "0/1")]
    pub(crate) shard: Shard,
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
    /// 500 nodes
    Xl,
    /// 7 nodes and a hostile member that has the key, and nothing else goes wrong
    I,
}

impl Class {
    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::M => "m",
            Self::L => "l",
            Self::Xl => "xl",
            Self::I => "i",
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
            Class::I => Self::Insider,
        }
    }
}

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim replay target/replays/L4-1418.toml --events | less
  sim replay plan.toml --save target/replays     your own plan, made smaller if it fails
  sim replay n1.trace --key-file cluster.key --events    what a node lived through that ran with --record n1.trace

A trace is told again to a fresh node, up to the first answer that is not as recorded.")]
pub(crate) struct Replay {
    /// What `sim sweep --save` or `swim run --record` wrote
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) show: Show,
    /// Make a run of a sweep as small as it gets, and write it to a file in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) save: Option<PathBuf>,
    /// With a trace: the keys that the node had, which are not in it
    #[arg(long = "key-file", value_name = "FILE")]
    pub(crate) key_files: Vec<PathBuf>,
    /// Print one JSON object a line, and a summary
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) record: Record,
}

#[derive(Debug, Parser)]
#[command(after_help = "Example: sim merge part-*.jsonl --json > all.jsonl")]
pub(crate) struct Merge {
    /// What `sim sweep --json` printed
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON object a line: one for every seed, and a summary
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim table > sim/table.txt        the whole table; takes a minute or two
  sim table --members 8,64         the quick half of it")]
pub(crate) struct Table {
    #[command(flatten)]
    pub(crate) extent: Extent,
}

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim compare --base sim/table.txt
  sim compare --base sim/table.txt --members 8,64

Exit status 1 if anything differs.")]
pub(crate) struct Compare {
    /// A table that `sim table` printed
    #[arg(long, value_name = "FILE")]
    pub(crate) base: PathBuf,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

/// How much of the table.
#[derive(Debug, Parser)]
pub(crate) struct Extent {
    /// Only clusters of these sizes [default: all]
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(2..=4000))]
    pub(crate) members: Vec<u32>,
    /// Only these losses, in percent [default: all]
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(0..=90))]
    pub(crate) loss: Vec<u8>,
    /// How many run side by side [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) jobs: Option<u16>,
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
