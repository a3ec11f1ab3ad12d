//! All orders of deliveries and timeouts among three nodes, within bounds: what is said of one of them, the *subject*,
//! and what the other two, the *observers*, come to believe.
//!
//! The real code takes every step: a [`Node`](swim_core::Node) is brought to a belief, gets one input, and is asked for its
//! belief (`actor`). `search` goes through all orders of such steps and drops the worlds that it has seen. A world is
//! what the three believe and what any of them ever believed, for a node may say that at any time, and what was said
//! may be heard by anybody, at any time, any number of times, or never. So loss, delay, repetition and disorder are no
//! steps of their own, and whoever takes no more steps has crashed. The subject may leave once and restart once.
//!
//! What is left out: time is nothing, or as much silence as the next verdict takes; who is at which address does not change;
//! and only one member is talked about, as claims about one do not touch the row of another, which every step checks.
//!
//! `INCARNATIONS=5 cargo test --release -p swim-core --test model -- --nocapture` goes further than the usual 3.

mod actor;
mod search;

#[cfg(planted)]
mod planted {
    use std::panic::catch_unwind;

    use swim_core::{Bug, plant};

    use crate::actor::really;
    use crate::search::Search;

    /// Those that this model can see: bugs of merging, accusing and refuting.
    const BUGS: [Bug; 7] = [
        Bug::OlderClaimsWin,
        Bug::LifeBeatsSuspicion,
        Bug::IgnoresEpochs,
        Bug::DeathIsFinal,
        Bug::NeverRefutes,
        Bug::CallsDeathLeaving,
        Bug::NeverBuries,
    ];

    /// By a law, or because a node cannot even be brought to a belief.
    #[test]
    fn bugs_in_the_real_code_are_found() {
        for bug in BUGS {
            plant(Some(bug));
            match catch_unwind(|| Search::new(2, really).run()) {
                Ok(Ok(found)) => {
                    panic!("{bug:?} is not found in {} worlds, {} steps", found.worlds, found.steps)
                }
                Ok(Err(broken)) => println!("{bug:?}: {broken}"),
                Err(_) => println!("{bug:?}: a panic, see above"),
            }
        }
    }
}

#[cfg(not(planted))]
mod tests {
    use std::env;

