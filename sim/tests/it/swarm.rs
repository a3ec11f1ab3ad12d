//! Whole runs of real nodes.

use sim::swarm::{self, Class, Outcome, Plan};
use sim::{Broken, Replay, Step};
use swim_core::Node;

fn run(seed: u64) -> Outcome {
    swarm::run(&Plan::draw(seed, Some(Class::S)), Vec::new())
}

#[test]
fn every_law_holds_in_the_first_seeds() {
    for seed in 0..24 {
        let outcome = run(seed);
        let explanation = outcome.failure.map(|failure| failure.explanation);
        assert_eq!(explanation, None, "{}", outcome.plan);
    }
}

#[test]
fn no_hostile_member_harms_the_honest_in_the_first_seeds() {
    for seed in 0..24 {
        let outcome = swarm::run(&Plan::draw(seed, Some(Class::Insider)), Vec::new());
        let explanation = outcome.failure.map(|failure| failure.explanation);
        assert_eq!(explanation, None, "{}", outcome.plan);
        assert!(outcome.marks.contains("hears while somebody with the key lies"), "{}", outcome.plan);
    }
}

#[test]
fn a_seed_is_the_same_run_twice() {
    let hashes = || [1, 2, 3].map(|seed| run(seed).hash);
    assert_eq!(hashes(), hashes());
}

/// The canary: a rule that cannot hold must fail, or nothing that passes means anything.
#[test]
fn a_rule_that_cannot_hold_is_broken_made_small_and_replayed() {
    let plan = Plan::draw(3, Some(Class::S));
    let failure = run_with_canary(&plan).failure.expect("the canary sings");
    assert_eq!(failure.violation.rule, "canary");
    let text = Replay::new(plan.clone(), "canary").text(&failure.violation);
    assert!(text.len() <= 10 * 1024, "{} bytes", text.len());
    let again = Replay::parse(&text).expect("a file").plan;
    assert_eq!(run_with_canary(&again).hash, run_with_canary(&plan).hash);
}

fn run_with_canary(plan: &Plan) -> Outcome {
    let canary = |step: &Step<'_, Node>| match step.now.as_nanos() {
        10_000_000_000.. => Err(Broken { rule: "canary", text: "it is late".into() }),
        _ => Ok(()),
    };
    swarm::run(plan, vec![Box::new(canary)])
}
