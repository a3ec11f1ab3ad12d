//! From suspicion to refutation, or to death.

use swim_codec::{Incarnation, Message, Name, State, Status};
use swim_core::{Config, DropReason, Fact};

use crate::lab::{Lab, MS, Puppet, SECOND, claims, crowd, epoch, name, nonces_of_pings};

pub fn suspected(of: &Puppet, incarnation: u64, by: &Puppet) -> Message<'static> {
    claim(of, incarnation, Status::Suspect { by: by.id() })
}

fn claim(of: &Puppet, incarnation: u64, status: Status) -> Message<'static> {
    let leaked: &'static Puppet = Box::leak(Box::new(Puppet {
        name: of.name.clone(),
        addr: of.addr.clone(),
        epoch: of.epoch,
        ..Puppet::new("somebody", 0)
    }));
    Message::Claim(leaked.claim(incarnation, status))
}

/// The node itself, as a puppet would name it in a claim.
pub fn itself() -> Puppet {
    Puppet::new("node", 1)
}

fn failed(lab: &Lab) -> Vec<(Name, Option<Name>)> {
    let facts = lab.facts.iter();
    facts
        .filter_map(|fact| match fact {
            Fact::Failed { member, by } => Some((member.name.clone(), by.clone())),
            _ => None,
        })
        .collect()
}

/// A node that does not stretch its last attempts.
fn sure_of_itself() -> Config {
    let mut config = Config::lan();
    config.health_max = 0;
    config
}

#[test]
fn a_suspicion_learned_from_others_ends_in_death_here_too() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::with_members(sure_of_itself(), &[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 0, &carol)]);
    lab.pass_with(SECOND * 4 - MS, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
    lab.pass_with(MS * 2, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Dead));
    assert_eq!(failed(&lab), [(name("bob"), Some(name("node")))]);
}

#[test]
fn one_whom_nobody_suspected_is_not_buried_on_hearsay_and_has_the_least_time_to_refute() {
    let puppets = crowd(10);
    let all: Vec<_> = puppets.iter().collect();
    let (bob, others) = (all[0], &all[1..]);
    let dead = Status::Dead { by: others[0].id() };
    for told_before in [None, Some(0), Some(1)] {
        let mut lab = Lab::with_members(sure_of_itself(), &all);
        if let Some(incarnation) = told_before {
            lab.hear(others[1], &[suspected(bob, incarnation, others[1])]);
        }
        for _ in 0..7 {
            lab.hear(others[0], &[claim(bob, 1, dead)]);
            assert_eq!((lab.state(bob), failed(&lab)), (Some(State::Suspect), vec![]));
            lab.pass_with(MS * 250, others);
        }
        assert_eq!(lab.node.member("m0").map(|bob| bob.incarnation()), Some(Incarnation::new(1)));
        let least = lab.node.config().suspicion_time(lab.node.members().len(), u8::MAX);
        lab.pass_with(least - MS * 1_750, others);
        assert_eq!(failed(&lab), [(name("m0"), Some(name("node")))]);
    }
}

#[test]
fn one_who_is_said_to_be_dead_may_refute() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[claim(&bob, 0, Status::Dead { by: carol.id() })]);
    let accused = |lab: &Lab, to| claims(&lab.told(to), "bob").any(|c| c.status.state() == State::Suspect);
    lab.pass_with(SECOND, &[&bob, &carol]);
    assert!(accused(&lab, &bob) && accused(&lab, &carol), "the accused hears of it, and the others");
    lab.hear(&bob, &[claim(&bob, 1, Status::Alive)]);
    lab.pass_with(SECOND * 60, &[&bob, &carol]);
    assert_eq!((lab.state(&bob), failed(&lab)), (Some(State::Alive), vec![]));
}

#[test]
fn a_death_is_believed_at_once_of_one_who_had_half_of_the_least_time_to_refute() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 0, &carol)]);
    lab.pass_with(SECOND * 2, &[&carol]);
    lab.hear(&carol, &[claim(&bob, 0, Status::Dead { by: carol.id() })]);
    assert_eq!(failed(&lab), [(name("bob"), Some(name("carol")))]);
}

#[test]
fn a_suspicion_heard_again_does_not_start_its_time_anew() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::with_members(sure_of_itself(), &[&bob, &carol]);
    for _ in 0..8 {
        lab.hear(&carol, &[suspected(&bob, 0, &carol)]);
        lab.pass_with(MS * 500, &[&carol]);
    }
    lab.pass_with(MS, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Dead));
}

