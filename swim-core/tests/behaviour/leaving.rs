//! Saying goodbye.

use swim_codec::{Fingerprint, Message, Nonce, Ping, State, Status};
use swim_core::{Config, DropReason, Fact, Machine as _, RegisterError, StreamId, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, ack, addr, claims, crowd, epoch, nonces_of_pings};
use crate::streams::{answer, connects, finish, last_dialed};
use crate::world::World;

fn leaving(puppets: &[&Puppet]) -> Lab {
    let mut lab = Lab::knowing(puppets);
    lab.pass_with(SECOND * 30, puppets);
    lab.clear();
    lab.node.leave(lab.now);
    lab.drain();
    lab
}

#[test]
fn a_node_that_leaves_tells_everybody_and_ends_within_its_time() {
    let puppets: Vec<_> = (2..9).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = leaving(&all);
    lab.pass_with(SECOND * 3, &all);
    let goodbyes = |puppet: &Puppet| {
        claims(&lab.told(puppet), "node").filter(|claim| claim.status == Status::Left).count()
    };
    // A round and one per binary digit of the cluster, each to three members.
    assert!(all.iter().map(|puppet| goodbyes(puppet)).sum::<usize>() >= (1 + 3) * 3);
    assert!(all.iter().filter(|puppet| goodbyes(puppet) > 0).count() > all.len() / 2);
    assert_eq!(lab.facts.last(), Some(&Fact::HasLeft));
    assert!(lab.node.has_left());
    assert_eq!(lab.node.poll_timeout(), None);
}

fn farewells(lab: &Lab, to: &Puppet) -> usize {
    claims(&lab.told(to), "node").filter(|claim| claim.status == Status::Left).count()
}

#[test]
fn a_goodbye_is_told_however_late_the_node_is_called() {
    for late in [MS * 400, SECOND * 5, SECOND * 3_600] {
        let puppets = crowd(5);
        let all: Vec<_> = puppets.iter().collect();
        let mut config = Config::lan();
        config.leave_timeout = MS * 300;
        let mut lab = Lab::with_members(config, &all);
        lab.pass_with(SECOND * 10, &all);
        lab.clear();
        lab.node.leave(lab.now);
        for _ in 0..4 {
            let Some(due) = lab.node.poll_timeout() else { break };
            lab.now = due.max(lab.now) + late;
            lab.node.handle_timeout(lab.now);
            lab.drain();
        }
        assert!(matches!(lab.facts[..], [Fact::Left { .. }, Fact::HasLeft]), "{:?}", lab.facts);
        assert!(all.iter().any(|puppet| farewells(&lab, puppet) > 0), "{late:?} late");
    }
}

#[test]
fn a_goodbye_waits_for_a_driver_that_takes_nothing_and_not_for_ever() {
    let bob = Puppet::new("bob", 2);
    for (untaken, is_told) in [(MS * 2_900, true), (MS * 5_900, true), (MS * 7_000, false)] {
        let mut lab = Lab::knowing(&[&bob]);
        lab.pass_with(SECOND * 10, &[&bob]);
        lab.clear();
        lab.node.leave(lab.now);
        lab.pass_untaken(59, untaken / 59);
        lab.drain();
        lab.pass_with(SECOND * 3, &[&bob]);
        assert_eq!(lab.facts.last(), Some(&Fact::HasLeft));
        assert_eq!(farewells(&lab, &bob) > 0, is_told, "{untaken:?}");
    }
}

#[test]
fn a_node_that_is_alone_leaves_at_once() {
    let mut lab = Lab::new();
    lab.node.leave(lab.now);
    lab.drain();
    assert!(matches!(lab.facts[..], [.., Fact::Left { .. }, Fact::HasLeft]));
    assert_eq!(lab.node.poll_timeout(), None);
}

#[test]
fn a_node_that_leaves_in_the_middle_of_news_ends_all_the_same() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.leave(lab.now);
    while !lab.node.has_left() {
        lab.pass_with(MS, &[&bob]);
    }
    assert_eq!(lab.node.poll_timeout(), None);
}

