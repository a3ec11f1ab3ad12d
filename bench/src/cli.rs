//! What the binary is told.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum as _};

use crate::instructions;
use crate::page;
use crate::part::{Effort, Part};
use crate::repeat::{self, Case, Library};
use crate::sockets::host::{self, Guest};

/// Measures swim and its peers under the same workload.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  bench compare --quick               a look, in half a minute
  bench compare                       everything on the virtual network, in about half an hour
  bench compare --only calls --only memory
  bench report                        everything there is, into docs/performance.md and docs/plots
  valgrind --tool=callgrind bench repeat swim ping --members 1000 --rounds 10000"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the workloads and prints their figures side by side; less is better where there is a ratio.
    Compare {
        /// Small clusters, one seed.
        #[arg(long)]
        quick: bool,
        /// Only these, and also those that need more than this process.
        #[arg(long, value_name = "PART")]
        only: Vec<Part>,
    },
    /// Measures, and writes the tables into docs/performance.md and the plots into docs/plots; from the root of the
    /// sources.
    Report {
        /// Small clusters, one seed: to try it.
        #[arg(long)]
        quick: bool,
        /// Only these; the other tables and plots stay as they are.
        #[arg(long, value_name = "PART")]
        only: Vec<Part>,
    },
    /// Counts the instructions of calls under valgrind and fails if one takes over 5 % more than the file says;
    /// with UPDATE=1 in the environment it rewrites the file.
    Instructions {
        #[arg(long, default_value = "bench/instructions.txt")]
        base: PathBuf,
    },
    /// Does one thing again and again, for a profiler or to count instructions.
    Repeat {
        library: Library,
        case: Case,
        #[arg(long, default_value_t = 1_000)]
        members: u32,
        #[arg(long, default_value_t = 10_000)]
        rounds: u32,
    },
    /// Runs a cluster on this computer's loopback until the input ends.
    Host {
        guest: Guest,
        #[arg(default_value_t = 200)]
        nodes: u32,
    },
}

/// What the binary does.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Repeat { library, case, members, rounds } => repeat::run(library, case, members, rounds),
        Command::Host { guest, nodes } => host::run(guest, nodes),
        Command::Instructions { base } => return instructions::gate(&base),
        Command::Compare { quick, only } => compare(Effort::new(quick), &only),
        Command::Report { quick, only } => return report(Effort::new(quick), &only),
    }
    ExitCode::SUCCESS
}

fn compare(effort: Effort, only: &[Part]) {
    for &part in Part::value_variants() {
        let wanted = if only.is_empty() { part.is_virtual() } else { only.contains(&part) };
        if wanted {
            println!("{}", part.measure(effort).table);
        }
    }
    println!("{}", page::NOTES);
}

fn report(effort: Effort, only: &[Part]) -> ExitCode {
    for &part in Part::value_variants() {
        if !only.is_empty() && !only.contains(&part) {
            continue;
        }
        let outcome = part.measure(effort);
        println!("{}", outcome.table);
        if let Err(error) = page::write(part, &outcome) {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
