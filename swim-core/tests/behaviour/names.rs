//! Two nodes with one name: whoever answers where it is known keeps it.

use std::time::Duration;

use swim_codec::{Ack, Challenge, Cookie, Message, Nonce, Ping, State, Status};
use swim_core::{Config, DropReason, Fact, Machine as _};

use crate::lab::{Lab, MS, Puppet, SECOND, addr, claims, crowd, epoch};
use crate::streams::request;
use crate::world::World;

/// Bob, and somebody else who says to be bob, later and elsewhere.
fn twins() -> (Puppet, Puppet) {
    (Puppet::new("bob", 2), Puppet { epoch: epoch(500), ..Puppet::new("bob", 66) })
}

fn itself(port: u16, life: u64) -> Puppet {
    Puppet { epoch: epoch(life), ..Puppet::new("node", port) }
}

fn is_at(lab: &Lab, port: u16) -> bool {
    lab.node.member("bob").expect("known").addr() == addr(port)
}

/// Three questions, half a probe timeout apart, and all of them are unanswered.
fn timeout() -> Duration {
    Config::lan().probe_timeout * 3 / 2 + 3 * MS
}

/// The last ping that the node sent there.
fn pinged(lab: &Lab, to: &Puppet) -> Option<Ping> {
    lab.told(to).into_iter().rev().find_map(|m| if let Message::Ping(ping) = m { Some(ping) } else { None })
}

fn ack(ping: Ping) -> Message<'static> {
    Message::Ack(Ack { nonce: ping.nonce, fingerprint: ping.fingerprint })
}

#[test]
fn who_returns_elsewhere_and_leaves_before_that_is_believed_has_left() {
    let (bob, later) = twins();
    for left_before in [true, false] {
        let mut lab = Lab::knowing(&[&bob]);
        if left_before {
            lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Left))]);
        }
        lab.hear(&later, &[Message::Claim(later.claim(0, Status::Alive))]);
        lab.hear(&later, &[Message::Claim(later.claim(0, Status::Left))]);
        lab.hear(&later, &[Message::Claim(later.claim(0, Status::Alive))]);
        lab.pass(timeout());
        let known = lab.node.member("bob").map(|bob| (bob.state(), bob.epoch()));
        assert_eq!(known, Some((State::Left, later.epoch)), "left before: {left_before}");
        assert!(is_at(&lab, 66));
    }
}

#[test]
fn a_member_that_answers_where_it_is_known_keeps_its_name() {
    for status in [Status::Alive, Status::Suspect { by: Puppet::new("carol", 3).id() }, Status::Left] {
        let (bob, twin) = twins();
        let mut lab = Lab::knowing(&[&bob]);
        lab.clear();
        lab.hear(&twin, &[Message::Claim(twin.claim(0, status))]);
        let asked = pinged(&lab, &bob).expect("the old address is asked");
        lab.hear(&bob, &[ack(asked)]);
        lab.pass_with(timeout(), &[&bob]);
        assert!(is_at(&lab, 2), "{status:?}");
        assert_eq!((lab.facts.len(), lab.dropped(DropReason::NameTaken)), (0, 1));
        let hello = pinged(&lab, &twin).expect("it must show first that it listens there");
        lab.hear(&twin, &[ack(hello)]);
        let told = lab.told(&twin);
        let told: Vec<_> = claims(&told, "bob").collect();
        assert_eq!(told, [&bob.claim(0, Status::Alive)], "the newcomer is told who has the name");
    }
}

#[test]
fn a_member_keeps_its_name_though_two_questions_are_lost() {
    let (bob, twin) = twins();
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    lab.hear(&twin, &[Message::Claim(twin.claim(0, Status::Alive))]);
    lab.clear();
    lab.pass(Config::lan().probe_timeout + 2 * MS);
    let asked = pinged(&lab, &bob).expect("it is asked again");
    lab.hear(&bob, &[ack(asked)]);
    lab.pass_with(timeout(), &[&bob]);
    assert!(is_at(&lab, 2));
    assert_eq!(lab.dropped(DropReason::NameTaken), 1);
}

