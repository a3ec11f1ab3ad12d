//! Measures swim and its peers under the same workload, in one process and in turns.

mod foca;
mod peer;
mod stopwatch;
mod swim;
mod table;
mod town;
mod workloads;

use clap::{Parser, Subcommand, ValueEnum};

use table::Row;
use workloads::calls::{Call, Library};
use workloads::{Effort, boot, calls, crash, loss, memory, steady};

/// Measures swim and its peers under the same workload.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  bench compare --quick               a look, in half a minute
  bench compare                       everything, in about a quarter of an hour
  bench compare --only calls --only memory
  valgrind --tool=callgrind bench repeat swim ping --members 1000 --rounds 10000"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the workloads on both and prints their figures side by side; less is better in all of them.
    Compare {
        /// Small clusters, one seed.
        #[arg(long)]
        quick: bool,
        /// Only these workloads.
        #[arg(long, value_name = "WORKLOAD")]
        only: Vec<Workload>,
    },
    /// Makes one call again and again, for a profiler or to count instructions.
    Repeat {
        library: Library,
        call: Call,
        #[arg(long, default_value_t = 1_000)]
        members: u32,
        #[arg(long, default_value_t = 10_000)]
        rounds: u32,
    },
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Workload {
    Calls,
    Memory,
    Boot,
    Steady,
    Crash,
    Loss,
}

impl Workload {
    fn rows(self, effort: Effort) -> Vec<Row> {
        match self {
            Self::Calls => calls::rows(effort),
            Self::Memory => memory::rows(effort),
            Self::Boot => boot::rows(effort),
            Self::Steady => steady::rows(effort),
            Self::Crash => crash::rows(effort),
            Self::Loss => loss::rows(effort),
        }
    }
}

const NOTES: &str = "
Ratio: ours as a share of theirs; less is better in every row. Both run in this process, in turns, on the same virtual
network with one-way latencies of 0.5 to 1.5 ms, swim with Config::lan(), foca 2.0 with Config::new_lan(nodes) and its
postcard codec. Medians of five; of five seeds where there is a network.
  swim does more: every member has a name beside its address; each frame has an epoch, a sequence, a destination and a
  CRC-32C; pings and acks bear a fingerprint of the table, acks a coordinate. It joins over streams.
  foca does more: nothing here; it has no names, registers, checksums or anti-entropy, and is told the cluster's size.
  Neither is sealed. Allocations are counted while time is taken, which costs both some ns for each.";

fn main() {
    match Cli::parse().command {
        Command::Repeat { library, call, members, rounds } => calls::repeat(library, call, members, rounds),
        Command::Compare { quick, only } => compare(quick, &only),
    }
}

fn compare(quick: bool, only: &[Workload]) {
    let effort = Effort { seeds: if quick { 1 } else { 5 }, quick };
    println!("{}", table::head());
    for &workload in Workload::value_variants() {
        if only.is_empty() || only.contains(&workload) {
            workload.rows(effort).iter().for_each(|row| println!("{row}"));
        }
    }
    println!("{NOTES}");
}
