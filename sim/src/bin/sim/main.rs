//! `sim`: searches for runs that break a rule, replays them, and tells how a cluster behaves.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod determinism;
mod marks;
#[cfg(planted)]
mod planted;
mod replay;
mod run;
mod sweep;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command, Run};

fn main() -> ExitCode {
    let good = match Args::parse().command {
        Command::Sweep(sweep) => Ok(sweep::sweep(&sweep)),
        Command::Replay { file, trace } => replay::replay(&file, trace),
        Command::Determinism(options) => determinism::determinism(&options),
        #[cfg(planted)]
        Command::Planted(options) => planted::planted(&options),
        Command::Run { run: Run::Crash { nodes, seed } } => Ok(run::crash(nodes, seed)),
        Command::Run { run: Run::Seed { seed, class, trace } } => Ok(run::seed(seed, class, trace)),
    };
    match good {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
