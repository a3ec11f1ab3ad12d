//! `sim planted`: plants one bug after the other in the nodes, and searches each.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::Parser;
use sim::swarm::{self, Class, Plan};
use swim_core::{BUGS, plant};

use crate::output;
use crate::verdict::{Misuse, Verdict};

#[derive(Debug, Parser)]
#[command(after_help = "Example: sim planted > sim/planted.txt")]
pub(crate) struct Planted {
    /// How many class-S seeds each may take
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    seeds: u64,
}

/// The first seed that fails, and the rule that it breaks.
type Found = Option<(u64, &'static str)>;

/// Prints the table of bugs; false if one was not found, or if one was found where none was planted.
pub(crate) fn planted(options: &Planted) -> Result<Verdict, Misuse> {
    std::panic::set_hook(Box::new(|_| {}));
    output::line(format!("{:<28}{:<10}{:>12}", "bug", "rule", "seeds"));
    let known = all_failing(options.seeds);
    let mut missed = 0;
    for &bug in BUGS {
        plant(Some(bug));
        let found = search(options.seeds, &known);
        missed += u32::from(found.is_none());
        let (rule, seeds) =
            found.map_or(("-", "not found".into()), |(seed, rule)| (rule, (seed + 1).to_string()));
        output::line(format!("{:<28}{rule:<10}{seeds:>12}", format!("{bug:?}")));
    }
    plant(None);
    output::line(format!("{} of {} found", BUGS.len() - missed as usize, BUGS.len()));
    Ok(Verdict::of(missed == 0))
}

/// The seeds that fail without any of these bugs: they prove nothing.
fn all_failing(seeds: u64) -> BTreeSet<u64> {
    let (next, jobs) = (AtomicU64::new(0), thread::available_parallelism().map_or(1, usize::from));
    let known = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&seed| seed < seeds)
                {
                    let fails = swarm::run(&Plan::draw(seed, Some(Class::S)), Vec::new()).failure.is_some();
                    if let Some(mut known) = known.lock().ok().filter(|_| fails) {
                        known.insert(seed);
                    }
                }
            });
        }
    });
    known.into_inner().unwrap_or_default()
}

fn search(seeds: u64, known: &BTreeSet<u64>) -> Found {
    let (next, found) = (AtomicU64::new(0), Mutex::new(None));
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&seed| seed < seeds)
                {
                    let outcome = swarm::run(&Plan::draw(seed, Some(Class::S)), Vec::new());
                    if let Some(failure) = outcome.failure.filter(|_| !known.contains(&seed)) {
                        // Nobody takes a later seed; an earlier one may still be under way.
                        next.store(seeds, Ordering::Relaxed);
                        note(&found, seed, failure.violation.rule);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_default()
}

fn note(found: &Mutex<Found>, seed: u64, rule: &'static str) {
    if let Ok(mut found) = found.lock() {
        *found = (*found).into_iter().chain([(seed, rule)]).min();
    }
}