#[test]
fn a_leaving_node_still_answers_but_probes_nobody() {
    let bob = Puppet::new("bob", 2);
    let mut lab = leaving(&[&bob]);
    lab.pass(MS);
    lab.hear(&bob, &[Message::Ping(Ping { nonce: Nonce::from_u64(9), fingerprint: Fingerprint::default() })]);
    assert!(lab.told(&bob).iter().any(|message| matches!(message, Message::Ack(_))));
    lab.pass(SECOND * 5);
    assert!(!lab.told(&bob).iter().any(|message| matches!(message, Message::Ping(_))));
}

#[test]
fn a_node_that_has_left_does_nothing_ever_again() {
    let bob = Puppet::new("bob", 2);
    let mut lab = leaving(&[&bob]);
    lab.pass(SECOND * 5);
    lab.clear();
    lab.hear(&bob, &[Message::Ping(Ping { nonce: Nonce::from_u64(9), fingerprint: Fingerprint::default() })]);
    lab.node.join(lab.now, std::slice::from_ref(&bob.addr));
    lab.node.leave(lab.now);
    lab.node.handle_timeout(lab.now + SECOND * 1_000);
    lab.drain();
    assert_eq!((lab.sent.len(), lab.facts.len()), (0, 0));
}

#[test]
fn a_leaving_node_outbids_what_is_said_of_it_and_tells_its_application_nothing_more() {
    let bob = Puppet::new("bob", 2);
    let mut lab = leaving(&[&bob]);
    let local = lab.node.local();
    let itself = Puppet { addr: local.addr(), epoch: local.epoch(), ..Puppet::new(local.name().as_str(), 0) };
    lab.facts.clear();
    lab.hear(&bob, &[Message::Claim(itself.claim(7, Status::Dead { by: bob.id() }))]);
    lab.pass(SECOND);
    assert_eq!(lab.node.local().incarnation().get(), 8);
    assert!(!lab.facts.iter().any(|fact| matches!(fact, Fact::SelfRefuted { .. })), "{:?}", lab.facts);
}

#[test]
fn a_leaving_node_accepts_no_registers_and_is_no_member_in_its_own_eyes() {
    let bob = Puppet::new("bob", 2);
    let mut lab = leaving(&[&bob]);
    assert_eq!(lab.node.set(lab.now, "key", b"value"), Err(RegisterError::Leaving));
    assert!(lab.node.members().map(|member| member.name().as_str()).eq(["bob"]));
    assert_eq!(lab.node.local().state(), State::Left);
}

#[test]
fn a_member_that_leaves_has_left_and_not_failed() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.clear();
    lab.part(&bob, 0);
    assert!(matches!(&lab.facts[..], [Fact::Left { member }] if member.name == bob.name));
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Dead { by: carol.id() }))]);
    lab.pass_with(SECOND * 60, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Left));
    assert_eq!(lab.facts.len(), 1);
}

#[test]
fn an_accused_leaver_stays_gone() {
    let bob = Puppet::new("bob", 2);
    let mut lab = leaving(&[&bob]);
    let itself = Puppet::new("node", 1);
    lab.hear(&bob, &[Message::Claim(itself.claim(5, Status::Dead { by: bob.id() }))]);
    lab.pass(SECOND);
    let told = lab.told(&bob);
    assert!(claims(&told, "node").all(|claim| claim.status == Status::Left));
}

#[test]
fn a_node_that_leaves_and_comes_back_at_once_is_alive_everywhere() {
    let config = Config::lan();
    // A later life, and one whose clock stood still.
    for life in [11, 10] {
        let mut world = World::joined(&config, 5);
        let now = world.now;
        world.nodes.get_mut(&3).expect("there").leave(now);
        while !world.nodes[&3].has_left() {
            world.pass(MS);
        }
        world.start(&config, 3, 3, life);
        world.join(3, 1);
        world.pass(SECOND * 5);
        for (port, view) in world.views() {
            assert_eq!(view.len(), 5, "at {port}, life {life}");
            assert!(view.values().all(|(_, state)| *state == State::Alive), "at {port}, life {life}");
        }
    }
}