    use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert_eq, prop_oneof, proptest};
    use swim_core::State;

    use crate::actor::{Actor, Belief, Input, Role, really};
    use crate::search::Search;

    const STATES: [State; 4] = [State::Alive, State::Suspect, State::Dead, State::Left];
    const INCARNATIONS: u8 = 3;

    #[test]
    fn every_law_holds_in_every_order_of_steps_of_three_nodes() {
        let incarnations =
            env::var("INCARNATIONS").map_or(INCARNATIONS, |text| text.parse().expect("a number"));
        let found = Search::new(incarnations, really).run().unwrap_or_else(|broken| panic!("{broken}"));
        println!("incarnations up to {incarnations}: {} worlds, {} steps", found.worlds, found.steps);
        assert!(found.worlds > 10_000, "the search hardly began");
    }

    /// Each pair of claims in both orders, and each claim twice, whatever was believed before: so any permutation and
    /// repetition of any claims gives the same belief, when those who were accused have had their time.
    #[test]
    fn claims_may_come_in_any_order_and_any_number_of_times() {
        let mut steps = Search::new(INCARNATIONS, really);
        let mut hear = |belief, claim| steps.after(Role::Observer, belief, Input::Hear(claim));
        for belief in beliefs() {
            for one in beliefs() {
                let after_one = hear(belief, one);
                assert_eq!(hear(after_one, one), after_one, "{belief}, then {one} twice");
                for other in beliefs() {
                    let after_other = hear(belief, other);
                    assert_eq!(
                        verdict(hear(after_one, other)),
                        verdict(hear(after_other, one)),
                        "{belief}, then {one} and {other}"
                    );
                }
            }
        }
    }

    /// What becomes of a belief if nobody refutes.
    fn verdict(belief: Belief) -> Belief {
        let state = if belief.state == State::Suspect { State::Dead } else { belief.state };
        Belief { state, ..belief }
    }

    fn beliefs() -> impl Iterator<Item = Belief> {
        let lives = (1..=2).flat_map(|epoch| (0..=INCARNATIONS).map(move |incarnation| (epoch, incarnation)));
        lives.flat_map(|(epoch, incarnation)| STATES.map(|state| Belief { epoch, incarnation, state }))
    }

    #[track_caller]
    fn is_found(wrong: impl FnMut(Role, Belief, Input) -> Belief, law: &str) {
        let broken = Search::new(INCARNATIONS, wrong).run().err().expect("a bug that is not found");
        assert!(broken.starts_with(law), "not {law}, but {broken}");
    }

    /// An observer that hears a claim, if this says so, takes it for the truth.
    fn gullible(when: fn(Belief, Belief) -> bool) -> impl FnMut(Role, Belief, Input) -> Belief {
        move |role, belief, input| match (role, input) {
            (Role::Observer, Input::Hear(claim)) if when(belief, claim) => claim,
            _ => really(role, belief, input),
        }
    }

    #[test]
    fn an_observer_that_believes_older_claims_is_found() {
        is_found(gullible(|belief, claim| claim.life() < belief.life()), "S1");
    }

    #[test]
    fn a_death_that_a_sign_of_the_same_life_undoes_is_found() {
        is_found(
            gullible(|belief, claim| claim.life() == belief.life() && claim.state == State::Alive),
            "S3",
        );
    }

    #[test]
    fn an_accusation_of_what_the_subject_never_said_is_found() {
        is_found(
            |role, belief, input| {
                let after = really(role, belief, input);
                let invents = input == Input::Silence && belief.state == State::Alive;
                Belief { incarnation: after.incarnation + u8::from(invents), ..after }
            },
            "S2",
        );
    }

    #[test]
    fn a_farewell_in_somebody_elses_name_is_found() {
        is_found(
            |role, belief, input| match really(role, belief, input) {
                after if input == Input::Silence && after.state == State::Dead => {
                    Belief { state: State::Left, ..after }
                }
                after => after,
            },
            "S5",
        );
    }

    #[test]
    fn a_subject_that_does_not_refute_is_found() {
        is_found(
            |role, belief, input| match role {
                Role::Subject if input != Input::Leave => belief,
                _ => really(role, belief, input),
            },
            "agreement",
        );
    }

    #[test]
    fn an_observer_that_never_buries_is_found() {
        is_found(
            |role, belief, input| match (input, belief.state) {
                (Input::Silence, State::Suspect) => belief,
                _ => really(role, belief, input),
            },
            "completeness",
        );
    }

    fn claims() -> impl Strategy<Value = Belief> {
        let states =
            prop_oneof![Just(State::Alive), Just(State::Suspect), Just(State::Dead), Just(State::Left)];
        (1..=2u8, 0..=INCARNATIONS, states).prop_map(|(epoch, incarnation, state)| Belief {
            epoch,
            incarnation,
            state,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A step does not depend on how a node came to its belief.
        #[test]
        fn an_observer_that_lives_through_it_all_believes_what_a_new_one_does(
            inputs in prop::collection::vec(
                prop_oneof![3 => claims().prop_map(Input::Hear), 1 => Just(Input::Silence)], 1..16,
            ),
        ) {
            let mut actor = Actor::new(Role::Observer, 1);
            for input in inputs {
                let before = actor.belief();
                actor.take(input);
                prop_assert_eq!(actor.belief(), really(Role::Observer, before, input));
            }
        }

        #[test]
        fn a_subject_that_lives_through_it_all_says_what_a_new_one_does(
            epoch in 1..=2u8,
            claims in prop::collection::vec(claims(), 1..8),
        ) {
            let mut actor = Actor::new(Role::Subject, epoch);
            for claim in claims.into_iter().filter(|claim| claim.epoch <= epoch) {
                let before = actor.belief();
                actor.take(Input::Hear(claim));
                prop_assert_eq!(actor.belief(), really(Role::Subject, before, Input::Hear(claim)));
            }
        }
    }
}
