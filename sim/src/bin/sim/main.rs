//! `sim`: searches for runs that break a rule, replays them, and tells how a cluster behaves.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod determinism;
mod marks;
#[cfg(planted)]
mod planted;
mod record;
mod replay;
mod run;
mod sweep;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command, Run};

fn main() -> ExitCode {
    let good = match Args::parse().command {
        Command::Sweep(sweep) => Ok(sweep::sweep(&sweep)),
        Command::Replay { file, events, record } => replay::replay(&file, events, &record),
        Command::Determinism(options) => determinism::determinism(&options),
        #[cfg(planted)]
        Command::Planted(options) => planted::planted(&options),
        Command::Run { run: Run::Crash { nodes, seed, record } } => run::crash(nodes, seed, &record),
        Command::Run { run: Run::Seed { seed, class, events, record } } => {
            run::seed(seed, class, events, &record)
        }
    };
    match good {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("sim: {error}");
            ExitCode::from(2)
        }
    }
}
