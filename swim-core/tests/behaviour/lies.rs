//! What one member says of others, or in their names, harms nobody for long: keys do not tell members apart, and where
//! there are none, anybody may speak.

use swim_codec::{Message, Status};
use swim_core::{Config, DropReason, Epoch, Instant, Keyring, Machine as _, Node, State};

use crate::lab::{
    Lab, Puppet, SECOND, ack, addr, claims, cluster, crowd, epoch, keyring, name, nonces_of_pings,
};
use crate::world::{World, local};

/// Members `m1` to `m<count>` without a key, who know each other.
fn plain_world(count: u16) -> World {
    let mut world = World::default();
    (1..=count).for_each(|port| start(&mut world, port));
    world.pass(SECOND * 20);
    assert!(world.nodes.values().all(|node| node.members().len() == usize::from(count)));
    world
}

fn start(world: &mut World, port: u16) {
    let seed = [u8::try_from(port).expect("few"); 32];
    let node = Node::new(Config::lan(), local(port, port, epoch(10)), Keyring::plain(), seed, world.now);
    world.nodes.insert(port, node.expect("valid"));
    // Not through the one that is lied about.
    world.join(port, if port == 2 { 1 } else { 2 });
}

/// Somebody without a key of that name and life, where the member of that number is.
fn as_member(number: u16, life: u64) -> Puppet {
    Puppet { epoch: epoch(life), keyring: Keyring::plain(), ..Puppet::new(&format!("m{number}"), number) }
}

fn liar() -> Puppet {
    Puppet { keyring: Keyring::plain(), ..Puppet::new("liar", 66) }
}

