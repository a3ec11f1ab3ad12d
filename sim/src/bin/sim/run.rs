//! `sim run`: one run, told in full.

use std::io::{BufWriter, Write as _, stdout};

use sim::page::{NODES_MAX, Story};
use sim::scenario::Crash;
use sim::swarm::{self, Plan};
use sim::{Broken, Checker, Step};
use swim_core::Node;

use crate::args::{Class, Record};
use crate::clock;
use crate::record::Recorders;

/// Answers whether all was well, or what is wrong with the command line.
pub(crate) fn crash(nodes: u32, seed: u64, record: &Record) -> Result<bool, String> {
    if record.report.is_some() && nodes as usize > NODES_MAX {
        return Err(format!(
            "--report: a page shows at most {NODES_MAX} nodes, not {nodes}; --trace has no limit"
        ));
    }
    let recorders = Recorders::new(record)?;
    let start = clock::now();
    let report = Crash { nodes: nodes as usize, seed }.run(recorders.watchers());
    print(&format!("{report}\n"));
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{seconds:.3} s, {:.0} calls/s", calls(report.calls) / seconds);
    if let Some(violation) = &report.violation {
        print(&format!("{violation}\n"));
    }
    recorders.finish(&Story {
        title: format!("One of {nodes} nodes crashes"),
        command: format!("sim run crash --nodes {nodes} --seed {seed} --report crash.html"),
        setting:
            "All nodes start within a second and join through the first. Ten seconds after everybody knows \
                  everybody, one crashes."
                .into(),
        failure: report.violation.clone(),
    })?;
    Ok(report.violation.is_none() && report.boot.is_some() && report.all_informed.is_some())
}

/// Answers whether all was well, or what is wrong with the command line.
pub(crate) fn seed(seed: u64, class: Option<Class>, events: bool, record: &Record) -> Result<bool, String> {
    let recorders = Recorders::new(record)?;
    let plan = Plan::draw(seed, class.map(Into::into));
    print(&format!("{plan}\n"));
    let mut watchers = recorders.watchers();
    if events {
        watchers.push(tracer());
    }
    let outcome = swarm::run(&plan, watchers);
    match &outcome.failure {
        Some(failure) => print(&failure.explanation),
        None => {
            let hash = outcome.hash.map_or_else(String::new, |hash| hash.to_string());
            let seconds = outcome.simulated.as_secs();
            print(&format!(
                "good: {} calls in {seconds} simulated seconds, trace hash {hash}\n",
                outcome.calls
            ));
        }
    }
    recorders.finish(&Story {
        title: format!("Seed {seed}: {} nodes and their faults", outcome.plan.nodes),
        command: format!("sim run seed --seed {seed} --report seed.html"),
        setting: outcome.plan.to_string(),
        failure: outcome.failure.as_ref().map(|failure| failure.violation.clone()),
    })?;
    Ok(outcome.failure.is_none())
}

/// Prints every event.
pub(crate) fn tracer() -> Box<dyn Checker<Node>> {
    let mut out = BufWriter::new(stdout());
    Box::new(move |step: &Step<'_, Node>| {
        for event in step.events {
            // Whoever closed the pipe has seen enough.
            let _ = writeln!(out, "{} {} {:?}", step.now, step.node, event.fact);
        }
        Ok::<(), Broken>(())
    })
}

/// Prints a result; nobody minds if the reader is gone.
pub(crate) fn print(text: &str) {
    let _ = stdout().write_all(text.as_bytes());
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn calls(calls: u64) -> f64 {
    calls as f64
}