#[test]
fn a_member_that_refutes_in_time_lives() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 0, &carol)]);
    lab.pass_with(SECOND, &[&bob, &carol]);
    lab.hear(&bob, &[claim(&bob, 1, Status::Alive)]);
    assert!(matches!(lab.facts.last(), Some(Fact::Refuted { member }) if member.name == name("bob")));
    lab.pass_with(SECOND * 60, &[&bob, &carol]);
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn the_same_incarnation_cannot_refute() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 0, &carol)]);
    lab.hear(&bob, &[claim(&bob, 0, Status::Alive)]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
}

#[test]
fn an_older_suspicion_has_no_effect() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&bob, &[claim(&bob, 5, Status::Alive)]);
    lab.hear(&carol, &[suspected(&bob, 4, &carol)]);
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn a_death_with_a_larger_incarnation_beats_an_older_sign_of_life() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 7, &carol)]);
    lab.pass_with(SECOND * 2, &[&carol]);
    lab.hear(&carol, &[claim(&bob, 7, Status::Dead { by: carol.id() })]);
    lab.hear(&carol, &[claim(&bob, 6, Status::Alive)]);
    lab.hear(&carol, &[claim(&bob, 7, Status::Alive)]);
    assert_eq!(lab.state(&bob), Some(State::Dead));
    lab.hear(&bob, &[claim(&bob, 8, Status::Alive)]);
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn a_later_life_is_alive_whatever_was_said_of_the_earlier_one() {
    let bob = Puppet::new("bob", 2);
    for status in [Status::Dead { by: bob.id() }, Status::Left, Status::Suspect { by: bob.id() }] {
        let mut lab = Lab::knowing(&[&bob]);
        lab.hear(&bob, &[claim(&bob, 1_000, status)]);
        let reborn = Puppet { epoch: epoch(11), ..Puppet::new("bob", 2) };
        lab.hear(&reborn, &[claim(&reborn, 0, Status::Alive)]);
        assert_eq!(lab.state(&bob), Some(State::Alive), "{status:?}");
    }
}

#[test]
fn whoever_left_cannot_be_brought_back_by_old_news() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.part(&bob, 3);
    for incarnation in 0..=3 {
        lab.hear(&carol, &[claim(&bob, incarnation, Status::Alive)]);
        lab.hear(&carol, &[suspected(&bob, incarnation, &carol)]);
    }
    assert_eq!(lab.state(&bob), Some(State::Left));
}

#[test]
fn whoever_was_gone_before_we_heard_of_it_cannot_be_brought_in_by_old_news() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    lab.hear(&carol, &[claim(&bob, 3, Status::Dead { by: carol.id() })]);
    lab.hear(&carol, &[claim(&bob, 3, Status::Alive)]);
    assert_eq!((lab.state(&bob), lab.facts.len()), (None, 0));
    lab.pass_with(SECOND * 5, &[&carol]);
    assert_eq!(claims(&lab.told(&carol), "bob").count(), 0, "hearsay is not passed on");
    lab.hear(&bob, &[claim(&bob, 4, Status::Alive)]);
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn a_gone_member_is_forgotten_when_its_tombstone_has_had_its_time() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut config = swim_core::Config::lan();
    config.tombstone = SECOND * 60;
    let mut lab = Lab::with_members(config, &[&bob, &carol]);
    lab.hear(&bob, &[claim(&bob, 0, Status::Left)]);
    lab.pass_with(SECOND * 59, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Left));
    assert_eq!(lab.node.departed().count(), 1);
    lab.pass_with(SECOND * 2, &[&carol]);
    assert_eq!(lab.state(&bob), None);
    assert!(matches!(lab.facts.last(), Some(Fact::Forgotten { member }) if *member == name("bob")));
}

#[test]
fn the_accused_refutes_with_an_incarnation_above_the_accusation() {
    let bob = Puppet::new("bob", 2);
    for status in [Status::Suspect { by: bob.id() }, Status::Dead { by: bob.id() }, Status::Left] {
        let mut lab = Lab::knowing(&[&bob]);
        lab.hear(&bob, &[claim(&itself(), 41, status)]);
        assert_eq!(lab.node.local().incarnation(), Incarnation::new(42));
        assert_eq!(lab.node.local().state(), State::Alive);
        lab.pass_with(SECOND, &[&bob]);
        let told = lab.told(&bob);
        assert!(claims(&told, "node").any(|c| c.incarnation.get() == 42 && c.status == Status::Alive));
    }
}

