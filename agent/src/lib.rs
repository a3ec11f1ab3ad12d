//! The program `swim`, as a library with one function, so that tests can build it too.
//!
//! * `swim demo` shows what a cluster does, with real nodes on real sockets.
//! * `swim run` is one node as a process.
//! * `swim config` checks, shows and explains its settings.
//! * `swim keygen` makes the key that a cluster shares.
//!
//! What it prints for people goes to the standard output, coloured on a terminal; `--json` makes it one object a
//! line. Errors and logs go to the standard error output. It exits with 0 if all went well, with 1 if something
//! failed while it ran, and with 2 if the command line was wrong.

#![forbid(unsafe_code)]

mod adapter;
mod cli;
mod clock;
mod config;
mod demo;
mod discovery;
mod files;
mod json;
mod keyfile;
mod keygen;
mod log;
mod output;
mod place;
mod problem;
mod reason;
mod run;
mod signals;
mod text;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::clock::Clock;
use crate::problem::Problem;

/// Does what the command line of this process says.
#[must_use]
pub fn main() -> ExitCode {
    let clock = Clock::start();
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    log::start(cli.verbose);
    match dispatch(&cli, clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report(),
    }
}

fn dispatch(cli: &Cli, clock: Clock) -> Result<(), Problem> {
    match &cli.command {
        Command::Demo(args) => demo::run(args, clock),
        Command::Run(args) => run::run(args, clock),
        Command::Config(args) => config::run(args),
        Command::Keygen(args) => keygen::run(args),
    }
}

/// The programs in the documentation compile.
#[cfg(doctest)]
mod documentation {
    #[doc = include_str!("../../docs/choosing.md")]
    struct Choosing;

    #[doc = include_str!("../../docs/traces.md")]
    struct Traces;
}
