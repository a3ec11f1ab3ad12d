//! `sim determinism`: is one seed one run? In one process twice, on other threads, in other processes and builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use sim::swarm::{self, Plan};

use crate::args::{Class, seeds};
use crate::output;
use crate::verdict::{Misuse, Verdict};

#[derive(Debug, Parser)]
#[command(after_help = "Example: sim determinism --seeds 0..200 --class s --other target/debug/sim")]
pub(crate) struct Determinism {
    /// The seeds, from the first to before the last
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: std::ops::Range<u64>,
    /// How large the clusters are [default: any, mostly small]
    #[arg(long, value_enum)]
    class: Option<Class>,
    /// Another build of this program that must agree
    #[arg(long, value_name = "PROGRAM")]
    other: Vec<PathBuf>,
}

/// False if some seed is two runs.
pub(crate) fn determinism(options: &Determinism) -> Result<Verdict, Misuse> {
    let twice = options.seeds.clone().find(|&seed| !is_same_twice(seed, options.class));
    if let Some(seed) = twice {
        output::line(format!("seed {seed} is two runs in one process"));
        return Ok(Verdict::Bad);
    }
    let ourselves = std::env::current_exe().map_err(Misuse::new)?;
    let usual = sweep(&ourselves, options, 1)?;
    for (program, jobs) in [(&ourselves, 2)].into_iter().chain(options.other.iter().map(|other| (other, 2))) {
        let lines = sweep(program, options, jobs)?;
        let differs = usual.lines().zip(lines.lines()).position(|(one, two)| one != two);
        if let Some(place) = differs {
            let seed = options.seeds.start + place as u64;
            output::line(format!("seed {seed} is another run in {} on {jobs} threads", program.display()));
            output::line(first_divergence(
                &trace(&ourselves, seed, options)?,
                &trace(program, seed, options)?,
            ));
            return Ok(Verdict::Bad);
        }
    }
    let count = options.seeds.end - options.seeds.start;
    output::line(format!("{count} seeds, one run each"));
    Ok(Verdict::Good)
}

/// Here, and on another thread.
fn is_same_twice(seed: u64, class: Option<Class>) -> bool {
    let run = move || swarm::run(&Plan::draw(seed, class.map(Into::into)), Vec::new()).hash;
    std::thread::spawn(run).join().is_ok_and(|elsewhere| elsewhere == run())
}

fn sweep(program: &Path, options: &Determinism, jobs: u32) -> Result<String, Misuse> {
    let seeds = format!("{}..{}", options.seeds.start, options.seeds.end);
    ask(program, options, &["sweep", "--json", "--seeds", &seeds, "--jobs", &jobs.to_string()])
}

fn trace(program: &Path, seed: u64, options: &Determinism) -> Result<String, Misuse> {
    ask(program, options, &["run", "seed", "--events", "--seed", &seed.to_string()])
}

fn ask(program: &Path, options: &Determinism, line: &[&str]) -> Result<String, Misuse> {
    let mut command = Command::new(program);
    command.args(line);
    if let Some(class) = options.class {
        command.args(["--class", class.name()]);
    }
    let output = command.output().map_err(|error| Misuse::new(format!("{}: {error}", program.display())))?;
    String::from_utf8(output.stdout).map_err(Misuse::new)
}

/// The first event that only one of two runs has.
fn first_divergence(one: &str, two: &str) -> String {
    let place = one.lines().zip(two.lines()).position(|(one, two)| one != two);
    let line = |text: &str| text.lines().nth(place.unwrap_or(0)).unwrap_or_default().to_owned();
    match place {
        Some(_) => format!("the first event that differs:\n  here   {}\n  there  {}\n", line(one), line(two)),
        None => "all events are the same: only bytes or deadlines differ\n".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let text = first_divergence("a\nb\nc\n", "a\nx\ny\n");
        assert!(text.contains("here   b") && text.contains("there  x"), "{text}");
        assert!(first_divergence("a\n", "a\n").contains("all events are the same"));
    }
}
