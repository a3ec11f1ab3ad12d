//! `sim run`: a scenario, told as it happens.

use std::fs;
use std::path::Path;

use serde_json::json;
use sim::scenario::{LIBRARY, Scenario, Story, Told, similar};
use sim::{Broken, Checker, Step};
use swim_core::{Instant, Node};

use crate::args::Run;
use crate::verdict::{Misuse, Verdict};
use crate::{clock, output, seed};

pub(crate) fn run(run: &Run) -> Result<Verdict, Misuse> {
    if run.what == "seed" {
        return seed::seed(run);
    }
    let scenario = find(run)?;
    let start = clock::now();
    let story = if run.json { play_as_json(&scenario, run) } else { play(&scenario, run) };
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{seconds:.3} s, {:.0} calls/s", count(story.calls) / seconds);
    Ok(Verdict::of(story.failure.is_none()))
}

/// A file if it looks like one, and a scenario of the library otherwise.
fn find(run: &Run) -> Result<Scenario, Misuse> {
    let name = run.what.as_str();
    if let Some((_, text)) = LIBRARY.iter().find(|(known, _)| *known == name) {
        return Scenario::parse(name, text, run.nodes).map_err(Misuse::new);
    }
    if !Path::new(name).exists() {
        let known = LIBRARY.iter().map(|(name, _)| *name).chain(["seed"]);
        let hint = similar(name, known)
            .map_or_else(|| "`sim list` shows all".into(), |similar| format!("did you mean {similar:?}?"));
        return Err(Misuse::new(format!("no scenario and no file {name:?}; {hint}")));
    }
    let text = fs::read_to_string(name).map_err(|error| Misuse::new(format!("{name}: {error}")))?;
    Scenario::parse(name, &text, run.nodes).map_err(Misuse::new)
}

fn play(scenario: &Scenario, run: &Run) -> Story {
    let story = scenario.play(run.seed, watchers(run), &mut |told| match told {
        Told::Prose(_) => output::styled(output::PROSE, told),
        Told::Command { .. } => output::styled(output::COMMAND, told),
        Told::Output(_) => output::line(told),
        Told::Failure(_) => output::styled(output::BAD, told),
    });
    let Story { calls, datagrams, hash, .. } = &story;
    let seconds = story.simulated.as_secs_f64();
    let (style, end) = if story.failure.is_none() { (output::GOOD, "good") } else { (output::BAD, "failed") };
    let seed = run.seed;
    output::line(format_args!(
        "\n{style}{end}{style:#}: seed {seed}, {calls} calls and {datagrams} datagrams in {seconds:.1} simulated seconds, trace hash {hash}"
    ));
    story
}

/// One object for every command that has come to its end, and one for all.
fn play_as_json(scenario: &Scenario, run: &Run) -> Story {
    let mut step: Option<JsonStep> = None;
    let story = scenario.play(run.seed, watchers(run), &mut |told| match told {
        Told::Prose(_) => {}
        Told::Command { at, line, text } => {
            step.take().into_iter().for_each(JsonStep::print);
            step = Some(JsonStep { at, line, command: text.into(), output: Vec::new() });
        }
        Told::Output(text) | Told::Failure(text) => {
            step.iter_mut().for_each(|step| step.output.push(text.into()));
        }
    });
    step.into_iter().for_each(JsonStep::print);
    output::line(json!({
        "scenario": scenario.name(),
        "seed": run.seed,
        "failure": story.failure,
        "calls": story.calls,
        "datagrams": story.datagrams,
        "simulated_seconds": story.simulated.as_secs_f64(),
        "hash": story.hash.to_string(),
    }));
    story
}

struct JsonStep {
    at: Instant,
    line: usize,
    command: String,
    output: Vec<String>,
}

impl JsonStep {
    fn print(self) {
        let Self { at, line, command, output } = self;
        let seconds = at.since(Instant::ZERO).as_secs_f64();
        output::line(json!({ "at": seconds, "line": line, "command": command, "output": output }));
    }
}

/// Who looks at the run besides the judge.
pub(crate) fn watchers(run: &Run) -> Vec<Box<dyn Checker<Node>>> {
    if run.events { vec![Box::new(print_events)] } else { Vec::new() }
}

fn print_events(step: &Step<'_, Node>) -> Result<(), Broken> {
    for event in step.events {
        output::line(format_args!("{} {} {:?}", step.now, step.node, event.fact));
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn count(calls: u64) -> f64 {
    calls as f64
}