#[test]
fn an_accusation_of_an_earlier_incarnation_needs_no_refutation() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[suspected(&itself(), 41, &bob)]);
    lab.hear(&bob, &[suspected(&itself(), 41, &bob)]);
    assert_eq!(lab.node.local().incarnation(), Incarnation::new(42));
    assert_eq!(lab.node.stats().refutations, 1);
}

#[test]
fn an_accusation_of_an_earlier_life_is_answered_with_the_present_one() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass_with(SECOND * 30, &[&bob]);
    lab.clear();
    let former = Puppet { epoch: epoch(9), ..itself() };
    lab.hear(&bob, &[claim(&former, 100, Status::Dead { by: bob.id() })]);
    lab.pass_with(SECOND, &[&bob]);
    let told = lab.told(&bob);
    assert!(claims(&told, "node").any(|claim| claim.epoch == epoch(10)), "{told:?}");
}

#[test]
fn an_absurd_incarnation_is_counted_and_believed_neither_of_us_nor_of_others() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    for incarnation in [(1 << 20) + 1, u64::MAX - 1, u64::MAX] {
        let itself = Puppet { epoch: lab.node.local().epoch(), ..itself() };
        lab.hear(&carol, &[suspected(&itself, incarnation, &carol), suspected(&bob, incarnation, &carol)]);
    }
    assert_eq!(lab.dropped(DropReason::AbsurdIncarnation), 6);
    assert_eq!(lab.node.local().incarnation(), Incarnation::new(0));
    assert_eq!(lab.state(&bob), Some(State::Alive));
}

#[test]
fn a_node_whose_clock_went_back_takes_an_epoch_above_its_former_life() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.set(lab.now, "port", b"80").expect("a valid register");
    let former = Puppet { epoch: epoch(500), ..itself() };
    lab.hear(&bob, &[claim(&former, 3, Status::Dead { by: bob.id() })]);
    assert_eq!(lab.node.local().epoch(), epoch(501));
    lab.pass_with(SECOND, &[&bob]);
    let told = lab.told(&bob);
    assert!(claims(&told, "node").any(|claim| claim.epoch == epoch(501) && claim.status == Status::Alive));
    assert!(
        told.iter().any(|m| matches!(m, Message::Register(r) if r.key == "port" && r.epoch == epoch(501)))
    );
}

#[test]
fn an_outdated_accusation_is_answered_with_what_is_known() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&bob, &[claim(&bob, 5, Status::Alive)]);
    lab.pass_with(SECOND * 30, &[&bob, &carol]);
    for status in [Status::Suspect { by: carol.id() }, Status::Dead { by: carol.id() }] {
        lab.clear();
        lab.hear(&carol, &[claim(&bob, 4, status)]);
        assert_eq!(lab.told(&carol), [claim(&bob, 5, Status::Alive)]);
    }
}

#[test]
fn one_datagram_of_outdated_accusations_is_answered_with_one_correction() {
    let puppets: Vec<_> = (2..12).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    for puppet in &all {
        lab.hear(puppet, &[claim(puppet, 5, Status::Alive)]);
    }
    lab.clear();
    let accusations: Vec<_> = all.iter().map(|puppet| suspected(puppet, 1, all[0])).collect();
    lab.hear(all[0], &accusations);
    assert_eq!(lab.sent.len(), 1);
}

#[test]
fn an_unknown_address_is_not_corrected() {
    let (bob, stranger) = (Puppet::new("bob", 2), Puppet::new("stranger", 3));
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[claim(&bob, 5, Status::Alive)]);
    lab.clear();
    lab.hear(&stranger, &[suspected(&bob, 4, &stranger)]);
    assert_eq!(lab.sent.len(), 0);
}

#[test]
fn a_flood_of_accusations_is_refuted_once_per_gossip_interval_and_above_the_largest() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    for incarnation in 0..100 {
        lab.hear(&bob, &[suspected(&itself(), incarnation, &bob)]);
    }
    assert_eq!(lab.node.stats().refutations, 1);
    lab.pass_with(MS * 201, &[&bob]);
    assert_eq!(lab.node.stats().refutations, 2);
    assert_eq!(lab.node.local().incarnation(), Incarnation::new(100));
}

#[test]
fn when_time_goes_backwards_nobody_is_harmed() {
    use swim_core::{Instant, Machine as _};
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass_with(SECOND * 100, &[&bob]);
    let deadline = lab.node.poll_timeout();
    lab.node.handle_timeout(Instant::ZERO);
    assert_eq!(lab.node.poll_timeout(), deadline);
}

