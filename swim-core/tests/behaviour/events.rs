//! What the application is told.

use swim_codec::{Message, Status};
use swim_core::{Config, Fact, Machine as _};

use crate::lab::{Lab, Puppet, addr, epoch, name};

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
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[bob.register("key", 1, Some(b"value"))]);
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Dead { by: bob.id() }))]);
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
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Dead { by: stranger.id() }))]);
    assert!(matches!(lab.facts.last(), Some(Fact::Failed { by: None, .. })));
}

#[test]
fn an_application_that_does_not_read_is_told_what_it_missed_and_the_node_goes_on() {
    let mut config = Config::lan();
    config.max_events = 16;
    let mut lab = Lab::with(config);
    for i in 0..50 {
        let puppet = Puppet::new(&format!("m{i}"), 100 + i);
        let mut datagram =
            puppet.datagram(lab.id().destination(), &[Message::Claim(puppet.claim(0, Status::Alive))]);
        lab.node.handle_datagram(lab.now, &puppet.addr, &mut datagram);
    }
    lab.clear();
    lab.drain();
    assert_eq!(lab.facts.len(), 17);
    assert_eq!(lab.facts.last(), Some(&Fact::Lagged { missed: 34 }));
    assert_eq!(lab.node.members().len(), 51);
}
