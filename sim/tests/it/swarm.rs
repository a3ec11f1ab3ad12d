//! Whole runs of real nodes.

use sim::swarm::{self, Class, Outcome, Plan};
use sim::{Broken, NodeId, Replay, Step, shrink};
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
    let small = shrink(&plan, sings);
    assert!(small.nodes < plan.nodes && small.strikes.len() < plan.strikes.len(), "{small}");
    assert_eq!(shrink(&small, sings), small, "it gets no smaller");
    let outcome = run_with_canary(&small);
    let violation = outcome.failure.expect("it still sings").violation;
    assert_eq!(violation.rule, "canary");
    let text = Replay::new(small, "canary").text(&violation);
    assert!(text.len() <= Replay::READABLE, "{} bytes", text.len());
    let again = Replay::parse(&text).expect("a file").plan;
    assert_eq!(run_with_canary(&again).hash, outcome.hash);
}

fn sings(plan: &Plan) -> bool {
    run_with_canary(plan).failure.is_some_and(|failure| failure.violation.rule == "canary")
}

fn run_with_canary(plan: &Plan) -> Outcome {
    let canary = |step: &Step<'_, Node>| match step.now.as_nanos() {
        10_000_000_000.. => Err(Broken { rule: "canary", text: "it is late".into() }),
        _ => Ok(()),
    };
    swarm::run(plan, vec![Box::new(canary)])
}

#[test]
fn a_panic_is_told_with_its_node_and_time_and_what_came_before() {
    let plan = Plan::draw(3, Some(Class::S));
    let outcome = swarm::run(&plan, vec![Box::new(panic_at_ten_seconds)]);
    let failure = outcome.failure.expect("it panicked");
    assert_eq!((failure.violation.rule, failure.violation.node), ("S15", NodeId(1)));
    assert!((10..20).contains(&(failure.violation.time.as_nanos() / 1_000_000_000)), "{}", failure.violation);
    assert!(failure.violation.text.starts_with("panic at the call \""), "{}", failure.violation);
    assert!(failure.violation.text.ends_with(": it is late"), "{}", failure.violation);
    assert!(failure.explanation.contains("last calls of n1:\n  "), "{}", failure.explanation);
    assert!(outcome.calls > 100 && outcome.marks.contains("call: start"));
}

pub(crate) fn panic_at_ten_seconds(step: &Step<'_, Node>) -> Result<(), Broken> {
    assert!(step.node != NodeId(1) || step.now.as_nanos() < 10_000_000_000, "it is late");
    Ok(())
}