#[test]
fn two_who_restarted_without_knowing_each_other_meet_when_everybody_else_is_gone() {
    let config = Config::lan();
    let mut world = World::joined(&config, 5);
    for port in [4, 5] {
        world.start(&config, port, port, 20);
        world.join(port, 1);
    }
    world.pass(MS);
    for port in [1, 2, 3] {
        world.nodes.remove(&port);
    }
    world.pass(SECOND * 120);
    for view in world.views().values() {
        assert_eq!(view.keys().collect::<Vec<_>>(), ["m4", "m5"]);
    }
}

fn left(of: &Puppet) -> Message<'_> {
    Message::Claim(of.claim(0, Status::Left))
}

/// A node with two members, of whom carol said that bob left.
fn hearsay() -> (Lab, Puppet, Puppet) {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.clear();
    lab.hear(&carol, &[left(&bob)]);
    (lab, bob, carol)
}

#[test]
fn a_farewell_is_believed_when_the_leaver_says_so_itself_in_answer_to_a_question() {
    let (mut lab, bob, carol) = hearsay();
    assert_eq!(lab.state(&bob), Some(State::Alive));
    let asked = nonces_of_pings(&lab, &bob);
    assert_eq!(asked.len(), 1);
    lab.hear(&carol, &[ack(asked[0]), left(&bob)]);
    lab.hear(&bob, &[left(&bob)]);
    assert_eq!(lab.state(&bob), Some(State::Alive), "none of that answers");
    lab.hear(&bob, &[ack(asked[0]), left(&bob)]);
    assert!(matches!(&lab.facts[..], [Fact::Left { member }] if member.name == bob.name));
    lab.clear();
    lab.pass_with(SECOND * 2, &[&carol]);
    assert!(claims(&lab.told(&carol), "bob").all(|claim| claim.status == Status::Left));
    assert!(nonces_of_pings(&lab, &bob).is_empty(), "nothing is left to ask");
}

#[test]
fn a_farewell_is_believed_when_the_leaver_does_not_answer_three_times() {
    let (mut lab, bob, carol) = hearsay();
    lab.pass_with(MS * 740, &[&carol]);
    assert_eq!((lab.state(&bob), nonces_of_pings(&lab, &bob).len()), (Some(State::Alive), 3));
    lab.pass_with(MS * 20, &[&carol]);
    assert!(matches!(&lab.facts[..], [Fact::Left { member }] if member.name == bob.name));
    assert_eq!(lab.dropped(DropReason::FalseFarewell), 0);
}

#[test]
fn who_answers_and_says_nothing_of_leaving_has_not_left_and_hears_what_is_said_of_it() {
    let (mut lab, bob, carol) = hearsay();
    let told = lab.told(&bob);
    assert!(matches!(told[..], [Message::Ping(_), Message::Claim(said)] if said.status == Status::Left));
    lab.hear(&bob, &[ack(nonces_of_pings(&lab, &bob)[0])]);
    lab.clear();
    for _ in 0..90 {
        lab.pass_with(MS * 10, &[&bob, &carol]);
        lab.hear(&carol, &[left(&bob); 8]);
    }
    assert_eq!((lab.state(&bob), lab.facts.len()), (Some(State::Alive), 0));
    assert!(nonces_of_pings(&lab, &bob).len() <= 1, "it is asked no more often than it is probed");
    lab.pass_with(MS * 110, &[&bob, &carol]);
    assert_eq!(lab.dropped(DropReason::FalseFarewell), 1);
}

#[test]
fn a_member_that_leaves_after_somebody_lied_about_it_has_left() {
    let (mut lab, bob, carol) = hearsay();
    lab.hear(&bob, &[ack(nonces_of_pings(&lab, &bob)[0])]);
    lab.pass_with(SECOND * 2, &[&bob, &carol]);
    lab.part(&bob, 0);
    assert_eq!(lab.state(&bob), Some(State::Left));
}

