//! Runs of `bench repeat` under valgrind's callgrind, which counts what happens inside `counted` alone.

use std::collections::BTreeMap;
use std::process::Command;
use std::{env, fs, process};

use clap::ValueEnum;

use crate::repeat::{Case, Library};

/// What is run, in a cluster or a table of so many members, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) library: Library,
    pub(crate) case: Case,
    pub(crate) members: u32,
    pub(crate) rounds: u32,
}

/// Instructions by the functions that were being executed: names of callers, then of the one that ran.
pub(crate) type Stacks = Vec<(Vec<String>, u64)>;

/// Callers that are told apart; no stack here is half as deep.
const DEPTH: u32 = 48;
/// The function that is counted, as callgrind writes it.
const COUNTED: &str = "bench::repeat::counted";

impl Run {
    /// All instructions.
    pub(crate) fn total(self) -> Result<f64, String> {
        let said = self.callgrind(&["--callgrind-out-file=/dev/null"])?;
        let total =
            said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<f64>().ok());
        total.filter(|&total| total > 0.0).ok_or_else(|| format!("valgrind counted nothing:\n{said}"))
    }

    /// The same by stacks.
    pub(crate) fn stacks(self) -> Result<Stacks, String> {
        let file = env::temp_dir().join(format!("bench-{}.callgrind", process::id()));
        let read = || {
            self.callgrind(&[
                &format!("--callgrind-out-file={}", file.display()),
                &format!("--separate-callers={DEPTH}"),
            ])?;
            fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))
        };
        let profile = read();
        let _gone = fs::remove_file(&file);
        Ok(parse(&profile?))
    }

    /// What valgrind says.
    fn callgrind(self, options: &[&str]) -> Result<String, String> {
        let program = env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--collect-atstart=no"])
            .arg(format!("--toggle-collect={COUNTED}*"))
            .args(options)
            .arg(program)
            .args(["repeat", &word(&self.library), &word(&self.case)])
            .args(["--members", &self.members.to_string(), "--rounds", &self.rounds.to_string()])
            .output()
            .map_err(|error| format!("cannot run valgrind: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(said) } else { Err(format!("valgrind failed:\n{said}")) }
    }
}

fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Reads callgrind's format: a function is named once with a number and by the number from then on, with its callers
/// behind it; costs of a line follow, but for those behind `calls=`, which are the callee's.
fn parse(profile: &str) -> Stacks {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut costs: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut current, mut is_callees) = ("", false);
    for line in profile.lines() {
        if let Some(function) = line.strip_prefix("cfn=") {
            resolve(&mut names, function);
        } else if let Some(function) = line.strip_prefix("fn=") {
            current = resolve(&mut names, function);
        } else if line.starts_with("calls=") {
            is_callees = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost: Option<u64> = line.split(' ').nth(1).and_then(|cost| cost.parse().ok());
            if let (Some(cost), false) = (cost, is_callees) {
                *costs.entry(current).or_default() += cost;
            }
            is_callees = false;
        }
    }
    let mut stacks: Stacks =
        costs.into_iter().filter_map(|(name, cost)| Some((stack(name)?, cost))).collect();
    stacks.sort();
    stacks
}

fn resolve<'a>(names: &mut BTreeMap<&'a str, &'a str>, function: &'a str) -> &'a str {
    let (number, name) = function.split_once(' ').unwrap_or((function, ""));
    if name.is_empty() {
        return names.get(number).copied().unwrap_or_default();
    }
    names.insert(number, name);
    name
}

/// From the function that is counted inwards, without the closures that it is given; callgrind writes it the other way
/// round.
fn stack(name: &str) -> Option<Vec<String>> {
    let (inner, _) = name.split_once(&format!("'{COUNTED}"))?;
    let functions = inner.split('\'').filter(|function| !function.starts_with("core::ops::function"));
    Some(functions.rev().map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_callee_is_its_own_and_not_its_callers() {
        let profile = "\
fn=(1) open'core::ops::function::FnOnce::call_once'bench::repeat::counted'main
fl=(7) a.rs
0 10
+3 2
cfn=(2) sum'open'core::ops::function::FnOnce::call_once'bench::repeat::counted'main
calls=1 0
0 500

fn=(2)
* 500
fn=(1)
5 1
fn=(3) main
0 99
";
        let stack = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(parse(profile), [(stack(&["open"]), 13), (stack(&["open", "sum"]), 500)]);
    }
}