/// One datagram to the member of that number.
fn tell(world: &mut World, to: u16, by: &Puppet, lies: &[Message<'_>]) {
    let mut datagram = by.datagram(name(&format!("m{to}")).id().destination(), lies);
    let now = world.now;
    world.nodes.get_mut(&to).expect("a node").handle_datagram(now, &by.addr, &mut datagram);
}

fn set(world: &mut World, at: u16, key: &str, value: &[u8]) {
    let now = world.now;
    world.nodes.get_mut(&at).expect("a node").set(now, key, value).expect("room");
}

fn role_of(world: &World, at: u16, member: &str) -> Option<String> {
    let member = world.nodes[&at].member(member)?;
    member.register("role").map(|role| String::from_utf8_lossy(role).into_owned())
}

/// For longer than a suspicion takes.
fn cut_off_for_a_while(world: &mut World, port: u16) {
    let cut_off = world.nodes.remove(&port).expect("a node");
    world.pass(SECOND * 120);
    world.nodes.insert(port, cut_off);
    world.pass(SECOND * 600);
}

/// Two stamps of which each is no further above what was seen than a clock follows.
fn far_stamps(of: &Puppet) -> [Message<'_>; 2] {
    [1 << 40, 1 << 41].map(|stamp| of.register("role", stamp, Some(b"forged")))
}

#[test]
fn no_member_makes_the_registers_of_another_unbelievable() {
    let (mut world, liar) = (plain_world(3), liar());
    for to in 1..=3 {
        let own = Message::Claim(liar.claim(0, Status::Alive));
        tell(&mut world, to, &liar, &[&[own][..], &far_stamps(&liar)].concat());
    }
    set(&mut world, 1, "role", b"primary");
    world.pass(SECOND * 60);
    assert_eq!(role_of(&world, 2, "m1").as_deref(), Some("primary"));
    start(&mut world, 4);
    world.pass(SECOND * 20);
    assert_eq!(role_of(&world, 4, "m1").as_deref(), Some("primary"), "a newcomer was never lied to");
}

#[test]
fn no_member_makes_the_registers_of_one_other_unbelievable() {
    let (mut world, liar) = (plain_world(3), liar());
    let own = Message::Claim(liar.claim(0, Status::Alive));
    tell(&mut world, 1, &liar, &[&[own][..], &far_stamps(&liar)].concat());
    set(&mut world, 1, "role", b"primary");
    world.pass(SECOND * 60);
    assert_eq!(role_of(&world, 2, "m1").as_deref(), Some("primary"));
    assert_eq!(world.nodes[&2].stats().dropped(DropReason::AbsurdStamp), 0);
}

#[test]
fn what_others_write_in_the_name_of_a_member_is_written_over_whatever_its_stamp() {
    for stamps in [[1, 2], [1 << 40, 1 << 41], [1 << 62, (1 << 63) - 1], [1 << 63, u64::MAX]] {
        let mut world = plain_world(3);
        set(&mut world, 1, "role", b"primary");
        world.pass(SECOND * 10);
        let m1 = as_member(1, 10);
        tell(&mut world, 2, &liar(), &stamps.map(|stamp| m1.register("role", stamp, Some(b"forged"))));
        world.pass(SECOND * 30);
        assert_eq!(role_of(&world, 2, "m1").as_deref(), Some("primary"), "{stamps:?}");
        set(&mut world, 1, "role", b"backup");
        world.pass(SECOND * 30);
        for at in 2..=3 {
            assert_eq!(role_of(&world, at, "m1").as_deref(), Some("backup"), "{stamps:?}");
        }
    }
}

#[test]
fn one_who_was_lied_about_is_known_to_a_newcomer_as_soon_as_all_others() {
    let lies = [
        (as_member(1, 10), 1 << 20),
        (as_member(1, 10), u64::MAX),
        (as_member(1, 20 + (1 << 41)), 0),
        (as_member(1, 10 + (2 << 41)), 0),
    ];
    for (m1, incarnation) in lies {
        let mut world = plain_world(20);
        let liar = liar();
        let lie = Message::Claim(m1.claim(incarnation, Status::Suspect { by: liar.id() }));
        tell(&mut world, 1, &liar, &[lie]);
        world.pass(SECOND * 30);
        start(&mut world, 21);
        world.pass(SECOND * 5);
        let newcomer = &world.nodes[&21];
        assert_eq!(newcomer.members().len(), 21, "{} {incarnation}", m1.epoch.get());
        let known = newcomer.member("m1").map(|m1| (m1.epoch(), m1.incarnation()));
        let itself = world.nodes[&1].local();
        assert_eq!(known, Some((itself.epoch(), itself.incarnation())));
    }
}

#[test]
fn one_in_whose_name_more_was_told_than_anybody_can_refute_comes_back_after_a_partition() {
    for incarnation in [1 << 21, u64::MAX] {
        let (mut world, m2) = (plain_world(4), as_member(2, 10));
        tell(&mut world, 1, &m2, &[Message::Claim(m2.claim(incarnation, Status::Alive))]);
        world.pass(SECOND * 60);
        cut_off_for_a_while(&mut world, 2);
        let known = [1, 3, 4].map(|at| world.nodes[&at].member("m2").map(|m2| m2.state()));
        assert_eq!(known, [Some(State::Alive); 3]);
    }
}

#[test]
fn one_in_whose_name_a_later_life_was_told_than_it_outlives_comes_back_after_a_partition() {
    for life in [20 + (1 << 41), 20 + (2 << 41), 10 + (3 << 41)] {
        let mut world = plain_world(4);
        set(&mut world, 2, "role", b"primary");
        world.pass(SECOND * 10);
        let m2 = as_member(2, life);
        tell(&mut world, 1, &m2, &[Message::Claim(m2.claim(0, Status::Alive))]);
        world.pass(SECOND * 60);
        assert_eq!(role_of(&world, 1, "m2").as_deref(), Some("primary"), "{life}");
        cut_off_for_a_while(&mut world, 2);
        assert_eq!(world.nodes[&1].member("m2").map(|m2| m2.state()), Some(State::Alive), "{life}");
    }
}

#[test]
fn an_absurd_incarnation_of_a_node_is_answered_with_a_later_life() {
    let carol = Puppet::new("carol", 3);
    let mut lab = Lab::knowing(&[&carol]);
    let itself = Puppet::new("node", 1);
    for incarnation in [(1 << 20) + 1, u64::MAX] {
        lab.hear(&carol, &[Message::Claim(itself.claim(incarnation, Status::Suspect { by: carol.id() }))]);
    }
    assert_eq!((lab.node.local().epoch(), lab.node.local().incarnation().get()), (epoch(11), 0));
    lab.pass_with(SECOND, &[&carol]);
    assert!(claims(&lab.told(&carol), "node").any(|claim| claim.epoch == epoch(11)));
}

/// Milliseconds by which clocks may be apart.
const CLOCKS_APART_MAX: u64 = 1 << 41;

#[test]
fn an_absurdly_late_life_is_believed_of_one_that_answers_in_it() {
    let carol = Puppet::new("carol", 3);
    let late = Puppet { epoch: epoch(20 + CLOCKS_APART_MAX), ..Puppet::new("bob", 2) };
    for is_known in [true, false] {
        let former = Puppet::new("bob", 2);
        let mut lab = if is_known { Lab::knowing(&[&former, &carol]) } else { Lab::knowing(&[&carol]) };
        lab.clear();
        for _ in 0..5 {
            lab.hear(&carol, &[Message::Claim(late.claim(3, Status::Alive))]);
        }
        let asked = nonces_of_pings(&lab, &late);
        assert_eq!((asked.len(), lab.dropped(DropReason::AbsurdEpoch)), (1, 5));
        lab.hear(&late, &[ack(asked[0])]);
        let bob = lab.node.member("bob").map(|bob| (bob.epoch(), bob.incarnation().get(), bob.state()));
        assert_eq!(bob, Some((late.epoch, 0, State::Alive)));
        // What is heard of it from now on is news of a life that is known.
        lab.hear(&carol, &[Message::Claim(late.claim(4, Status::Alive))]);
        assert_eq!(lab.node.member("bob").expect("known").incarnation().get(), 4);
        assert_eq!(lab.dropped(DropReason::AbsurdEpoch), 5);
    }
}

#[test]
fn an_absurdly_late_life_is_not_believed_of_one_that_answers_in_another_or_not_at_all() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let late = epoch(20 + (2 << 41));
    // It sends from port 77, and says that bob is where bob is, or where it is itself.
    let forger = Puppet { epoch: late, ..Puppet::new("bob", 77) };
    for port in [2, 77] {
        let claimed = Puppet { epoch: late, ..Puppet::new("bob", port) };
        for answers in [true, false] {
            let mut lab = Lab::knowing(&[&bob, &carol]);
            lab.clear();
            lab.hear(&forger, &[Message::Claim(claimed.claim(0, Status::Alive))]);
            let answering: &[&Puppet] = if answers { &[&bob, &carol] } else { &[&carol] };
            lab.pass_with(SECOND * 2, answering);
            assert_eq!(lab.node.member("bob").expect("known").epoch(), bob.epoch);
        }
    }
}