#[test]
fn who_was_buried_or_said_to_have_left_keeps_its_name_if_it_answers() {
    for status in [Status::Dead { by: Puppet::new("carol", 3).id() }, Status::Left] {
        let (bob, twin) = twins();
        let mut lab = Lab::knowing(&[&bob, &Puppet::new("carol", 3)]);
        lab.hear(&Puppet::new("carol", 3), &[Message::Claim(bob.claim(0, status))]);
        lab.clear();
        lab.hear(&twin, &[Message::Claim(twin.claim(0, Status::Alive))]);
        let asked = pinged(&lab, &bob).expect("the old address is asked");
        lab.hear(&bob, &[ack(asked)]);
        lab.pass(timeout());
        assert_eq!(lab.dropped(DropReason::NameTaken), 1, "{status:?}");
        assert_ne!(lab.state(&bob), Some(State::Alive), "what it says itself is awaited");
    }
}

#[test]
fn a_member_that_answers_no_more_is_believed_to_be_elsewhere_within_two_probe_timeouts() {
    let (bob, twin) = twins();
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    lab.hear(&twin, &[Message::Claim(twin.claim(0, Status::Alive))]);
    assert!(is_at(&lab, 2));
    lab.pass(timeout());
    assert!(is_at(&lab, 66));
    assert!(matches!(&lab.facts[..], [Fact::Restarted { member }] if member.epoch == twin.epoch));
}

#[test]
fn a_stream_is_no_way_around_the_question() {
    let (bob, twin) = twins();
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    let claim = Message::Claim(twin.claim(0, Status::Alive));
    let told = request(&mut lab, swim_core::StreamId::Accepted(0), &twin, &[claim]);
    assert!(claims(&told, "bob").any(|claim| claim.addr == bob.addr.as_ref()));
    let asked = pinged(&lab, &bob).expect("the old address is asked");
    lab.hear(&bob, &[ack(asked)]);
    lab.pass_with(timeout(), &[&bob]);
    assert!(is_at(&lab, 2));
}

#[test]
fn who_is_gone_and_answers_no_more_may_come_back_elsewhere() {
    let (bob, twin) = twins();
    for gone in [Status::Dead { by: bob.id() }, Status::Left] {
        let mut lab = Lab::knowing(&[&bob]);
        lab.hear(&bob, &[Message::Claim(bob.claim(0, gone))]);
        lab.hear(&twin, &[Message::Claim(twin.claim(0, Status::Alive))]);
        assert!(!is_at(&lab, 66));
        lab.pass(timeout());
        assert!(is_at(&lab, 66));
    }
}

#[test]
fn who_restarts_where_it_was_is_not_asked() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let again = Puppet { epoch: epoch(500), ..Puppet::new("bob", 2) };
    lab.hear(&again, &[Message::Claim(again.claim(0, Status::Alive))]);
    assert_eq!(lab.node.member("bob").expect("known").epoch(), epoch(500));
}

#[test]
fn a_flood_of_claims_to_one_name_is_one_question_and_one_answer_per_heal_interval() {
    let (bob, twin) = twins();
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    for incarnation in 0..100 {
        lab.hear(&twin, &[Message::Claim(twin.claim(incarnation, Status::Alive))]);
        if incarnation == 50 {
            let asked = pinged(&lab, &bob).expect("asked");
            lab.hear(&bob, &[ack(asked)]);
        }
    }
    assert_eq!((lab.told(&bob).len(), lab.told(&twin).len()), (1, 1));
    lab.pass_with(Config::lan().heal_interval, &[&bob]);
    lab.clear();
    lab.hear(&twin, &[Message::Claim(twin.claim(200, Status::Alive))]);
    assert_eq!(lab.told(&bob).len(), 1, "asked again");
}

#[test]
fn at_most_64_members_are_asked_at_a_time() {
    let puppets: Vec<_> = (100..300).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    lab.clear();
    let liar = Puppet::new("liar", 2);
    for port in 100..300 {
        let twin = Puppet { epoch: epoch(500), ..Puppet::new(&format!("m{port}"), port + 1_000) };
        lab.hear(&liar, &[Message::Claim(twin.claim(0, Status::Alive))]);
    }
    assert_eq!(puppets.iter().filter(|puppet| pinged(&lab, puppet).is_some()).count(), 64);
    assert_eq!(lab.dropped(DropReason::NameTaken), 200 - 64);
}

