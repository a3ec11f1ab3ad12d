//! `sim run seed`: one seed of a sweep, told in full.

use sim::page::Story;
use sim::swarm::{self, Plan};

use crate::args::Run;
use crate::output;
use crate::record::Recorders;
use crate::results::SeedResult;
use crate::run::watchers;
use crate::verdict::{Misuse, Verdict};

pub(crate) fn seed(run: &Run) -> Result<Verdict, Misuse> {
    if run.nodes.is_some() {
        return Err(Misuse::new("a seed decides how many nodes there are; --nodes is for scenarios"));
    }
    let plan = Plan::draw(run.seed, run.class.map(Into::into));
    if !run.json {
        output::styled(output::COMMAND, &plan);
    }
    let recorders = Recorders::new(&run.record)?;
    let outcome = swarm::run(&plan, watchers(run.events, &recorders));
    recorders.finish(&Story {
        title: format!("Seed {}", run.seed),
        command: format!("sim run seed --seed {} --report run.html", run.seed),
        setting: format!("The seed means: {}.", outcome.plan),
        failure: outcome.failure.as_ref().map(|failure| failure.violation.clone()),
    })?;
    match &outcome.failure {
        _ if run.json => SeedResult::of(&outcome, run.class).print(true),
        Some(failure) => output::styled(output::BAD, failure.explanation.trim_end()),
        None => {
            let (calls, seconds) = (outcome.calls, outcome.simulated.as_secs());
            let hash = outcome.hash.map_or_else(String::new, |hash| hash.to_string());
            output::line(format_args!(
                "good: {calls} calls in {seconds} simulated seconds, trace hash {hash}"
            ));
        }
    }
    Ok(Verdict::of(outcome.failure.is_none()))
}
