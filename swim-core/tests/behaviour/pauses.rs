//! Standing still for a while, and what is not held against others for it.

use std::time::Duration;

use swim_codec::{Ack, Fingerprint, Message, State, Status};
use swim_core::{Config, Fact, Machine as _, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, ack, addr, crowd, epoch, nonces_of_pings};
use crate::streams::{connects, last_dialed};

fn suspected<'a>(of: &'a Puppet, by: &Puppet) -> Message<'a> {
    Message::Claim(of.claim(0, Status::Suspect { by: by.id() }))
}

#[test]
fn a_node_that_stood_still_accuses_nobody_for_it() {
    for pause in [MS * 500, MS * 1_500, SECOND * 3, SECOND * 10, SECOND * 3_600] {
        let puppets = crowd(5);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        lab.pass_with(SECOND * 20, &all);
        lab.until_pinged(all[0], &all[1..]);
        lab.hear(all[1], &[suspected(all[2], all[1])]);
        lab.clear();
        // Nothing is called for a while, and then everything at once.
        lab.now = lab.now + pause;
        lab.pass_with(MS, &all);
        assert_eq!(lab.facts, [], "after {pause:?}");
        lab.hear(all[2], &[Message::Claim(all[2].claim(1, Status::Alive))]);
        lab.pass_with(SECOND * 60, &all);
        assert!(all.iter().all(|puppet| lab.state(puppet) == Some(State::Alive)), "after {pause:?}");
    }
}

#[test]
fn a_node_that_is_always_late_asks_others_before_it_accuses() {
    for late in [MS * 100, MS * 400, MS * 600] {
        let puppets = crowd(4);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        lab.clear();
        let end = lab.now + SECOND * 300;
        while lab.facts.is_empty() && lab.now < end {
            lab.now = lab.now + late;
            lab.pass_with(MS, &all[1..]);
        }
        assert!(matches!(lab.facts[..], [Fact::Suspected { .. }, ..]), "late by {late:?}: {:?}", lab.facts);
        assert!(lab.node.stats().probes_indirect > 0, "late by {late:?}");
    }
}

#[test]
fn a_node_whose_questions_are_not_sent_accuses_nobody() {
    let puppets = crowd(4);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 20, &all);
    lab.clear();
    // Its driver wakes it in time and takes nothing, until far more waits than is kept.
    for _ in 0..10_000 {
        lab.now = lab.now + MS * 100;
        lab.node.handle_timeout(lab.now);
        assert_eq!(lab.node.poll_event().map(|event| event.fact), None, "at {}", lab.now);
    }
    assert!(lab.node.stats().probes > 100, "it goes on probing");
    lab.pass_with(SECOND * 60, &all[1..]);
    assert!(matches!(&lab.facts[..], [Fact::Suspected { member, .. }, ..] if member.name == all[0].name));
}

#[test]
fn a_node_whose_last_attempts_are_not_sent_buries_nobody() {
    for waiting in [0, 2_000] {
        let puppets = crowd(4);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        lab.pass_untaken(waiting, SECOND);
        lab.hear_untaken(all[1], &[suspected(all[0], all[1])]);
        lab.pass_untaken(1_000, MS * 100);
        assert_eq!(lab.state(all[0]), Some(State::Suspect), "behind {waiting} s");
        lab.pass_with(SECOND * 60, &all[1..]);
        assert_eq!(lab.state(all[0]), Some(State::Dead), "behind {waiting} s");
    }
}

#[test]
fn a_node_whose_questions_are_not_sent_takes_nobody_for_gone_from_where_it_was() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let elsewhere = |called| Puppet { epoch: epoch(500), ..Puppet::new(called, 66) };
    let (moved, namesake) = (elsewhere("bob"), elsewhere("node"));
    for said in [bob.claim(0, Status::Left), moved.claim(0, Status::Alive)] {
        for waiting in [0, 2_000] {
            let mut lab = Lab::knowing(&[&bob, &carol]);
            let believed = |lab: &Lab| {
                let bob = lab.node.member("bob").expect("known");
                (bob.state() == State::Left, bob.addr().clone(), lab.node.local().epoch())
            };
            lab.pass_untaken(waiting, SECOND);
            let told = [Message::Claim(said), Message::Claim(namesake.claim(0, Status::Alive))];
            lab.hear_untaken(&carol, &told);
            lab.pass_untaken(1_000, MS * 100);
            assert_eq!(believed(&lab), (false, addr(2), epoch(10)), "{said:?} behind {waiting} s");
            lab.pass_with(SECOND * 60, &[&carol]);
            let after = (said.status == Status::Left, said.addr.to_addr(), epoch(501));
            assert_eq!(believed(&lab), after, "{said:?} behind {waiting} s");
        }
    }
}