#[test]
fn a_farewell_of_a_suspect_is_asked_for_too() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Suspect { by: carol.id() }))]);
    lab.clear();
    lab.hear(&carol, &[left(&bob)]);
    assert_eq!(lab.state(&bob), Some(State::Suspect));
    lab.hear(&bob, &[ack(nonces_of_pings(&lab, &bob)[0]), left(&bob)]);
    assert_eq!(lab.state(&bob), Some(State::Left));
}

#[test]
fn nobody_is_asked_about_the_farewell_of_one_who_is_dead() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    lab.hear(&carol, &[left(&bob)]);
    assert_eq!((lab.state(&bob), nonces_of_pings(&lab, &bob).len()), (Some(State::Left), 0));
}

#[test]
fn a_refutation_outdoes_a_farewell_that_is_asked_for() {
    let (mut lab, bob, carol) = hearsay();
    lab.hear(&carol, &[Message::Claim(bob.claim(1, Status::Alive))]);
    lab.pass_with(MS * 800, &[&carol]);
    assert_eq!(lab.state(&bob), Some(State::Alive));
    assert_eq!(lab.dropped(DropReason::FalseFarewell), 0);
}

#[test]
fn of_many_who_left_two_are_asked_with_each_datagram_and_all_in_the_end() {
    let puppets = crowd(200);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.clear();
    let (witness, leavers) = puppets.split_first().expect("many");
    for some in leavers.chunks(100) {
        let before = lab.sent.len();
        lab.hear(witness, &some.iter().map(left).collect::<Vec<_>>());
        assert_eq!(lab.sent.len() - before, 2);
    }
    // Each who answers brings about two more questions.
    let mut answered = 0;
    while let Some(sent) = lab.sent.get(answered) {
        let Sent::Datagram { to, messages, .. } = sent else { panic!("{sent:?}") };
        let leaver = leavers.iter().find(|leaver| leaver.addr == *to).expect("only they are asked");
        let Some(&Message::Ping(ping)) = messages.first() else { panic!("{messages:?}") };
        answered += 1;
        lab.hear(leaver, &[ack(ping.nonce), left(leaver)]);
    }
    assert_eq!(answered, leavers.len());
    assert_eq!(lab.node.departed().count(), leavers.len());
}

#[test]
fn a_call_that_is_not_due_does_nothing() {
    let puppets = crowd(8);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    lab.hear(&puppets[0], &puppets[1..7].iter().map(left).collect::<Vec<_>>());
    lab.clear();
    assert!(lab.node.poll_timeout().expect("it lives") > lab.now);
    lab.node.handle_timeout(lab.now);
    assert_eq!(lab.node.poll_transmit(&mut vec![]), None, "who is left to be asked has to wait");
}

#[test]
fn of_many_who_left_all_are_asked_in_the_end_though_nobody_says_anything_more() {
    let puppets = crowd(9);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    lab.clear();
    let (witness, leavers) = puppets.split_first().expect("many");
    lab.hear(witness, &leavers.iter().map(left).collect::<Vec<_>>());
    lab.pass(SECOND * 3);
    assert_eq!(lab.node.departed().count(), leavers.len(), "{:?}", lab.facts);
    assert!(!lab.facts.iter().any(|fact| matches!(fact, Fact::Failed { .. })));
}

#[test]
fn farewells_of_all_who_are_gone_are_believed_though_64_are_asked_for_at_a_time() {
    let puppets = crowd(200);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    lab.clear();
    let (witness, leavers) = puppets.split_first().expect("many");
    lab.hear(witness, &leavers.iter().map(left).collect::<Vec<_>>());
    let mut most = 0;
    let end = lab.now + SECOND * 60;
    while lab.now < end {
        lab.clear_sent();
        lab.pass_with(MS * 250, &[witness]);
        let pinged = leavers.iter().filter(|leaver| !nonces_of_pings(&lab, leaver).is_empty()).count();
        most = most.max(pinged);
    }
    assert!((32..=64 + 8).contains(&most), "{most} were asked in the time of one question");
    assert_eq!(lab.node.departed().count(), leavers.len());
    assert!(!lab.facts.iter().any(|fact| matches!(fact, Fact::Failed { .. })));
}

