//! `sim sweep`: many seeds, side by side, told in the order of the seeds.

use std::time::Duration;

use sim::swarm::{self, Plan};

use crate::args::Sweep;
use crate::clock;
use crate::interrupt::Interrupt;
use crate::part::Work;
use crate::progress::Progress;
use crate::replay;
use crate::results::{SeedResult, Total};
use crate::verdict::{Misuse, Verdict};
use crate::workers::{in_order, jobs};

pub(crate) fn sweep(sweep: &Sweep) -> Result<Verdict, Misuse> {
    let (start, interrupt, jobs) = (clock::now(), Interrupt::watch()?, jobs(sweep.jobs));
    let work = Work::new(&sweep.seeds, sweep.shard, sweep.class);
    let wanted = work.seeds().count() as u64;
    let progress = Progress::new(wanted, "seeds");
    let mut total = Total::default();
    let plan = |seed| Plan::draw(seed, sweep.class.map(Into::into));
    let run = |seed| SeedResult::of(&swarm::run(&plan(seed), Vec::new()), sweep.class);
    let mut failed = Vec::new();
    work.print(sweep.json);
    in_order(work.seeds(), jobs, &interrupt, run, |result| {
        total.add(&result);
        failed.extend(result.failed().then_some(result.seed));
        progress.above(|| result.print(sweep.json));
        progress.step(&progress_note(&total));
    });
    drop(progress);
    total.complete = total.seeds == wanted;
    total.print(sweep.json);
    print_unused_switches(&total, sweep.json);
    tell_rate(&total, wanted, jobs, start.elapsed());
    if let Some(folder) = &sweep.save {
        failed
            .into_iter()
            .take(SAVED_MAX)
            .try_for_each(|seed| replay::save(&plan(seed), folder, &interrupt))?;
    }
    Ok(if total.complete { Verdict::of(total.failed == 0) } else { Verdict::Interrupted })
}

/// What there is to know beside the number of seeds.
fn progress_note(total: &Total) -> String {
    format!("{} faults injected, {} failed", total.faults, total.failed)
}

/// So many failing runs are made smaller: it takes a while.
const SAVED_MAX: usize = 3;

fn tell_rate(total: &Total, wanted: u64, jobs: usize, time: Duration) {
    if !total.complete {
        eprintln!("interrupted after {} of {wanted} seeds", total.seeds);
    }
    let seconds = time.as_secs_f64();
    eprintln!("{seconds:.1} s, {:.1} seeds/s on {jobs} threads", count(total.seeds) / seconds);
}

/// Names the switches that fired less often than a mark must be hit.
#[cfg(buggify)]
fn print_unused_switches(total: &Total, json: bool) {
    for (switch, times) in
        swim_core::fired().filter(|&(_, times)| !json && times < total.seeds / crate::marks::ONE_IN)
    {
        crate::output::line(format_args!("  hardly tested, {times} times: switch {switch}"));
    }
}

#[cfg(not(buggify))]
fn print_unused_switches(_: &Total, _: bool) {}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn count(seeds: u64) -> f64 {
    seeds as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_tells_how_many_faults_were_injected_so_far() {
        let mut total = Total::default();
        let faults = (0..3).map(|seed| {
            let outcome = swarm::run(&Plan::draw(seed, Some(swarm::Class::S)), Vec::new());
            total.add(&SeedResult::of(&outcome, None));
            outcome.faults
        });
        let faults: u64 = faults.sum();
        assert!(faults > 0);
        assert_eq!(progress_note(&total), format!("{faults} faults injected, 0 failed"));
    }
}
