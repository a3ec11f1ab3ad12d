//! What the application is told.

use swim_codec::{Message, Status};
use swim_core::{Config, Fact, Lost, Machine as _, Roster};

use crate::lab::{Lab, Puppet, SECOND, addr, epoch, name};

#[test]
fn the_first_event_is_the_arrival_of_the_node_itself() {
    let lab = Lab::new();
    assert!(matches!(&lab.facts[..], [Fact::Joined { member }] if member.name == name("node")));
    assert_eq!(lab.node.version(), 1);
}

#[test]
fn a_member_that_moves_is_reported_with_its_old_and_new_address() {
    let bob = Puppet::new("bob", 2);
    let moved = Puppet { addr: addr(3), ..Puppet::new("bob", 2) };
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&moved, &[Message::Claim(moved.claim(1, Status::Alive))]);
    lab.pass(Config::lan().probe_timeout * 2);
    assert!(matches!(lab.facts.last(), Some(Fact::AddressChanged { member, from })
        if *from == addr(2) && member.addr == addr(3)));
}

#[test]
fn a_member_that_restarts_before_anybody_noticed_is_reported_as_restarted() {
    let bob = Puppet::new("bob", 2);
    let reborn = Puppet { epoch: epoch(11), ..Puppet::new("bob", 2) };
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    lab.hear(&reborn, &[Message::Claim(reborn.claim(0, Status::Alive))]);
    assert!(matches!(&lab.facts[..], [Fact::Restarted { member }] if member.epoch == epoch(11)));
}

#[test]
fn a_member_that_returns_from_the_dead_has_joined_with_the_registers_it_had() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&bob, &[bob.register("key", 1, Some(b"value"))]);
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    lab.hear(&bob, &[Message::Claim(bob.claim(1, Status::Alive))]);
    assert!(matches!(&lab.facts[..], [Fact::Joined { .. }, Fact::Updated { key, .. }] if &**key == "key"));
}

#[test]
fn the_accuser_is_named_where_it_is_known() {
    let (bob, carol, stranger) = (Puppet::new("bob", 2), Puppet::new("carol", 3), Puppet::new("stranger", 4));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Suspect { by: carol.id() }))]);
    assert!(matches!(lab.facts.last(), Some(Fact::Suspected { by: Some(by), .. }) if *by == carol.name));
    lab.pass_with(SECOND * 2, &[&carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Dead { by: stranger.id() }))]);
    assert!(matches!(lab.facts.last(), Some(Fact::Failed { by: None, .. })));
}

/// Somebody tells of a newcomer, and nobody takes the event.
fn meet(lab: &mut Lab, by: &Puppet, newcomer: &Puppet) {
    let claim = Message::Claim(newcomer.claim(0, Status::Alive));
    let mut datagram = by.datagram(lab.id().destination(), &[claim]);
    lab.node.handle_datagram(lab.now, &by.addr, &mut datagram);
}

#[test]
fn an_application_that_does_not_read_is_told_what_it_missed_and_the_node_goes_on() {
    let mut config = Config::lan();
    config.max_events = 16;
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::with_members(config, &[&bob]);
    for i in 0..50 {
        meet(&mut lab, &bob, &Puppet::new(&format!("m{i}"), 100 + i));
    }
    lab.clear();
    lab.drain();
    assert_eq!(lab.facts.len(), 17);
    assert_eq!(lab.facts.last(), Some(&Fact::Lagged { missed: 34 }));
    assert_eq!(lab.node.members().len(), 52);
}

#[test]
fn an_application_that_lagged_goes_on_from_a_copy_and_ignores_what_the_copy_knows() {
    let mut config = Config::lan();
    config.max_events = 16;
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::with_members(config, &[&bob]);
    let mut roster = Roster::of(&lab.node);
    let meet = |lab: &mut Lab, port| meet(lab, &bob, &Puppet::new(&format!("m{port}"), port));
    (100..120).for_each(|port| meet(&mut lab, port));
    let seen: Vec<_> = std::iter::from_fn(|| lab.node.poll_event()).collect();
    let folded: Vec<_> = seen.iter().map(|event| roster.fold(event)).collect();
    assert!(folded[..16].iter().all(Result::is_ok));
    assert_eq!(folded[16], Err(Lost { last: 18, next: 22 }));
    let mut copy = Roster::of(&lab.node);
    assert!(seen.iter().all(|event| copy.fold(event).is_ok()));
    assert_eq!((copy.len(), copy.version()), (22, 22));
    meet(&mut lab, 200);
    let next = lab.node.poll_event().expect("somebody came");
    assert_eq!(copy.fold(&next), Ok(()));
    assert_eq!(copy, Roster::of(&lab.node));
}

#[test]
fn the_last_event_is_told_even_to_an_application_that_lagged() {
    let mut config = Config::lan();
    config.max_events = 16;
    let mut lab = Lab::with(config);
    lab.clear();
    for value in 0..20 {
        lab.node.set(lab.now, "key", &[value]).expect("a small value");
    }
    lab.node.leave(lab.now);
    lab.drain();
    assert_eq!(lab.facts.len(), 18);
    assert_eq!(lab.facts[16..], [Fact::Lagged { missed: 5 }, Fact::HasLeft]);
    assert_eq!(lab.node.poll_event(), None);
    assert!(lab.node.has_left());
}

#[test]
fn an_event_that_never_came_is_noticed() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let mut roster = Roster::of(&lab.node);
    for called in ["carol", "dave"] {
        meet(&mut lab, &bob, &Puppet::new(called, 3));
    }
    let (_missed, next) = (lab.node.poll_event(), lab.node.poll_event().expect("dave came"));
    let before = roster.clone();
    assert_eq!(roster.fold(&next), Err(Lost { last: 2, next: 4 }));
    assert_eq!(roster, before);
}
