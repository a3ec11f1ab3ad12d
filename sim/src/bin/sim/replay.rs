//! `sim replay`: a failing run or the life of a real node again, from its file; and how files of runs come about.

use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::json;
use sim::page::Story;
use sim::scenario::BYTES_PER_PAIR;
use sim::swarm::{self, Plan};
use sim::{Build, Replay, SHRINK_RUNS_MAX, shrink};
use swim_trace::Trace;

use crate::interrupt::Interrupt;
use crate::memory::must_fit;
use crate::progress::Progress;
use crate::record::Recorders;
use crate::run::watchers;
use crate::verdict::{Misuse, Verdict};
use crate::{args, output, shell, trace};

pub(crate) fn replay(options: &args::Replay) -> Result<Verdict, Misuse> {
    let path = options.file.display();
    let wrong = |why: &dyn fmt::Display| Misuse::new(format!("{path}: {why}"));
    let bytes = fs::read(&options.file).map_err(|error| wrong(&error))?;
    if Trace::recognise(&bytes) {
        return trace::replay(options, &bytes);
    }
    let text =
        String::from_utf8(bytes).map_err(|_| wrong(&"this is neither a run of a sweep nor a trace"))?;
    if !options.key_files.is_empty() {
        return Err(wrong(&"--key-file is for traces of real nodes, and this is a run of a sweep"));
    }
    replay_plan(options, &text)
}

fn replay_plan(options: &args::Replay, text: &str) -> Result<Verdict, Misuse> {
    let path = options.file.display();
    let replay = Replay::parse(text).map_err(|error| Misuse::new(format!("{path}: {error}")))?;
    let nodes = replay.plan.nodes.saturating_add(replay.plan.foreigners);
    must_fit(nodes, BYTES_PER_PAIR).map_err(|Misuse(text)| Misuse(format!("{path}: {text}")))?;
    if replay.by.is_elsewhere() {
        eprintln!(
            "{path} was written by {}, and this is {}: its run may be another one",
            replay.by,
            Build::here()
        );
    }
    if !options.json {
        output::styled(output::COMMAND, &replay.plan);
    }
    let recorders = Recorders::new(&options.record)?;
    let outcome = swarm::run(&replay.plan, watchers(options.show, &recorders)?);
    let violation = outcome.failure.as_ref().map(|failure| &failure.violation);
    recorders.finish(&Story {
        title: format!("A run that broke {}", replay.rule),
        command: format!("sim replay {} --report replay.html", shell::word(path)),
        setting: replay.plan.to_string(),
        failure: violation.cloned(),
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
    if let Some(folder) = options.save.as_ref().filter(|_| Verdict::of_run(violation) == Verdict::Bad) {
        save(&replay.plan, folder, &Interrupt::watch()?)?;
    }
    Ok(Verdict::of_run(violation))
}

/// Makes a run that fails smaller, until it is as small as it gets or somebody wants no more, and writes it to a file in
/// this folder.
pub(crate) fn save(plan: &Plan, folder: &Path, interrupt: &Interrupt) -> Result<(), Misuse> {
    let violation = |plan: &Plan| swarm::run(plan, Vec::new()).failure.map(|failure| failure.violation);
    let Some(first) = violation(plan) else { return Ok(()) };
    let (mut left, progress) =
        (plan.strikes.len(), Progress::new(SHRINK_RUNS_MAX.into(), "smaller runs tried"));
    let plan = shrink(plan, |smaller| {
        let still_fails = !interrupt.is_pressed()
            && violation(smaller).is_some_and(|violation| violation.rule == first.rule);
        left = if still_fails { smaller.strikes.len() } else { left };
        progress.step(&format!("{left} faults left"));
        still_fails
    });
    drop(progress);
    let smallest = violation(&plan).unwrap_or(first);
    let path = folder.join(format!("{}-{}.toml", smallest.rule, plan.seed));
    let text = Replay::new(plan, smallest.rule).text(&smallest);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &text));
    written.map_err(|error| Misuse::new(format!("{}: {error}", path.display())))?;
    let size = if text.len() > Replay::READABLE {
        format!(" ({} KiB, more than a person reads)", text.len() / 1_024)
    } else {
        String::new()
    };
    eprintln!("smaller: sim replay {}{size}", shell::word(path.display()));
    Ok(())
}
