//! `sim`: plays scenarios, searches for runs that break a rule, and measures how a cluster behaves.

#![forbid(unsafe_code)]

mod args;
mod bench;
mod clock;
mod compare;
mod determinism;
mod interrupt;
mod list;
mod marks;
mod memory;
mod merge;
mod output;
mod part;
#[cfg(planted)]
mod planted;
mod progress;
mod quality;
mod record;
mod replay;
mod results;
mod run;
mod seed;
mod shard;
mod shell;
mod sweep;
mod table;
mod trace;
mod verdict;
mod workers;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(explanation) => return verdict::explain(&explanation),
    };
    let verdict = match args.command {
        Command::List(list) => list::list(&list),
        Command::Run(run) => run::run(&run),
        Command::Sweep(sweep) => sweep::sweep(&sweep),
        Command::Replay(replay) => replay::replay(&replay),
        Command::Determinism(options) => determinism::determinism(&options),
        #[cfg(planted)]
        Command::Planted(options) => planted::planted(&options),
        Command::Merge(merge) => merge::merge(&merge),
        Command::Table(table) => table::table(&table),
        Command::Compare(compare) => compare::compare(&compare),
        Command::Quality(quality) => Ok(quality::quality(&quality)),
        Command::Bench(bench) => bench::bench(&bench),
    };
    verdict::exit(verdict)
}