#[test]
fn a_newcomer_gives_up_its_name_to_a_namesake_that_answers() {
    for life in [3, 10, 500] {
        let (carol, twin) = (Puppet::new("carol", 3), itself(66, life));
        let mut lab = Lab::knowing(&[&carol]);
        lab.clear();
        lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
        let asked = pinged(&lab, &twin).expect("the namesake is asked");
        lab.hear(&twin, &[ack(asked)]);
        if life >= 10 {
            assert!(lab.facts.is_empty(), "the later one has an interval to give up");
            lab.pass_with(SECOND, &[&carol]);
            let again = pinged(&lab, &twin).expect("it is asked again");
            lab.hear(&twin, &[Message::Ping(again), Message::Ping(asked), ack(again)]);
            assert_eq!(claims_and_acks(&lab, &twin), 0, "the namesake would give up for the answer");
        }
        assert_eq!(lab.facts.last(), Some(&Fact::NameConflict { addr: addr(66) }), "life {life}");
        assert!(lab.node.has_left());
        assert_eq!(lab.node.poll_timeout(), None);
        lab.clear();
        lab.hear(&carol, &[Message::Ping(asked)]);
        lab.pass(SECOND * 60);
        assert_eq!((lab.sent.len(), lab.facts.len()), (0, 0));
    }
}

fn claims_and_acks(lab: &Lab, to: &Puppet) -> usize {
    lab.told(to).iter().filter(|message| matches!(message, Message::Ack(_) | Message::Claim(_))).count()
}

/// What the node asked a member about its own name.
fn asked_to_ping(lab: &Lab, member: &Puppet) -> Ping {
    let asked = lab.told(member).into_iter().rev().find_map(|message| match message {
        Message::PingReq(ping_req) if ping_req.target == lab.id() => Some(ping_req.nonce),
        _ => None,
    });
    let nonce = asked.expect("members are asked whom they know by the name");
    Ping { nonce, fingerprint: swim_codec::Fingerprint::default() }
}

#[test]
fn a_node_keeps_its_name_unless_as_many_members_know_the_namesake() {
    for (knowing_us, keeps) in [(2, true), (1, false), (0, false)] {
        let (carol, dave, twin) = (Puppet::new("carol", 3), Puppet::new("dave", 4), itself(66, 3));
        let mut lab = Lab::knowing(&[&carol, &dave]);
        let ping = |nonce| {
            let nonce = swim_codec::Nonce::from_u64(nonce);
            Message::Ping(Ping { nonce, fingerprint: swim_codec::Fingerprint::default() })
        };
        lab.hear(&carol, &[ping(1)]);
        lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
        let asked = pinged(&lab, &twin).expect("the namesake is asked");
        lab.hear(&twin, &[ack(asked)]);
        lab.pass(MS);
        for (place, member) in [&carol, &dave].into_iter().enumerate() {
            let question = asked_to_ping(&lab, member);
            if place < knowing_us {
                lab.hear(member, &[ping(2)]);
            }
            lab.hear(member, &[ack(question)]);
        }
        lab.pass(timeout());
        assert_eq!(lab.node.has_left(), !keeps, "{knowing_us} of 2 know it");
    }
}

#[test]
fn a_member_speaks_for_itself_alone() {
    let (carol, dave, twin) = (Puppet::new("carol", 3), Puppet::new("dave", 4), itself(66, 3));
    let mut lab = Lab::knowing(&[&carol, &dave]);
    let ping =
        Ping { nonce: swim_codec::Nonce::from_u64(1), fingerprint: swim_codec::Fingerprint::default() };
    lab.hear(&carol, &[Message::Ping(ping)]);
    lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
    let asked = pinged(&lab, &twin).expect("the namesake is asked");
    lab.hear(&twin, &[ack(asked)]);
    lab.pass(MS);
    let question = asked_to_ping(&lab, &dave);
    lab.hear(&carol, &[ack(question)]);
    lab.hear(&twin, &[ack(question)]);
    lab.pass(timeout());
    assert!(!lab.node.has_left());
}

