//! Whole runs of real nodes.

use std::time::Duration;

use sim::scenario::Crash;
use sim::swarm::{self, Class, Outcome, Plan};

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
fn a_seed_is_the_same_run_twice() {
    let hashes = || [1, 2, 3].map(|seed| run(seed).hash);
    assert_eq!(hashes(), hashes());
}

#[test]
fn everybody_learns_of_a_crash() {
    let report = Crash { nodes: 16, seed: 1 }.run();
    assert_eq!(report.violation, None);
    assert!(report.boot.is_some_and(|time| time <= Duration::from_secs(10)), "{report}");
    assert!(report.first_suspicion.is_some_and(|time| time <= Duration::from_secs(8)), "{report}");
    assert!(
        report.first_suspicion < report.first_death && report.first_death <= report.all_informed,
        "{report}"
    );
    assert!(report.all_informed.is_some_and(|time| time <= Duration::from_secs(20)), "{report}");
}
