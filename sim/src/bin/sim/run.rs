//! `sim run`: a scenario, told as it happens.

use std::fs;
use std::path::Path;

use serde_json::json;
use sim::page::{NODES_MAX, Story};
use sim::scenario::{BYTES_PER_PAIR, Ending, LIBRARY, Scenario, Told, similar};
use sim::{Brief, Broken, Checker, Step};
use swim_core::{Instant, Node};

use crate::args::{Run, Show};
use crate::interrupt::Interrupt;
use crate::memory::must_fit;
use crate::record::Recorders;
use crate::verdict::{Misuse, Verdict};
use crate::{clock, output, seed, shell};

type Watchers = Vec<Box<dyn Checker<Node>>>;

pub(crate) fn run(run: &Run) -> Result<Verdict, Misuse> {
    if run.what == "seed" {
        return seed::seed(run);
    }
    if run.class.is_some() {
        return Err(Misuse::new(
            "a scenario says how many nodes there are, and --nodes may; --class is for seeds",
        ));
    }
    let scenario = find(run)?;
    if run.record.report.is_some() && scenario.nodes() as usize > NODES_MAX {
        return Err(Misuse::new(format!(
            "--report: a page shows at most {NODES_MAX} nodes; --trace has no limit"
        )));
    }
    must_fit(scenario.nodes(), BYTES_PER_PAIR)
        .map_err(|Misuse(text)| Misuse(format!("{}:{}: {text}", scenario.name(), scenario.largest())))?;
    let recorders = Recorders::new(&run.record)?;
    let start = clock::now();
    let play = if run.json { play_as_json } else { play };
    let ending = play(&scenario, run, watchers(run.show, &recorders)?);
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{seconds:.3} s, {:.0} calls/s", count(ending.calls) / seconds);
    recorders.finish(&story(&scenario, run, &ending))?;
    Ok(Verdict::of_run(ending.violation.as_ref()))
}

/// What the page says above the pictures.
fn story(scenario: &Scenario, run: &Run, ending: &Ending) -> Story {
    let nodes = run.nodes.map_or_else(String::new, |nodes| format!(" --nodes {nodes}"));
    Story {
        title: scenario.title(),
        command: format!("sim run {}{nodes} --seed {} --report run.html", shell::word(&run.what), run.seed),
        setting: scenario.commands().collect::<Vec<_>>().join("; "),
        failure: ending.violation.clone(),
    }
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

fn play(scenario: &Scenario, run: &Run, watchers: Watchers) -> Ending {
    let ending = scenario.play(run.seed, watchers, &mut |told| match told {
        Told::Prose(_) => output::styled(output::PROSE, told),
        Told::Command { .. } => output::styled(output::COMMAND, told),
        Told::Output(_) => output::line(told),
        Told::Failure(_) => output::styled(output::BAD, told),
    });
    let Ending { calls, datagrams, hash, .. } = &ending;
    let seconds = ending.simulated.as_secs_f64();
    let (style, end) = match Verdict::of_run(ending.violation.as_ref()) {
        Verdict::Good => (output::GOOD, "good"),
        Verdict::Bad => (output::BAD, "failed"),
        Verdict::Interrupted => (output::BAD, "interrupted"),
    };
    let seed = run.seed;
    output::line(format_args!(
        "\n{style}{end}{style:#}: seed {seed}, {calls} calls and {datagrams} datagrams in {seconds:.1} simulated seconds, trace hash {hash}"
    ));
    ending
}

/// One object for every command that has come to its end, and one for all.
fn play_as_json(scenario: &Scenario, run: &Run, watchers: Watchers) -> Ending {
    let mut step: Option<JsonStep> = None;
    let ending = scenario.play(run.seed, watchers, &mut |told| match told {
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
        "failure": ending.failure,
        "calls": ending.calls,
        "datagrams": ending.datagrams,
        "simulated_seconds": ending.simulated.as_secs_f64(),
        "hash": ending.hash.to_string(),
    }));
    ending
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

/// Who looks at the run besides the judge; the last one ends it at Ctrl-C.
pub(crate) fn watchers(show: Show, recorders: &Recorders<'_>) -> Result<Watchers, Misuse> {
    let mut watchers = recorders.watchers();
    if show.calls {
        watchers.push(Box::new(print_call));
    }
    if show.events {
        watchers.push(Box::new(print_events));
    }
    watchers.push(Box::new(Interrupt::watch()?));
    Ok(watchers)
}

fn print_call(step: &Step<'_, Node>) -> Result<(), Broken> {
    let Step { now, node, call, sent, events, .. } = step;
    let (outputs, events, hash) = (sent.len(), events.len(), step.trace_hash());
    output::line(format_args!("{now} {node} {call}: {outputs} outputs, {events} events, hash {hash}"));
    Ok(())
}

fn print_events(step: &Step<'_, Node>) -> Result<(), Broken> {
    for event in step.events {
        output::line(format_args!("{} {} {}", step.now, step.node, Brief(&event.fact)));
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn count(calls: u64) -> f64 {
    calls as f64
}
