//! Saying goodbye.

use swim_codec::{Fingerprint, Message, Nonce, Ping, State, Status};
use swim_core::{Config, Fact, Machine as _, RegisterError};

use crate::lab::{Lab, MS, Puppet, SECOND, claims};
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
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Left))]);
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
