//! `sim run seed`: one seed of a sweep, told in full.

use sim::page::Story;
use sim::swarm;

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
    if !run.json {
        output::styled(output::COMMAND, swarm::Options::draw(run.seed));
    }
    let recorders = Recorders::new(&run.record)?;
    let outcome = swarm::run(run.seed, watchers(run, &recorders));
    recorders.finish(&Story {
        title: format!("Seed {}", run.seed),
        command: format!("sim run seed --seed {} --report run.html", run.seed),
        setting: format!("The seed means: {}.", outcome.options),
        failure: outcome.failure.as_ref().map(|failure| failure.violation.clone()),
    })?;
    match &outcome.failure {
        _ if run.json => SeedResult::of(&outcome).print(true),
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
