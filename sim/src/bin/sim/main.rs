//! `sim`: searches for runs that break a rule, replays them, and tells how a cluster behaves.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod run;
mod sweep;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command, Run};

fn main() -> ExitCode {
    let good = match Args::parse().command {
        Command::Sweep(sweep) => sweep::sweep(&sweep),
        Command::Run { run: Run::Crash { nodes, seed } } => run::crash(nodes, seed),
        Command::Run { run: Run::Seed { seed, class, trace } } => run::seed(seed, class, trace),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
