//! Whole runs of real nodes.

use sim::swarm;

#[test]
fn every_law_holds_in_the_first_seeds() {
    for seed in 0..24 {
        let outcome = swarm::run(seed, Vec::new());
        let explanation = outcome.failure.map(|failure| failure.explanation);
        assert_eq!(explanation, None, "{}", outcome.options);
    }
}

#[test]
fn a_seed_is_the_same_run_twice() {
    let hashes = || [1, 2, 3].map(|seed| swarm::run(seed, Vec::new()).hash);
    assert_eq!(hashes(), hashes());
}