#[test]
fn a_suspicion_lasts_as_much_longer_as_the_node_stood_still() {
    for pause in [MS * 1_500, SECOND * 2, SECOND * 3_600] {
        let puppets = crowd(2);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        lab.hear(all[1], &[suspected(all[0], all[1])]);
        lab.pass_with(SECOND, &all);
        let due = lab.node.poll_timeout().expect("it is awake");
        let waited = due.since(lab.now);
        lab.now = due + pause;
        lab.pass_with(MS * 2_400 - waited, &all[1..]);
        assert_eq!(lab.state(all[0]), Some(State::Suspect), "after {pause:?}");
        lab.pass_with(SECOND * 4, &all[1..]);
        assert_eq!(lab.state(all[0]), Some(State::Dead), "after {pause:?}");
    }
}

#[test]
fn a_verdict_that_fell_due_during_a_pause_waits_for_the_answer_that_came_meanwhile() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut config = Config::lan();
    // Its verdict is due to the millisecond.
    config.health_max = 0;
    let mut lab = Lab::with_members(config, &all);
    lab.hear(all[1], &[suspected(all[0], all[1])]);
    lab.pass_with(MS * 3_900, &all[1..]);
    assert_eq!(lab.state(all[0]), Some(State::Suspect));
    lab.now = lab.now + SECOND;
    // The deadlines are looked at before the socket.
    lab.pass_with(MS, &[]);
    assert_eq!(lab.state(all[0]), Some(State::Suspect));
    lab.hear(all[0], &[Message::Claim(all[0].claim(1, Status::Alive))]);
    assert_eq!(lab.state(all[0]), Some(State::Alive));
    lab.pass_with(SECOND * 5, &all);
    assert!(!lab.facts.iter().any(|fact| matches!(fact, Fact::Failed { .. })), "{:?}", lab.facts);
}

#[test]
fn a_probe_survives_a_pause_and_is_answered_by_what_arrived_meanwhile() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let nonce = lab.until_pinged(&bob, &[]);
    lab.now = lab.now + SECOND * 60;
    lab.pass(MS);
    lab.hear(&bob, &[Message::Ack(Ack { nonce, fingerprint: Fingerprint::default() })]);
    lab.pass_with(SECOND * 3, &[&bob]);
    assert_eq!((lab.state(&bob), lab.node.stats().probes_failed), (Some(State::Alive), 0));
}

#[test]
fn what_is_heard_behind_a_pause_is_not_put_off_by_it() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 10, &all);
    lab.now = lab.now + SECOND * 3_600;
    lab.hear(all[1], &[suspected(all[0], all[1])]);
    lab.hear(all[1], &[]);
    lab.pass_with(SECOND * 7, &all[1..]);
    assert_eq!(lab.state(all[0]), Some(State::Dead));
}

#[test]
fn who_is_always_called_late_still_judges() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.until_pinged(all[0], &all[1..]);
    // Each datagram takes it so long that the next one finds its deadlines over.
    for _ in 0..40 {
        lab.now = lab.now + MS * 600;
        lab.hear(all[1], &[]);
    }
    let failed = lab.node.stats().probes_failed;
    lab.pass_with(SECOND * 3, &all[1..]);
    assert!(lab.node.stats().probes_failed > failed);
}

#[test]
fn one_long_pause_raises_the_doubt_once_and_a_short_one_does_not() {
    for (pause, doubt) in [(MS * 900, 0), (SECOND * 10, 1)] {
        let puppets = crowd(5);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        lab.pass_with(SECOND * 10, &all);
        lab.now = lab.now + pause;
        for _ in 0..10 {
            lab.hear(all[0], &[]);
        }
        assert_eq!(lab.node.health(), doubt);
    }
}

#[test]
fn a_node_that_is_called_late_every_time_still_finds_who_is_dead() {
    let puppets = crowd(3);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    for _ in 0..400 {
        lab.now = lab.now + MS * 400;
        lab.pass_with(MS * 100, &all[1..]);
    }
    assert_eq!(lab.state(all[0]), Some(State::Dead));
    assert!(
        lab.facts
            .iter()
            .all(|fact| !matches!(fact, Fact::Failed { member, .. } if member.name != all[0].name))
    );
}

/// How late each call comes, and whether the socket is read before the deadlines are looked at.
fn latenesses() -> impl Iterator<Item = (Duration, bool)> {
    let times = [MS * 100, MS * 499, MS * 500, MS * 600, SECOND * 2, SECOND * 10];
    times.into_iter().flat_map(|late| [(late, false), (late, true)])
}

#[test]
fn a_node_whose_every_call_is_late_still_detects_a_death() {
    for (late, socket_first) in latenesses() {
        let puppets = crowd(4);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        // A few dozen calls, each of which comes that late.
        lab.pass_late(SECOND * 60 + late * 60, late, socket_first, &all[1..]);
        assert_eq!(lab.state(all[0]), Some(State::Dead), "late by {late:?}");
        assert!(all[1..].iter().all(|puppet| lab.state(puppet) == Some(State::Alive)), "late by {late:?}");
    }
}

