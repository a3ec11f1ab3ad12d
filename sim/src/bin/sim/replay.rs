//! `sim replay`: a failing run again, from its file; and how such files come about.

use std::fs;
use std::path::{Path, PathBuf};

use sim::page::Story;
use sim::swarm::{self, Outcome};
use sim::{Replay, shrink};

use crate::args::Record;
use crate::record::Recorders;
use crate::run::{print, tracer};

/// Runs a file; false if it breaks a rule.
pub(crate) fn replay(path: &Path, events: bool, record: &Record) -> Result<bool, String> {
    let recorders = Recorders::new(record)?;
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let replay = Replay::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    if let Some(version) = replay.other_version() {
        eprintln!("{} was written by version {version}: its run may be another one here", path.display());
    }
    print(&format!("{}\n", replay.plan));
    let mut watchers = recorders.watchers();
    if events {
        watchers.push(tracer());
    }
    let outcome = swarm::run(&replay.plan, watchers);
    match &outcome.failure {
        Some(failure) => print(&failure.explanation),
        None => print(&format!("good: {} is not broken any more\n", replay.rule)),
    }
    recorders.finish(&Story {
        title: format!("A run that broke {}", replay.rule),
        command: format!("sim replay {} --report replay.html", path.display()),
        setting: replay.plan.to_string(),
        failure: outcome.failure.as_ref().map(|failure| failure.violation.clone()),
    })?;
    Ok(outcome.failure.is_none())
}

/// Makes a failed run smaller and writes it to a file in this folder.
pub(crate) fn save(outcome: &Outcome, folder: &Path) -> Result<PathBuf, String> {
    let failure = outcome.failure.as_ref().ok_or("the run did not fail")?;
    let rule = failure.violation.rule;
    let plan = shrink(&outcome.plan, rule);
    let smallest = swarm::run(&plan, Vec::new()).failure.map_or(failure.violation.clone(), |f| f.violation);
    let path = folder.join(format!("{rule}-{}.toml", plan.seed));
    let text = Replay::new(plan, rule).text(&smallest);
    fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(|error| error.to_string())?;
    Ok(path)
}
