//! `swim demo`: a cluster on this machine, and what its nodes see.
//!
//! Which steps there are and who plays which part is always the same; everything happens on real sockets, so the
//! times are real.

mod adapter;
mod bounds;
mod cast;
mod cluster;
mod report;
mod steps;
mod tell;
mod times;

use std::time::Duration;

use crate::cli::DemoArgs;
use crate::clock::Clock;
pub(crate) use crate::demo::adapter::Adapter;
use crate::demo::bounds::Bounds;
use crate::demo::cast::Cast;
use crate::demo::cluster::Cluster;
use crate::demo::report::Report;
use crate::demo::steps::Step;
use crate::demo::times::Times;
use crate::output::readable;
use crate::problem::Problem;

pub(crate) fn run(args: &DemoArgs, clock: Clock) -> Result<(), Problem> {
    let mut stage = Stage::open(args, clock)?;
    let played = stage.play();
    stage.report.close(&stage.times, &stage.cast, played.as_ref().err())?;
    played
}

/// Everything that a step needs.
struct Stage {
    clock: Clock,
    cast: Cast,
    cluster: Cluster,
    bounds: Bounds,
    report: Report,
    times: Times,
}

impl Stage {
    fn open(args: &DemoArgs, clock: Clock) -> Result<Self, Problem> {
        let cast = Cast::of(args.nodes);
        let mut cluster = Cluster::new(clock, args.adapter)?;
        for name in cast.everybody() {
            cluster.start(name)?;
        }
        let bounds = Bounds::new(cluster.config().clone(), args.nodes);
        let report = Report::open(args.json, &cluster, &cast, clock.now())?;
        Ok(Self { clock, cast, cluster, bounds, report, times: Times::default() })
    }

    fn play(&mut self) -> Result<(), Problem> {
        Step::ALL.into_iter().try_for_each(|step| self.perform(step))
    }

    /// Makes something happen, and watches until everybody has seen it.
    fn perform(&mut self, step: Step) -> Result<(), Problem> {
        let bound = step.bound(&self.bounds);
        self.report.begin(step, &self.cast, self.clock.now(), bound)?;
        let began = self.clock.now();
        step.cause(&mut self.cluster, &self.cast)?;
        self.watch(step, began, bound)
    }

    fn watch(&mut self, step: Step, began: Duration, bound: Duration) -> Result<(), Problem> {
        let mut blind = step.observers(&self.cast);
        let mut took = Duration::ZERO;
        while !blind.is_empty() {
            let Some(sighting) = self.cluster.next_sighting(began + bound) else {
                return Err(self.missed(step, bound, &blind));
            };
            took = sighting.at.saturating_sub(began);
            self.times.note(&sighting.fact, &self.cast, took);
            self.report.sighting(step, &self.cast, &sighting, took)?;
            if step.is_seen_in(&sighting, &self.cast) {
                blind.remove(&sighting.observer);
            }
        }
        self.times.end(step, took);
        self.report.end(step, &self.cast, self.clock.now(), took)
    }

    fn missed(&self, step: Step, bound: Duration, blind: &steps::Observers) -> Problem {
        let blind: Vec<_> = blind.iter().map(swim_core::Name::as_str).collect();
        Problem::failed(format!(
            "{}: not within {}; still missing: {}. Is this machine very busy, or UDP on 127.0.0.1 blocked? -vv tells more",
            step.goal(&self.cast),
            readable(bound),
            blind.join(", ")
        ))
    }
}