#[test]
fn one_that_moved_into_an_absurdly_late_life_is_asked_where_it_was_and_then_where_it_is_said_to_be() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.clear();
    let late = Puppet { epoch: epoch(20 + CLOCKS_APART_MAX), ..Puppet::new("bob", 77) };
    lab.hear(&carol, &[Message::Claim(late.claim(0, Status::Alive))]);
    assert_eq!((nonces_of_pings(&lab, &bob).len(), nonces_of_pings(&lab, &late).len()), (1, 0));
    lab.pass_with(SECOND * 3, &[&carol, &late]);
    assert_eq!(
        lab.node.member("bob").map(|bob| (bob.addr().clone(), bob.epoch())),
        Some((addr(77), late.epoch))
    );
}

#[test]
fn an_answer_to_another_question_does_not_keep_a_node_from_asking_for_a_late_life() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    let twin = Puppet { epoch: epoch(500), ..Puppet::new("bob", 66) };
    lab.hear(&twin, &[Message::Claim(twin.claim(0, Status::Alive))]);
    lab.pass_with(SECOND, &[&bob, &carol]);
    assert_eq!(lab.dropped(DropReason::NameTaken), 1, "bob answered");
    lab.clear();
    let late = Puppet { epoch: epoch(20 + CLOCKS_APART_MAX), ..Puppet::new("bob", 2) };
    lab.hear(&carol, &[Message::Claim(late.claim(0, Status::Alive))]);
    lab.pass_with(SECOND, &[&late, &carol]);
    assert_eq!(lab.node.member("bob").map(|bob| bob.epoch()), Some(late.epoch));
}