#[test]
fn a_member_that_was_buried_by_mistake_has_twice_the_time_to_refute_for_a_while() {
    let puppets: Vec<_> = (0..9).map(|i| Puppet::new(&format!("m{i}"), 100 + i)).collect();
    let all: Vec<_> = puppets.iter().collect();
    let (bob, others) = (all[0], &all[1..]);
    let mut lab = Lab::with_members(sure_of_itself(), &all);
    let mut times = vec![];
    for (incarnation, rest) in [(0, SECOND), (1, SECOND * 60), (2, SECOND)] {
        let began = lab.now;
        for accuser in &others[..3] {
            lab.hear(accuser, &[suspected(bob, incarnation, accuser)]);
        }
        while lab.state(bob) != Some(State::Dead) {
            lab.pass_with(SECOND / 10, others);
            assert!(lab.now.since(began) < SECOND * 60);
        }
        times.push(lab.now.since(began).as_secs());
        lab.hear(bob, &[claim(bob, incarnation + 1, Status::Alive)]);
        lab.pass_with(rest, &all);
    }
    assert_eq!(times, [4, 8, 4]);
}

/// A node with two members, of whom bob has just refuted what carol said.
fn refuted() -> (Lab, Puppet, Puppet) {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 0, &carol)]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
    lab.hear(&bob, &[claim(&bob, 1, Status::Alive)]);
    lab.clear();
    (lab, bob, carol)
}

#[test]
fn who_refuted_lately_is_asked_before_others_are_believed_that_it_is_suspect_or_dead() {
    let by = Puppet::new("carol", 3).id();
    for accused in [Status::Suspect { by }, Status::Dead { by }] {
        let (mut lab, bob, carol) = refuted();
        for _ in 0..9 {
            lab.hear(&carol, &[claim(&bob, 1, accused)]);
            assert_eq!((lab.state(&bob), lab.facts.len()), (Some(State::Alive), 0));
            lab.pass_with(MS * 100, &[&bob, &carol]);
        }
        assert!(nonces_of_pings(&lab, &bob).len() <= 3, "two questions, the first of them lost, and a probe");
        lab.pass_with(MS * 500, &[&bob, &carol]);
        assert_eq!(lab.dropped(DropReason::FalseAccusation), 1);
        let told = lab.told(&bob);
        assert!(claims(&told, "bob").any(|told| told.status == accused), "so that it can refute");
    }
}

#[test]
fn who_refuted_lately_and_does_not_answer_three_times_is_suspected() {
    let by = Puppet::new("carol", 3).id();
    for accused in [Status::Suspect { by }, Status::Dead { by }] {
        let (mut lab, bob, carol) = refuted();
        lab.hear(&carol, &[claim(&bob, 1, accused)]);
        lab.pass_with(MS * 740, &[&carol]);
        assert_eq!(lab.state(&bob), Some(State::Alive));
        lab.pass_with(MS * 20, &[&carol]);
        assert_eq!(lab.state(&bob), Some(State::Suspect));
        assert_eq!(lab.dropped(DropReason::FalseAccusation), 0);
    }
}

#[test]
fn who_refuted_long_ago_is_suspected_at_once() {
    let (mut lab, bob, carol) = refuted();
    let least = lab.node.config().suspicion_time(3, u8::MAX);
    lab.pass_with(least * 10, &[&bob, &carol]);
    lab.hear(&carol, &[suspected(&bob, 1, &carol)]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
}

#[test]
fn about_thirty_nodes_of_a_large_cluster_ask_who_refuted_lately() {
    let puppets = crowd(320);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    let (witness, accused) = puppets.split_first().expect("many");
    for some in accused.chunks(50) {
        let all = |incarnation, status| -> Vec<_> {
            some.iter().map(|puppet| claim(puppet, incarnation, status)).collect()
        };
        lab.hear(witness, &all(0, Status::Suspect { by: witness.id() }));
        lab.hear(witness, &all(1, Status::Alive));
        lab.hear(witness, &all(1, Status::Suspect { by: witness.id() }));
    }
    let not_believed = accused.iter().filter(|puppet| lab.state(puppet) == Some(State::Alive)).count();
    assert!((16..=48).contains(&not_believed), "{not_believed} of 319 are asked");
}

#[test]
fn who_doubts_itself_puts_off_no_suspicion() {
    let (mut lab, bob, carol) = refuted();
    for incarnation in 0..4 {
        lab.hear(&carol, &[suspected(&itself(), incarnation, &carol)]);
        lab.pass_with(MS * 201, &[&bob, &carol]);
    }
    assert!(lab.node.health() > 2);
    lab.hear(&carol, &[suspected(&bob, 1, &carol)]);
    lab.pass_with(MS * 760, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
}