#[test]
fn a_node_whose_every_call_is_late_accuses_nobody_who_answers() {
    for (late, socket_first) in latenesses() {
        let puppets = crowd(4);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = Lab::knowing(&all);
        lab.clear();
        lab.pass_late(SECOND * 600 + late * 600, late, socket_first, &all);
        assert_eq!(lab.facts, [], "late by {late:?}");
        assert!(lab.node.stats().probes > 100, "late by {late:?}");
    }
}

#[test]
fn a_pause_is_not_held_against_one_who_is_said_to_be_elsewhere() {
    let (bob, twin) = (Puppet::new("bob", 2), Puppet { epoch: epoch(500), ..Puppet::new("bob", 66) });
    let carol = Puppet::new("carol", 3);
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.pass_with(SECOND * 10, &[&bob, &carol]);
    lab.clear();
    lab.hear(&twin, &[Message::Claim(twin.claim(0, Status::Alive))]);
    // Of the three questions two are lost.
    lab.pass_with(Config::lan().probe_timeout + 2 * MS, &[&carol]);
    let asked = *nonces_of_pings(&lab, &bob).last().expect("it was asked");
    // The third is answered at once, but this process stands still before it reads that.
    lab.now = lab.now + SECOND * 20;
    lab.node.handle_timeout(lab.now);
    lab.drain();
    lab.hear(&bob, &[ack(asked)]);
    lab.pass_with(SECOND, &[&bob, &carol]);
    assert_eq!(lab.node.member("bob").expect("known").addr(), bob.addr, "{:?}", lab.facts);
}

#[test]
fn a_pause_is_not_held_against_one_who_is_said_to_have_left() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.pass_with(SECOND * 10, &[&bob, &carol]);
    lab.clear();
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Left))]);
    lab.pass_with(Config::lan().probe_timeout + 2 * MS, &[&carol]);
    let asked = *nonces_of_pings(&lab, &bob).last().expect("it was asked");
    lab.now = lab.now + SECOND * 20;
    lab.node.handle_timeout(lab.now);
    lab.drain();
    lab.hear(&bob, &[ack(asked)]);
    assert_eq!(lab.state(&bob), Some(State::Alive), "{:?}", lab.facts);
}

#[test]
fn a_pause_is_not_held_against_a_namesake() {
    let (carol, twin) = (Puppet::new("carol", 3), Puppet { epoch: epoch(500), ..Puppet::new("node", 66) });
    let mut lab = Lab::knowing(&[&carol]);
    lab.pass_with(SECOND * 10, &[&carol]);
    lab.clear();
    lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
    lab.pass_with(Config::lan().probe_timeout + 2 * MS, &[&carol]);
    let asked = *nonces_of_pings(&lab, &twin).last().expect("it was asked");
    lab.now = lab.now + SECOND * 20;
    lab.node.handle_timeout(lab.now);
    lab.drain();
    lab.hear(&twin, &[ack(asked)]);
    assert_eq!(lab.node.local().epoch(), epoch(10), "{:?}", lab.facts);
}

#[test]
fn a_pause_is_not_held_against_one_who_is_asked_over_a_stream() {
    let bob = Puppet::new("bob", 2);
    let others = crowd(3);
    let others: Vec<_> = others.iter().collect();
    let all = [&[&bob][..], &others].concat();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 20, &all);
    lab.clear();
    let nonce = lab.until_pinged(&bob, &others);
    lab.pass_with(MS * 510, &others);
    let stream = last_dialed(&lab, &bob.addr);
    for helper in &others {
        lab.hear(helper, &[Message::Nack(swim_codec::Nack { nonce })]);
    }
    lab.connected(stream, &bob);
    lab.stream(stream, StreamInput::Written);
    // The answer is in the socket when this process stands still.
    lab.now = lab.now + SECOND * 20;
    lab.node.handle_timeout(lab.now);
    lab.drain();
    let accused = lab.facts.iter().any(|fact| matches!(fact, Fact::Suspected { .. }));
    assert!(!accused, "{:?}", lab.facts);
}

#[test]
fn one_stream_is_opened_for_a_probe_also_after_a_pause() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.pass_with(SECOND * 20, &[&bob]);
    lab.clear();
    lab.until_pinged(&bob, &[]);
    let before = lab.node.stats().probes;
    // The process stands still behind the deadline of the ping.
    let due = lab.node.poll_timeout().expect("it waits for the ack");
    lab.now = due + SECOND * 5;
    lab.node.handle_timeout(lab.now);
    lab.drain();
    lab.pass(MS * 700);
    let (probes, streams) = (lab.node.stats().probes - before, lab.node.stats().probes_by_stream);
    assert_eq!((probes, streams), (0, 1), "{:?}", connects(&lab));
}
