//! `sim replay`: a failing run or the life of a real node again, from its file; and how files of runs come about.

use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::json;
use sim::page::Story;
use sim::swarm::{self, Plan};
use sim::{Replay, shrink};
use swim_trace::Trace;

use crate::record::Recorders;
use crate::run::watchers;
use crate::verdict::{Misuse, Verdict};
use crate::{args, output, trace};

pub(crate) fn replay(options: &args::Replay) -> Result<Verdict, Misuse> {
    let path = options.file.display();
    let wrong = |why: &dyn fmt::Display| Misuse::new(format!("{path}: {why}"));
    let bytes = fs::read(&options.file).map_err(|error| wrong(&error))?;
    if Trace::recognise(&bytes) {
        return trace::replay(options, &bytes);
    }
    let text =
        String::from_utf8(bytes).map_err(|_| wrong(&"this is neither a run of a sweep nor a trace"))?;
    if options.calls || !options.key_files.is_empty() {
        return Err(wrong(
            &"--calls and --key-file are for traces of real nodes, and this is a run of a sweep",
        ));
    }
    replay_plan(options, &text)
}

fn replay_plan(options: &args::Replay, text: &str) -> Result<Verdict, Misuse> {
    let path = options.file.display();
    let replay = Replay::parse(text).map_err(|error| Misuse::new(format!("{path}: {error}")))?;
    if let Some(version) = replay.other_version() {
        eprintln!("{path} was written by version {version}: its run may be another one here");
    }
    if !options.json {
        output::styled(output::COMMAND, &replay.plan);
    }
    let recorders = Recorders::new(&options.record)?;
    let outcome = swarm::run(&replay.plan, watchers(options.events, &recorders));
    recorders.finish(&Story {
        title: format!("A run that broke {}", replay.rule),
        command: format!("sim replay {path} --report replay.html"),
        setting: replay.plan.to_string(),
        failure: outcome.failure.as_ref().map(|failure| failure.violation.clone()),
    })?;
    match &outcome.failure {
        failure if options.json => output::line(json!({
            "plan": replay.plan.to_string(),
            "rule": replay.rule,
            "failure": failure.as_ref().map(|failure| failure.explanation.trim_end()),
        })),
        Some(failure) => output::styled(output::BAD, failure.explanation.trim_end()),
        None => output::line(format_args!("good: {} is not broken any more", replay.rule)),
    }
    Ok(Verdict::of(outcome.failure.is_none()))
}

/// Makes a run that fails smaller, and writes it to a file in this folder.
pub(crate) fn save(plan: &Plan, folder: &Path) -> Result<(), Misuse> {
    let Some(failure) = swarm::run(plan, Vec::new()).failure else { return Ok(()) };
    let rule = failure.violation.rule;
    let plan = shrink(plan, rule);
    let smallest = swarm::run(&plan, Vec::new()).failure.unwrap_or(failure);
    let path = folder.join(format!("{rule}-{}.toml", plan.seed));
    let text = Replay::new(plan, rule).text(&smallest.violation);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
    written.map_err(|error| Misuse::new(format!("{}: {error}", path.display())))?;
    eprintln!("smaller: sim replay {}", path.display());
    Ok(())
}
