//! Playing a scenario, line by line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use swim_core::{Instant, Node};

use super::command::{Command, Time};
use super::parse::{Line, Scenario};
use super::stage::Stage;
use super::{act, expect, tell};
use crate::{Checker, NodeId, TraceHash, Violation};

/// A line of the transcript, as soon as there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// A comment, or an empty line.
    Prose(&'a str),
    /// A command that is about to be carried out.
    Command {
        /// When, in the time of the cluster.
        at: Instant,
        /// Which line of the scenario.
        line: usize,
        /// The command.
        text: &'a str,
    },
    /// What came of it, without indentation.
    Output(&'a str),
    /// Why it went wrong; nothing comes after it.
    Failure(&'a str),
}

/// How it went.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Why it went wrong, if it did: an expectation that was not met, or a broken law.
    pub failure: Option<String>,
    /// The same as a violation, with its time; an expectation that was not met breaks the rule `expectation`.
    pub violation: Option<Violation>,
    /// How much time was simulated.
    pub simulated: Duration,
    /// How many calls of machines there were.
    pub calls: u64,
    /// How many datagrams were sent.
    pub datagrams: u64,
    /// The hash of all that happened.
    pub hash: TraceHash,
}

impl Scenario {
    /// Lets it happen, all from this seed; `watchers` see every call of a machine, and `tell` the transcript.
    /// The laws of [`check`](crate::check) are held at every call.
    pub fn play(
        &self,
        seed: u64,
        watchers: Vec<Box<dyn Checker<Node>>>,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Ending {
        let mut stage = Stage::new(seed, self.keys.clone(), watchers);
        let failure = self.lines.iter().find_map(|line| line.play(&mut stage, tell).err());
        let cluster = &stage.cluster;
        Ending {
            failure,
            violation: cluster.violation().cloned(),
            simulated: cluster.now().since(Instant::ZERO),
            calls: cluster.calls(),
            datagrams: cluster.network.traffic().sent,
            hash: cluster.trace_hash(),
        }
    }

    /// The whole transcript, with what came of each command below it, and how it went.
    #[must_use]
    pub fn transcript(&self, seed: u64) -> (String, Ending) {
        let mut text = String::new();
        let ending = self.play(seed, Vec::new(), &mut |told| {
            text.push_str(&told.to_string());
            text.push('\n');
        });
        (text, ending)
    }
}

impl Line {
    fn play(&self, stage: &mut Stage, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), String> {
        match self {
            Self::Prose(text) => {
                tell(Told::Prose(text));
                Ok(())
            }
            Self::Command { number, text, command } => {
                tell(Told::Command { at: stage.now(), line: *number, text });
                let played = catch_unwind(AssertUnwindSafe(|| obey(stage, command)));
                let output = played.unwrap_or_else(|panic| {
                    stage.cluster.fail_by_panic(&*panic);
                    Err("a panic".into())
                });
                let output =
                    unless_broken(stage, output).inspect_err(|failure| tell(Told::Failure(failure)))?;
                output.iter().for_each(|line| tell(Told::Output(line)));
                Ok(())
            }
        }
    }
}

fn obey(stage: &mut Stage, command: &Command) -> Result<Vec<String>, String> {
    match command {
        Command::Cluster { nodes, config, .. } => {
            stage.found(*nodes, (**config).clone());
            Ok(Vec::new())
        }
        Command::Time(time) => pass(stage, *time).map(|()| Vec::new()),
        Command::Act(what) => act::act(stage, what).map(|()| Vec::new()),
        Command::Expect { claim, patience } => {
            expect::expect(stage, claim, *patience).map(|output| vec![output])
        }
        Command::Ask(question) => Ok(tell::tell(stage, question)),
    }
}

fn pass(stage: &mut Stage, time: Time) -> Result<(), String> {
    let left = match time {
        Time::For(time) => Some(time),
        Time::Until(time) => time.checked_sub(stage.now().since(Instant::ZERO)),
    };
    let now = stage.now();
    stage.cluster.run_for(left.ok_or_else(|| format!("that is past: it is {now}"))?);
    Ok(())
}

/// A broken law is more important than what was to be told. What else went wrong ends the run as well.
fn unless_broken(stage: &mut Stage, output: Result<Vec<String>, String>) -> Result<Vec<String>, String> {
    let explanation = stage.cluster.explain();
    if let Err(failure) = &output {
        stage.cluster.fail("expectation", NodeId(0), failure.clone());
    }
    explanation.map_or(output, Err)
}

impl std::fmt::Display for Told<'_> {
    /// As in the file of a scenario.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Prose(text) | Self::Command { text, .. } => f.write_str(text),
            Self::Output(line) => write!(f, "    {line}"),
            Self::Failure(text) => {
                f.write_str("    FAILED: ")?;
                f.write_str(&text.trim_end().replace('\n', "\n    "))
            }
        }
    }
}
