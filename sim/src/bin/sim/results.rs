//! What came of seeds: one line each, and a sum.

use serde::{Deserialize, Serialize, Serializer};
use sim::swarm::Outcome;

use crate::args::Class;
use crate::marks::Coverage;
use crate::{output, seed};

/// What came of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeedResult {
    pub(crate) seed: u64,
    pub(crate) class: Option<String>,
    plan: String,
    /// What it came by.
    pub(crate) marks: Vec<String>,
    rule: Option<String>,
    violation: Option<String>,
    calls: u64,
    datagrams: u64,
    faults: u64,
    simulated_seconds: f64,
    pub(crate) hash: String,
    /// Several lines for a person.
    explanation: Option<String>,
}

/// The sum of many seeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Total {
    pub(crate) seeds: u64,
    pub(crate) failed: u64,
    /// Whether these are all seeds that were to be run.
    pub(crate) complete: bool,
    calls: u64,
    datagrams: u64,
    pub(crate) faults: u64,
    simulated_seconds: f64,
    /// Of the hashes of all seeds in their order.
    #[serde(serialize_with = "in_hexadecimal")]
    hash: u128,
    #[serde(rename = "hardly_tested")]
    pub(crate) coverage: Coverage,
}

impl SeedResult {
    pub(crate) fn of(outcome: &Outcome, class: Option<Class>) -> Self {
        let failure = outcome.failure.as_ref();
        let violation = failure.map(|failure| &failure.violation);
        Self {
            class: class.map(|class| class.name().into()),
            marks: outcome.marks.iter().map(|&mark| mark.into()).collect(),
            seed: outcome.plan.seed,
            plan: outcome.plan.to_string(),
            rule: violation.map(|violation| violation.rule.into()),
            violation: violation.map(ToString::to_string),
            calls: outcome.calls,
            datagrams: outcome.datagrams,
            faults: outcome.faults,
            simulated_seconds: outcome.simulated.as_secs_f64(),
            hash: outcome.hash.to_string(),
            explanation: failure.map(|failure| failure.explanation.clone()),
        }
    }

    pub(crate) fn failed(&self) -> bool {
        self.violation.is_some()
    }

    /// As JSON, or, if it failed, for a person.
    pub(crate) fn print(&self, json: bool) {
        if json {
            return print_json(self);
        }
        let Self { seed, class, plan, explanation: Some(explanation), .. } = self else { return };
        let again = seed::command(*seed, class.as_deref());
        output::styled(output::BAD, plan);
        output::line(format_args!("{}\nagain: {again} --events\n", explanation.trim_end()));
    }
}

impl Total {
    pub(crate) fn add(&mut self, result: &SeedResult) {
        let hash = u128::from_str_radix(&result.hash, 16);
        self.seeds += 1;
        self.coverage.add(result);
        self.failed += u64::from(result.violation.is_some());
        self.calls += result.calls;
        self.datagrams += result.datagrams;
        self.faults += result.faults;
        self.simulated_seconds += result.simulated_seconds;
        self.hash = self.hash.rotate_left(1) ^ hash.unwrap_or_default();
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            return print_json(self);
        }
        let Self { seeds, failed, calls, datagrams, faults, simulated_seconds, hash, .. } = self;
        let hours = simulated_seconds / 3600.0;
        let style = if *failed == 0 { output::GOOD } else { output::BAD };
        output::line(format_args!(
            "{style}{seeds} seeds, {failed} failed{style:#}: {faults} faults, {calls} calls, {datagrams} datagrams, {hours:.1} simulated hours, hash {hash:032x}"
        ));
        let coverage = self.coverage.to_string();
        coverage.lines().for_each(output::line);
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn in_hexadecimal<S: Serializer>(hash: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{hash:032x}"))
}

fn print_json(object: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(object) {
        output::line(text);
    }
}
