//! `sim run seed`: one seed of a sweep, told in full.

use sim::page::Story;
use sim::swarm::{self, Plan};

use crate::args::{Class, Run};
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
    let command = command(run.seed, run.class.map(Class::name));
    if !run.json {
        output::styled(output::COMMAND, &command);
        output::line(&plan);
    }
    let recorders = Recorders::new(&run.record)?;
    let outcome = swarm::run(&plan, watchers(run.show, &recorders)?);
    let violation = outcome.failure.as_ref().map(|failure| &failure.violation);
    recorders.finish(&Story {
        title: format!("Seed {}", run.seed),
        command: format!("{command} --report run.html"),
        setting: format!("The seed means: {}.", outcome.plan),
        failure: violation.cloned(),
    })?;
    match &outcome.failure {
        _ if run.json => SeedResult::of(&outcome, run.class).print(true),
        Some(failure) => output::styled(output::BAD, failure.explanation.trim_end()),
        None => {
            let (calls, seconds, hash) = (outcome.calls, outcome.simulated.as_secs(), outcome.hash);
            output::line(format_args!(
                "good: {calls} calls in {seconds} simulated seconds, trace hash {hash}"
            ));
        }
    }
    Ok(Verdict::of_run(violation))
}

/// What makes the same run.
pub(crate) fn command(seed: u64, class: Option<&str>) -> String {
    let class = class.map_or_else(String::new, |class| format!(" --class {class}"));
    format!("sim run seed --seed {seed}{class}")
}
