//! `sim run`: one run, told in full.

use std::io::{BufWriter, Write as _, stdout};

use sim::scenario::Crash;
use sim::swarm::{self, Plan};
use sim::{Broken, Checker, Step};
use swim_core::Node;

use crate::args::Class;
use crate::clock;

pub(crate) fn crash(nodes: u32, seed: u64) -> bool {
    let start = clock::now();
    let report = Crash { nodes: nodes as usize, seed }.run();
    print(&format!("{report}\n"));
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{seconds:.3} s, {:.0} calls/s", calls(report.calls) / seconds);
    if let Some(violation) = &report.violation {
        print(&format!("{violation}\n"));
    }
    report.violation.is_none() && report.boot.is_some() && report.all_informed.is_some()
}

pub(crate) fn seed(seed: u64, class: Option<Class>, trace: bool) -> bool {
    let plan = Plan::draw(seed, class.map(Into::into));
    print(&format!("{plan}\n"));
    let watchers: Vec<Box<dyn Checker<Node>>> = if trace { vec![tracer()] } else { Vec::new() };
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
    outcome.failure.is_none()
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
