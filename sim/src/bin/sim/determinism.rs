//! `sim determinism`: is one seed one run? In one process twice, on other threads, in other processes and builds.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use sim::swarm::{self, Plan};

use crate::args::{Class, seeds};
use crate::interrupt::Interrupt;
use crate::output;
use crate::part::{Part, Work};
use crate::shard::Shard;
use crate::verdict::{Misuse, Verdict};

#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  sim determinism --seeds 0..200 --class s --other target/debug/sim
  sim sweep --seeds 0..10000 --json > part.jsonl
  sim determinism --known part.jsonl --jobs 3      the same ten thousand runs again?")]
pub(crate) struct Determinism {
    /// The seeds, from the first to before the last
    #[arg(long, value_name = "A..B", value_parser = seeds, required_unless_present = "known")]
    seeds: Option<Range<u64>>,
    /// How large the clusters are [default: any, mostly small]
    #[arg(long, value_enum)]
    class: Option<Class>,
    /// Compare with what `sim sweep --json` printed, seed by seed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "class"])]
    known: Option<PathBuf>,
    /// How many threads the other processes use
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    jobs: u32,
    /// Another build of this program that must agree
    #[arg(long, value_name = "PROGRAM")]
    other: Vec<PathBuf>,
}

/// Bad if some seed is two runs.
pub(crate) fn determinism(options: &Determinism) -> Result<Verdict, Misuse> {
    let interrupt = Interrupt::watch()?;
    let verdict = compare(options, &interrupt);
    if interrupt.is_pressed() { Ok(Verdict::Interrupted) } else { verdict }
}

fn compare(options: &Determinism, interrupt: &Interrupt) -> Result<Verdict, Misuse> {
    let ourselves = std::env::current_exe().map_err(Misuse::new)?;
    let usual = match &options.known {
        Some(file) => Part::read(file)?,
        None => {
            let work = Work::new(&options.seeds.clone().unwrap_or_default(), Shard::WHOLE, options.class);
            let mut seeds = work.seeds().take_while(|_| !interrupt.is_pressed());
            if let Some(seed) = seeds.find(|&seed| !is_same_twice(seed, options.class)) {
                output::line(format_args!("seed {seed} is two runs in one process"));
                return Ok(Verdict::Bad);
            }
            if interrupt.is_pressed() {
                return Ok(Verdict::Interrupted);
            }
            sweep(&ourselves, &work, 1)?
        }
    };
    for program in [&ourselves].into_iter().chain(&options.other) {
        let again = sweep(program, &usual.work, options.jobs)?;
        if let Some(seed) = first_difference(&usual, &again) {
            output::line(format_args!(
                "seed {seed} is one run in {} and another in {}",
                usual.source, again.source
            ));
            output::line(first_divergence(
                &calls(&ourselves, seed, &usual.work)?,
                &calls(program, seed, &usual.work)?,
            ));
            return Ok(Verdict::Bad);
        }
    }
    output::line(format_args!("{} seeds, one run each", usual.results.len()));
    Ok(Verdict::Good)
}

/// Here, and on another thread.
fn is_same_twice(seed: u64, class: Option<Class>) -> bool {
    let run = move || swarm::run(&Plan::draw(seed, class.map(Into::into)), Vec::new()).hash;
    std::thread::spawn(run).join().is_ok_and(|elsewhere| elsewhere == run())
}

fn sweep(program: &Path, work: &Work, jobs: u32) -> Result<Part, Misuse> {
    let (seeds, shard) = (format!("{}..{}", work.first, work.end), work.shard.to_string());
    let jobs = jobs.to_string();
    let line = ["sweep", "--json", "--seeds", &seeds, "--shard", &shard, "--jobs", &jobs];
    Part::parse(&format!("{} on {jobs} threads", program.display()), &ask(program, work, &line)?)
}

/// Every call of every node, with the hash of all until then.
fn calls(program: &Path, seed: u64, work: &Work) -> Result<String, Misuse> {
    ask(program, work, &["run", "seed", "--calls", "--seed", &seed.to_string()])
}

/// What the program prints, whether or not a rule was broken.
fn ask(program: &Path, work: &Work, line: &[&str]) -> Result<String, Misuse> {
    let wrong =
        |why: &dyn std::fmt::Display| Misuse::new(format!("{} {}: {why}", program.display(), line.join(" ")));
    let mut command = Command::new(program);
    command.args(line);
    if let Some(class) = &work.class {
        command.args(["--class", class]);
    }
    let output = command.output().map_err(|error| wrong(&error))?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(wrong(&format!("{}: {}", output.status, said.trim_end())));
    }
    String::from_utf8(output.stdout).map_err(|error| wrong(&error))
}

/// The first seed that only one of them has, or of which they have different results.
fn first_difference(one: &Part, other: &Part) -> Option<u64> {
    let mut seeds = one.work.seeds();
    seeds.find(|seed| one.results.get(seed).is_none_or(|result| other.results.get(seed) != Some(result)))
}

/// The first call that only one of two runs has.
fn first_divergence(one: &str, two: &str) -> String {
    let mut ones = one.lines();
    let mut twos = two.lines();
    loop {
        match (ones.next(), twos.next()) {
            (None, None) => return "both are the same run when each is run alone\n".into(),
            (here, there) if here == there => {}
            (here, there) => {
                let line = |line: Option<&str>| line.unwrap_or("nothing more").to_owned();
                return format!(
                    "the first call that differs:\n  here   {}\n  there  {}\n",
                    line(here),
                    line(there)
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let text = first_divergence("a\nb\nc\n", "a\nx\ny\n");
        assert!(text.contains("here   b") && text.contains("there  x"), "{text}");
        let text = first_divergence("a\nb\n", "a\n");
        assert!(text.contains("here   b") && text.contains("there  nothing more"), "{text}");
        assert!(first_divergence("a\n", "a\n").contains("both are the same run"));
    }

    #[test]
    fn a_result_that_is_missing_or_another_is_a_difference() {
        let text = r#"{"first":0,"end":3,"shard":"0/1","class":null}"#;
        let whole = Part::parse("here", text).expect("a part");
        assert_eq!(first_difference(&whole, &whole), Some(0), "nothing is no result");
        let line = |seed: u64, calls: u64| {
            format!(
                r#"{{"seed":{seed},"class":null,"plan":"","marks":[],"rule":null,"violation":null,"calls":{calls},
                "datagrams":0,"faults":0,"simulated_seconds":0.0,"hash":"0","explanation":null}}"#
            )
            .replace('\n', "")
        };
        let part = |calls: [u64; 3]| {
            let lines: Vec<_> = (0..).zip(calls).map(|(seed, calls)| line(seed, calls)).collect();
            Part::parse("there", &format!("{text}\n{}", lines.join("\n"))).expect("a part")
        };
        assert_eq!(first_difference(&part([1, 1, 1]), &part([1, 1, 1])), None);
        assert_eq!(first_difference(&part([1, 1, 1]), &part([1, 2, 1])), Some(1));
        assert_eq!(first_difference(&part([1, 1, 1]), &whole), Some(0));
    }
}