#[test]
fn a_node_that_others_ping_by_its_name_keeps_it_and_says_so_once() {
    let (carol, twin) = (Puppet::new("carol", 3), itself(66, 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    let ping =
        Ping { nonce: swim_codec::Nonce::from_u64(1), fingerprint: swim_codec::Fingerprint::default() };
    lab.hear(&carol, &[Message::Ping(ping)]);
    for _ in 0..3 {
        lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
        let asked = pinged(&lab, &twin).expect("the namesake is asked");
        lab.hear(&twin, &[ack(asked)]);
        lab.hear(&twin, &[Message::Ping(ping)]);
    }
    assert_eq!(lab.facts, [Fact::NameClaimed { addr: addr(66) }]);
    assert!(!lab.node.has_left());
    assert!(lab.told(&twin).contains(&ack(Ping { fingerprint: fingerprint(&lab, &twin), ..ping })));
}

fn fingerprint(lab: &Lab, to: &Puppet) -> swim_codec::Fingerprint {
    let acks =
        lab.told(to).into_iter().filter_map(|m| if let Message::Ack(ack) = m { Some(ack) } else { None });
    acks.reduce(|_, last| last).expect("a namesake is answered").fingerprint
}

#[test]
fn nobody_talks_a_node_out_of_its_name_without_answering_for_it() {
    let (carol, twin) = (Puppet::new("carol", 3), itself(66, 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
    let asked = pinged(&lab, &twin).expect("the namesake is asked");
    lab.hear(&carol, &[ack(asked)]);
    let other = Ping { nonce: swim_codec::Nonce::from_u64(9), ..asked };
    lab.hear(&twin, &[ack(other)]);
    lab.pass_with(timeout(), &[&carol]);
    assert!(!lab.node.has_left() && lab.facts.is_empty(), "{:?}", lab.facts);
}

#[test]
fn our_own_question_that_comes_back_is_not_answered() {
    let (carol, twin) = (Puppet::new("carol", 3), itself(66, 10));
    let mut lab = Lab::knowing(&[&carol]);
    lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Suspect { by: carol.id() }))]);
    let asked = pinged(&lab, &twin).expect("the namesake is asked");
    lab.clear();
    lab.hear(&twin, &[Message::Ping(asked)]);
    assert_eq!((lab.sent.len(), lab.facts.len()), (0, 0));
    assert_eq!(lab.dropped(DropReason::OwnFrame), 1);
}