#[test]
fn a_leaving_node_says_so_in_each_answer() {
    let puppets = crowd(30);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = leaving(&all);
    lab.pass(MS);
    for _ in 0..20 {
        for puppet in &puppets {
            lab.clear_sent();
            lab.hear(
                puppet,
                &[Message::Ping(Ping { nonce: Nonce::from_u64(9), fingerprint: Fingerprint::default() })],
            );
            let told = lab.told(puppet);
            assert!(matches!(told[0], Message::Ack(_)));
            assert!(claims(&told, "node").any(|claim| claim.status == Status::Left), "{told:?}");
        }
    }
}

#[test]
fn of_two_farewells_the_later_one_is_believed() {
    let (mut lab, _, carol) = hearsay();
    let later = Puppet { epoch: epoch(20), ..Puppet::new("bob", 2) };
    lab.hear(&carol, &[left(&later)]);
    lab.pass_with(SECOND, &[&carol]);
    assert_eq!(
        lab.node.member("bob").map(|bob| (bob.state(), bob.epoch())),
        Some((State::Left, later.epoch))
    );
}

#[test]
fn a_leaving_node_asks_nobody_whether_others_left() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = leaving(&[&bob, &carol]);
    lab.hear(&carol, &[left(&bob)]);
    assert_eq!((lab.state(&bob), nonces_of_pings(&lab, &bob).len()), (Some(State::Left), 0));
}

#[test]
fn whoever_leaves_while_it_knows_somebody_tries_no_more_seeds_either() {
    let bob = Puppet::new("bob", 90);
    let seeds: Vec<_> = (2..9).map(addr).collect();
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.join(lab.now, &seeds);
    lab.drain();
    assert_eq!(connects(&lab), seeds[..3]);
    lab.node.leave(lab.now);
    lab.stream(StreamId::Dialed(0), StreamInput::Failed);
    lab.stream(StreamId::Dialed(1), StreamInput::Failed);
    assert!(!lab.node.has_left());
    assert_eq!(connects(&lab), seeds[..3], "it leaves");
}

#[test]
fn whoever_leaves_has_left_whatever_a_namesake_answers() {
    let (carol, twin) = (Puppet::new("carol", 3), Puppet { epoch: epoch(3), ..Puppet::new("node", 66) });
    let mut lab = Lab::knowing(&[&carol]);
    lab.pass_with(SECOND * 5, &[&carol]);
    lab.clear();
    lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
    let asked = *nonces_of_pings(&lab, &twin).last().expect("the namesake is asked");
    lab.node.leave(lab.now);
    lab.hear(&twin, &[ack(asked)]);
    lab.pass_with(SECOND * 5, &[&carol]);
    let told = lab.told(&carol);
    assert!(claims(&told, "node").any(|claim| claim.status == Status::Left), "{told:?}");
    assert_eq!(lab.facts.last(), Some(&Fact::HasLeft));
}

#[test]
fn whoever_leaves_does_not_join() {
    let (bob, seed) = (Puppet::new("bob", 90), Puppet::new("seed", 2));
    let mut lab = Lab::knowing(&[&bob]);
    lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
    lab.drain();
    let stream = last_dialed(&lab, &seed.addr);
    lab.connected(stream, &seed);
    finish(&mut lab, stream);
    lab.node.leave(lab.now);
    lab.drain();
    answer(&mut lab, stream, &seed, &[Message::Claim(seed.claim(0, Status::Alive))]);
    let joined = lab.facts.iter().any(|fact| matches!(fact, Fact::HasJoined { .. }));
    assert!(!joined, "{:?}", lab.facts);
}
