//! `sim sweep`: many seeds, side by side, told in the order of the seeds.

use std::io::{IsTerminal as _, stderr};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::json;
use sim::swarm::{self, Outcome, Plan};

use crate::args::{Class, Sweep};
use crate::clock;
use crate::marks::Coverage;
use crate::replay;
use crate::run::print;

/// The sum of a sweep.
#[derive(Default)]
struct Total {
    seeds: u64,
    failed: u64,
    calls: u64,
    datagrams: u64,
    simulated: std::time::Duration,
    /// Of the hashes of all seeds in order.
    hash: u128,
    coverage: Coverage,
}

pub(crate) fn sweep(sweep: &Sweep) -> bool {
    let start = clock::now();
    let next = AtomicU64::new(sweep.seeds.start);
    let jobs = sweep.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let (send, receive) = channel();
    let outcomes = thread::scope(|scope| {
        for _ in 0..jobs {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                for outcome in seeds(next, sweep.seeds.end)
                    .map(|seed| swarm::run(&Plan::draw(seed, sweep.class.map(Into::into)), Vec::new()))
                {
                    let _ = send.send(outcome);
                }
            });
        }
        drop(send);
        collect(&receive, sweep.seeds.end - sweep.seeds.start)
    });
    let total = tell(&outcomes, sweep.class, sweep.json);
    save(&outcomes, sweep);
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{seconds:.1} s, {:.1} seeds/s on {jobs} threads", count(total.seeds) / seconds);
    total.failed == 0
}

/// The seeds that nobody else has taken.
fn seeds(next: &AtomicU64, end: u64) -> impl Iterator<Item = u64> + '_ {
    std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)).take_while(move |&seed| seed < end)
}

/// All outcomes in the order of their seeds; shows progress to whoever watches.
fn collect(receive: &Receiver<Outcome>, wanted: u64) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for outcome in receive {
        outcomes.push(outcome);
        if stderr().is_terminal() {
            let failed = outcomes.iter().filter(|outcome| outcome.failure.is_some()).count();
            eprint!("\r{} of {wanted} seeds, {failed} failed ", outcomes.len());
        }
    }
    if stderr().is_terminal() {
        eprintln!();
    }
    outcomes.sort_by_key(|outcome| outcome.plan.seed);
    outcomes
}

fn tell(outcomes: &[Outcome], class: Option<Class>, json: bool) -> Total {
    let mut total = Total::default();
    for outcome in outcomes {
        total.add(outcome);
        match (&outcome.failure, json) {
            (_, true) => print(&format!("{}\n", line(outcome))),
            (Some(failure), false) => {
                let (plan, seed) = (&outcome.plan, outcome.plan.seed);
                let class = class.map_or_else(String::new, |class| format!(" --class {}", class.name()));
                print(&format!(
                    "{plan}\n{}replay: sim run seed --seed {seed}{class} --events\n\n",
                    failure.explanation
                ));
            }
            (None, false) => {}
        }
    }
    print(&if json { format!("{}\n", total.line()) } else { format!("{}\n", total.text()) });
    total
}

/// So many failing runs are made smaller: it takes a while.
const SAVED_MAX: usize = 3;

fn save(outcomes: &[Outcome], sweep: &Sweep) {
    let Some(folder) = &sweep.save else { return };
    for outcome in outcomes.iter().filter(|outcome| outcome.failure.is_some()).take(SAVED_MAX) {
        match replay::save(outcome, folder) {
            Ok(path) => eprintln!("smaller: sim replay {}", path.display()),
            Err(error) => eprintln!("seed {} was not saved: {error}", outcome.plan.seed),
        }
    }
}

fn line(outcome: &Outcome) -> serde_json::Value {
    let violation = outcome.failure.as_ref().map(|failure| &failure.violation);
    json!({
        "seed": outcome.plan.seed,
        "plan": outcome.plan.to_string(),
        "rule": violation.map(|violation| violation.rule),
        "violation": violation.map(ToString::to_string),
        "calls": outcome.calls,
        "datagrams": outcome.datagrams,
        "simulated_seconds": outcome.simulated.as_secs_f64(),
        "hash": outcome.hash.map(|hash| hash.to_string()),
    })
}

impl Total {
    fn add(&mut self, outcome: &Outcome) {
        self.coverage.add(outcome);
        self.seeds += 1;
        self.failed += u64::from(outcome.failure.is_some());
        self.calls += outcome.calls;
        self.datagrams += outcome.datagrams;
        self.simulated += outcome.simulated;
        self.hash = self.hash.rotate_left(1) ^ outcome.hash.map_or(0, |hash| hash.0);
    }

    fn text(&self) -> String {
        let Self { seeds, failed, calls, datagrams, hash, .. } = self;
        let hours = self.simulated.as_secs_f64() / 3600.0;
        format!(
            "{seeds} seeds, {failed} failed: {calls} calls, {datagrams} datagrams, {hours:.1} simulated hours, hash {hash:032x}\n{}",
            self.coverage.text().trim_end()
        )
    }

    fn line(&self) -> serde_json::Value {
        json!({
            "seeds": self.seeds,
            "failed": self.failed,
            "calls": self.calls,
            "datagrams": self.datagrams,
            "simulated_seconds": self.simulated.as_secs_f64(),
            "hash": format!("{:032x}", self.hash),
        })
    }
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn count(seeds: u64) -> f64 {
    seeds as f64
}