#[test]
fn nothing_comes_behind_the_end_of_a_node_that_gives_up_its_name() {
    let (carol, twin) = (Puppet::new("carol", 3), itself(66, 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    lab.hear(&carol, &[Message::Claim(twin.claim(0, Status::Alive))]);
    let asked = pinged(&lab, &twin).expect("the namesake is asked");
    let ping = Message::Ping(Ping { nonce: Nonce::from_u64(9), fingerprint: asked.fingerprint });
    let mut datagram = twin.datagram(lab.id().destination(), &[ack(asked), ping]);
    lab.node.handle_datagram(lab.now, &twin.addr, &mut datagram);
    assert!(lab.node.has_left());
    let timeout = lab.node.poll_timeout();
    let events: Vec<_> = std::iter::from_fn(|| lab.node.poll_event()).collect();
    assert!(matches!(events.last().map(|event| &event.fact), Some(Fact::NameConflict { .. })));
    assert_eq!(events.last().map(|event| event.version), Some(lab.node.version()));
    assert_eq!((timeout, lab.node.poll_transmit(&mut vec![])), (None, None), "{events:?}");
}

#[test]
fn a_later_life_elsewhere_that_does_not_answer_was_our_own_and_is_outlived() {
    let (carol, former) = (Puppet::new("carol", 3), itself(66, 500));
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    lab.hear(&carol, &[Message::Claim(former.claim(3, Status::Dead { by: carol.id() }))]);
    assert_eq!(lab.node.local().epoch(), epoch(10));
    lab.pass_with(timeout(), &[&carol]);
    assert_eq!(lab.node.local().epoch(), epoch(501));
    assert!(
        lab.facts
            .iter()
            .any(|fact| matches!(fact, Fact::SelfRefuted { member } if member.epoch == epoch(501)))
    );
}

#[test]
fn a_later_life_elsewhere_is_outlived_although_an_earlier_one_is_still_asked_for() {
    let (carol, former, last) = (Puppet::new("carol", 3), itself(66, 5), itself(67, 500));
    let mut lab = Lab::knowing(&[&carol]);
    lab.hear(&carol, &[Message::Claim(former.claim(3, Status::Alive))]);
    lab.pass_with(timeout(), &[&carol]);
    lab.hear(&carol, &[Message::Claim(last.claim(3, Status::Dead { by: carol.id() }))]);
    lab.pass_with(timeout(), &[&carol]);
    assert_eq!(lab.node.local().epoch(), epoch(501));
}

/// Five members, and another m3 that joins through one of them.
fn second(through: u16, life: u64) -> World {
    let config = Config::lan();
    let mut world = World::joined(&config, 5);
    world.pass(SECOND * 20);
    world.start(&config, 3, 33, life);
    world.join(33, through);
    world
}

#[test]
fn a_second_node_of_a_name_gives_up_soon_and_changes_nothing_for_anybody() {
    // Through a member, and through the very node whose name it bears; with a later epoch, an earlier and the same.
    for (through, life) in [(1, 20), (1, 5), (1, 10), (3, 20), (3, 5), (3, 10)] {
        let mut world = second(through, life);
        let begun = world.now;
        world.pass(SECOND * 3);
        let facts: Vec<_> = world.facts.iter().filter(|(_, at, _)| *at >= begun).collect();
        assert!(world.nodes[&33].has_left(), "through {through}, life {life}: {facts:?}");
        let conflict = (33, Fact::NameConflict { addr: addr(3) });
        assert!(facts.iter().any(|(port, _, fact)| (*port, fact.clone()) == conflict), "{facts:?}");
        assert!(
            facts.iter().any(|(port, _, fact)| *port == 3 && *fact == Fact::NameClaimed { addr: addr(33) })
        );
        world.pass(SECOND * 120);
        world.nodes.remove(&33);
        for (port, view) in world.views() {
            assert_eq!(view["m3"], (addr(3), State::Alive), "at {port}, through {through}, life {life}");
        }
        let about_others = |fact: &Fact| !matches!(fact, Fact::NameClaimed { .. });
        let changes =
            world.facts.iter().filter(|(port, at, fact)| *port != 33 && *at >= begun && about_others(fact));
        assert_eq!(changes.count(), 0, "through {through}, life {life}: {:?}", world.facts);
    }
}

#[test]
fn a_restart_elsewhere_is_known_everywhere_soon_whatever_its_clock_says() {
    for life in [20, 5] {
        let config = Config::lan();
        let mut world = World::joined(&config, 5);
        world.nodes.remove(&3);
        world.start(&config, 3, 33, life);
        world.join(33, 1);
        world.pass(SECOND * 5);
        for (port, view) in world.views() {
            assert_eq!(view["m3"], (addr(33), State::Alive), "at {port}, life {life}");
        }
    }
}

#[test]
fn of_two_that_start_at_once_with_one_name_one_stays() {
    let config = Config::lan();
    let mut world = World::joined(&config, 5);
    for (port, through) in [(33, 1), (34, 2)] {
        world.start(&config, 9, port, u64::from(port));
        world.join(port, through);
    }
    world.pass(SECOND * 120);
    let staying: Vec<_> = [33, 34].into_iter().filter(|port| !world.nodes[port].has_left()).collect();
    assert_eq!(staying.len(), 1);
    world.nodes.retain(|_, node| !node.has_left());
    for view in world.views().values() {
        assert_eq!(view["m9"], (addr(staying[0]), State::Alive));
    }
}

#[test]
fn whoever_challenges_a_ping_hears_which_life_echoes() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass_with(SECOND * 30, &all);
    lab.clear();
    let nonce = lab.until_pinged(all[0], &all[1..]);
    lab.clear();
    lab.hear(all[0], &[Message::Challenge(Challenge { nonce, cookie: Cookie::from_bytes([9; 8]) })]);
    let told = lab.told(all[0]);
    assert!(matches!(told[..], [Message::Echo(_), Message::Ping(_), Message::Claim(_)]), "{told:?}");
    let Some(Message::Claim(claim)) = told.last() else { unreachable!() };
    assert_eq!((claim.name, claim.epoch), ("node", epoch(10)));
}