#[test]
fn eight_are_asked_in_an_interval_in_which_life_they_are() {
    let (carol, members) = (Puppet::new("carol", 3), crowd(20));
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    let late =
        |of: &Puppet| Puppet { epoch: epoch(20 + CLOCKS_APART_MAX), ..Puppet::new(of.name.as_str(), 200) };
    let late: Vec<_> = members.iter().map(late).collect();
    for _ in 0..3 {
        let claims: Vec<_> = late.iter().map(|of| Message::Claim(of.claim(0, Status::Alive))).collect();
        lab.hear(&carol, &claims);
    }
    assert_eq!(lab.told(&late[0]).iter().filter(|told| matches!(told, Message::Ping(_))).count(), 8);
}

#[test]
fn the_last_life_there_can_be_is_believed_of_nobody() {
    let (carol, last) = (Puppet::new("carol", 3), Puppet { epoch: Epoch::MAX, ..Puppet::new("bob", 2) });
    let mut lab = Lab::knowing(&[&carol]);
    lab.clear();
    lab.hear(&last, &[Message::Claim(last.claim(0, Status::Alive))]);
    lab.hear(&last, &[ack(nonces_of_pings(&lab, &last)[0])]);
    assert!(lab.node.member("bob").is_none(), "no later life could ever take its place");
}

#[test]
fn who_is_gone_is_asked_where_it_is_said_to_be_in_an_absurdly_late_life() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    let late = Puppet { epoch: epoch(20 + CLOCKS_APART_MAX), ..Puppet::new("bob", 77) };
    lab.hear(&carol, &[Message::Claim(late.claim(0, Status::Alive))]);
    let asked = nonces_of_pings(&lab, &late);
    assert_eq!(asked.len(), 1);
    lab.hear(&late, &[ack(asked[0])]);
    // Where it was known it does not answer either.
    lab.pass_with(SECOND * 2, &[&carol]);
    assert_eq!(
        lab.node.member("bob").map(|bob| (bob.addr().clone(), bob.epoch())),
        Some((addr(77), late.epoch))
    );
}

#[test]
fn a_register_that_is_set_is_set_whatever_stamps_were_seen() {
    let mut bytes = vec![];
    let origin = swim_core::Origin {
        cluster: cluster(),
        name: "node",
        epoch: epoch(10),
        incarnation: swim_core::Incarnation::default(),
        stamp: u64::MAX,
    };
    swim_codec::SnapshotWriter::new(&origin, &mut bytes).expect("a name").finish();
    let itself = swim_core::Local { cluster: cluster(), name: name("node"), addr: addr(1), epoch: epoch(11) };
    let node = Node::restore(Config::lan(), itself, keyring(), [4; 32], Instant::ZERO, &bytes);
    let mut lab = Lab::of(node.expect("its own"));
    for value in [&b"primary"[..], b"backup"] {
        assert_eq!(lab.node.set(lab.now, "role", value), Ok(()));
        assert_eq!(lab.node.local().register("role"), Some(value));
    }
}
