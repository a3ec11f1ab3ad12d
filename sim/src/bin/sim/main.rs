//! `sim`: searches for runs that break a rule, replays them, and tells how a cluster behaves.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod quality;
mod record;
mod run;
mod sweep;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command, Run};

fn main() -> ExitCode {
    let good = match Args::parse().command {
        Command::Sweep(sweep) => Ok(sweep::sweep(&sweep)),
        Command::Quality(quality) => Ok(quality::quality(&quality)),
        Command::Run { run: Run::Crash { nodes, seed, record } } => run::crash(nodes, seed, &record),
        Command::Run { run: Run::Seed { seed, events, record } } => run::seed(seed, events, &record),
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
