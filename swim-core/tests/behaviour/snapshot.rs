//! Coming back with what the last life knew, and never worse off for it.

use std::time::Duration;

use proptest::prelude::{any, prop, prop_assert, proptest};
use swim_codec::{Message, State, Status};
use swim_core::{ClusterId, Config, Fact, Instant, Node, RestoreError, SnapshotError, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, addr, epoch, keyring};
use crate::streams::connects;
use crate::world::{World, local};

/// A second life of the lab's node, in a lab of its own.
fn restored(life: u64, snapshot: &[u8]) -> Lab {
    Lab::of(restore(life, snapshot).expect("its own"))
}

fn restore(life: u64, snapshot: &[u8]) -> Result<Node, RestoreError> {
    let local = swim_core::Local { name: crate::lab::name("node"), ..local(0, 1, epoch(life)) };
    Node::restore(Config::lan(), local, keyring(), [4; 32], Instant::ZERO, snapshot)
}

fn error(life: u64, snapshot: &[u8]) -> RestoreError {
    restore(life, snapshot).err().expect("refused")
}

fn sample() -> Vec<u8> {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.node.set(lab.now, "role", b"db").expect("a valid register");
    lab.node.join(lab.now, &[addr(9)]);
    lab.hear(&bob, &[bob.register("zone", 4, Some(b"a"))]);
    lab.node.snapshot()
}

#[test]
fn the_new_life_has_a_larger_epoch_whatever_the_clock_says() {
    let snapshot = sample();
    for (given, taken) in [(0, 11), (10, 11), (11, 11), (12, 12)] {
        assert_eq!(restored(given, &snapshot).node.local().epoch(), epoch(taken));
    }
}

#[test]
fn own_registers_come_back_with_the_new_epoch_and_go_on_counting() {
    let mut lab = Lab::new();
    for (key, value) in [("role", b"db"), ("zone", b"eu"), ("gone", b"xx")] {
        lab.node.set(lab.now, key, value).expect("a valid register");
    }
    lab.node.remove(lab.now, "gone").expect("a valid key");
    let mut lab = restored(0, &lab.node.snapshot());
    let registers: Vec<_> =
        lab.node.local().registers().map(|(key, value)| (key.to_owned(), value.to_vec())).collect();
    assert_eq!(registers, [("role".into(), b"db".to_vec()), ("zone".into(), b"eu".to_vec())]);
    assert_eq!(lab.facts.iter().filter(|fact| matches!(fact, Fact::Updated { .. })).count(), 2);

    lab.node.set(lab.now, "role", b"web").expect("a valid register");
    let bob = Puppet::new("bob", 2);
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Alive))]);
    lab.pass(SECOND);
    let told = lab.told(&bob);
    let role = told.iter().find_map(|message| match message {
        Message::Register(register) if register.key == "role" => Some(register),
        _ => None,
    });
    let role = role.expect("everybody is told");
    assert_eq!((role.epoch, role.stamp, role.value), (epoch(11), 5, Some(&b"web"[..])));
}

#[test]
fn nothing_of_a_snapshot_but_the_nodes_own_is_believed_or_told() {
    let mut lab = restored(20, &sample());
    assert_eq!(lab.node.members().len(), 1);
    assert_eq!(lab.node.departed().count(), 0);
    let dave = Puppet::new("dave", 7);
    lab.hear(&dave, &[Message::Claim(dave.claim(0, Status::Alive))]);
    lab.pass_with(SECOND * 600, &[&dave]);
    for (_, _, _, messages) in lab.datagrams() {
        for message in messages {
            match message {
                Message::Claim(claim) => assert!(["node", "dave"].contains(&claim.name), "{claim:?}"),
                Message::Register(register) => assert_eq!(register.owner, "node"),
                _ => {}
            }
        }
    }
    let accuses = |fact: &Fact| matches!(fact, Fact::Suspected { .. } | Fact::Failed { .. });
    assert!(!lab.facts.iter().any(accuses), "{:?}", lab.facts);
}

#[test]
fn remembered_addresses_get_a_ping_at_once_and_seeds_and_members_alike() {
    let mut lab = restored(20, &sample());
    lab.pass(Duration::ZERO);
    let mut called: Vec<_> = lab.datagrams().map(|(to, ..)| to.clone()).collect();
    called.sort();
    assert_eq!(called, [addr(2), addr(3), addr(9)]);
    assert!(lab.datagrams().all(|(_, _, _, messages)| matches!(messages, [Message::Ping(_)])));
}

#[test]
fn whoever_answers_at_a_remembered_address_is_asked_for_everything() {
    let mut lab = restored(20, &sample());
    let stranger = Puppet::new("stranger", 3);
    lab.until_pinged(&stranger, &[]);
    let nonces: Vec<_> = lab.told(&stranger).into_iter().collect();
    let Message::Ping(ping) = nonces[0] else { panic!("{nonces:?}") };
    let ack = Message::Ack(swim_codec::Ack { nonce: ping.nonce, fingerprint: ping.fingerprint });
    lab.hear(&stranger, &[ack]);
    assert_eq!(connects(&lab), [addr(3)]);
    lab.hear(&stranger, &[ack]);
    assert_eq!(connects(&lab), [addr(3)], "an answer counts once");
}

#[test]
fn those_who_left_are_not_called() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.part(&bob, 0);
    let mut lab = restored(20, &lab.node.snapshot());
    lab.pass(SECOND * 60);
    assert_eq!(lab.datagrams().count(), 0);
}

#[test]
fn seeds_are_tried_as_if_nothing_were_remembered() {
    let many: Vec<_> = (100..400).map(addr).collect();
    let mut lab = Lab::new();
    lab.node.join(lab.now, &many);
    let mut lab = restored(20, &lab.node.snapshot());
    lab.node.join(lab.now, &[addr(7)]);
    lab.drain();
    assert!(matches!(&lab.sent[..], [Sent::Connect { to, .. }] if *to == addr(7)));
    let Sent::Connect { stream, .. } = lab.sent[0] else { panic!("a stream") };
    lab.stream(stream, StreamInput::Failed);
    lab.pass(SECOND);
    assert_eq!(connects(&lab), [addr(7), addr(7)], "the next round is as soon as ever");
}

#[test]
fn at_most_256_addresses_are_remembered_and_3_called_at_a_time() {
    let puppets: Vec<_> = (100..500).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    let mut lab = restored(20, &lab.node.snapshot());
    lab.pass(SECOND * 17);
    let mut called: Vec<_> = lab.datagrams().map(|(to, at, ..)| (at, to.clone())).collect();
    assert_eq!(called.len(), 256);
    let busiest = called.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len).max();
    assert_eq!(busiest, Some(3));
    called.sort_by(|a, b| a.1.cmp(&b.1));
    called.dedup_by(|a, b| a.1 == b.1);
    assert_eq!(called.len(), 256, "everybody once");
}

#[test]
fn a_node_that_stays_alone_goes_on_calling_at_the_pace_of_healing_and_remembers_over_the_next_restart_too() {
    let mut lab = restored(20, &sample());
    lab.pass(SECOND * 60);
    lab.clear();
    lab.pass(SECOND * 100);
    assert_eq!(lab.datagrams().count(), 8 * 10);
    let mut lab = restored(30, &lab.node.snapshot());
    lab.pass(Duration::ZERO);
    assert_eq!(lab.datagrams().count(), 3);
}

#[test]
fn a_node_that_leaves_calls_nobody() {
    let mut lab = restored(20, &sample());
    let bob = Puppet::new("bob", 2);
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Alive))]);
    lab.node.leave(lab.now);
    lab.drain();
    lab.clear();
    lab.pass(SECOND * 60);
    assert!(lab.datagrams().all(|(to, ..)| *to == addr(2)));
}

#[test]
fn a_restored_node_finds_its_cluster_without_being_told_a_seed() {
    let mut world = World::joined(&Config::lan(), 5);
    let snapshot = world.nodes[&3].snapshot();
    world.nodes.remove(&3);
    world.pass(SECOND * 60);
    world.restore(&Config::lan(), 3, 3, 0, &snapshot);
    let begun = world.now;
    world.pass(SECOND * 2);
    assert!(world.views().values().all(|view| view.len() == 5), "{:?}", world.views());
    assert_eq!(world.accusations(begun), 0);
}

/// Sooner than anybody noticed that it was gone, and long after; with a clock that goes on, or does not.
#[test]
fn a_restored_node_is_alive_everywhere_at_the_same_address_and_at_another() {
    for (port, pause, life) in [(3, 0, 30), (3, 60, 30), (33, 0, 30), (33, 60, 30), (3, 0, 0), (33, 60, 0)] {
        let mut world = World::joined(&Config::lan(), 5);
        let snapshot = world.nodes[&3].snapshot();
        world.nodes.remove(&3);
        world.pass(SECOND * pause);
        world.restore(&Config::lan(), 3, port, life, &snapshot);
        world.pass(SECOND * 3);
        for node in world.nodes.values() {
            let member = node.member("m3").expect("known everywhere");
            assert_eq!((member.addr(), member.state()), (addr(port), State::Alive), "{port} {pause} {life}");
            assert!(member.epoch() >= epoch(11));
        }
    }
}

#[test]
fn a_cluster_that_stops_as_a_whole_comes_back_as_one() {
    let mut world = World::joined(&Config::lan(), 40);
    let snapshots: Vec<_> = world.nodes.iter().map(|(&port, node)| (port, node.snapshot())).collect();
    world.nodes.clear();
    for (port, snapshot) in &snapshots {
        world.restore(&Config::lan(), *port, *port, 20, snapshot);
    }
    let begun = world.now;
    world.pass(SECOND * 10);
    assert!(world.views().values().all(|view| view.len() == 40), "{:?}", world.views());
    assert_eq!(world.accusations(begun), 0);
}

type History = fn(&mut World, &Config);

/// What became of the others since the snapshot was taken.
const HISTORIES: [(&str, History); 7] = [
    ("nothing happened", |_, _| {}),
    ("they died and were forgotten", |world, _| {
        world.nodes.remove(&2);
        world.nodes.remove(&4);
    }),
    ("they left", |world, _| {
        let now = world.now;
        world.nodes.get_mut(&2).expect("there").leave(now);
        world.nodes.get_mut(&4).expect("there").leave(now);
    }),
    ("they moved", |world, config| {
        for port in [2, 4] {
            world.nodes.remove(&port);
            world.start(config, port, port + 100, 20);
            world.join(port + 100, 1);
        }
    }),
    ("others took their places", |world, config| {
        for port in [2, 4] {
            world.nodes.remove(&port);
            world.start(config, port + 50, port, 20);
            world.join(port, 1);
        }
    }),
    ("their places became silent", |world, _| {
        for port in [2, 4, 5] {
            world.nodes.remove(&port);
            world.silent.insert(port);
        }
    }),
    ("it lived other lives itself", |world, config| {
        for life in [15, 17] {
            world.start(config, 3, 3, life);
            world.join(3, 1);
            world.pass(SECOND * 10);
        }
    }),
];

/// Node 3 comes back into a cluster with a history; answers what all believe in the end, how often somebody was
/// accused meanwhile, and how long it took until everybody knew node 3 and it knew everybody.
fn comes_back(snapshot: Option<&[u8]>, history: History) -> (World, usize, Duration) {
    let mut config = Config::lan();
    config.tombstone = SECOND * 5;
    let mut world = World::joined(&config, 5);
    history(&mut world, &config);
    world.nodes.remove(&3);
    world.pass(SECOND * 60);
    match snapshot {
        Some(snapshot) => world.restore(&config, 3, 3, 30, snapshot),
        None => world.start(&config, 3, 3, 30),
    }
    world.join(3, 1);
    let begun = world.now;
    let complete = |world: &World| {
        let living = world.nodes.values().filter(|node| !node.has_left()).count();
        let mut running = world.nodes.values().filter(|node| !node.has_left());
        running.all(|node| node.members().len() == living)
    };
    while !complete(&world) && world.now < begun + SECOND * 60 {
        world.pass(MS * 10);
    }
    let took = world.now.since(begun);
    world.pass(SECOND * 60);
    let accusations = world.accusations(begun);
    (world, accusations, took)
}

#[test]
fn an_old_snapshot_never_makes_things_worse_than_starting_empty() {
    let mut before = World::joined(&Config::lan(), 5);
    let now = before.now;
    before.nodes.get_mut(&3).expect("there").set(now, "role", b"db").expect("a valid register");
    let snapshot = before.nodes[&3].snapshot();
    for (what, history) in HISTORIES {
        let (empty, empty_accusations, empty_took) = comes_back(None, history);
        let (with, accusations, took) = comes_back(Some(&snapshot), history);
        assert_eq!(with.views(), empty.views(), "{what}");
        assert_eq!(accusations, empty_accusations, "{what}");
        // Chance decides who hears last: a round of gossip or two is no difference.
        let chance = Config::lan().gossip_interval * 2;
        assert!(took <= empty_took + chance, "{what}: {took:?} instead of {empty_took:?}");
    }
}

#[test]
fn a_register_that_was_removed_since_does_not_come_back_through_somebody_elses_snapshot() {
    let config = Config::lan();
    let mut world = World::joined(&config, 3);
    let now = world.now;
    world.nodes.get_mut(&1).expect("there").set(now, "role", b"db").expect("a valid register");
    world.pass(SECOND * 5);
    let snapshot = world.nodes[&3].snapshot();
    world.nodes.remove(&3);
    let now = world.now;
    world.nodes.get_mut(&1).expect("there").remove(now, "role").expect("a valid key");
    world.pass(SECOND * 5);
    world.restore(&config, 3, 3, 20, &snapshot);
    world.pass(SECOND * 60);
    for node in world.nodes.values() {
        assert_eq!(node.member("m1").expect("there").register("role"), None);
    }
}

#[test]
fn a_snapshot_of_somebody_else_is_refused() {
    let snapshot = sample();
    let other =
        Node::restore(Config::lan(), local(5, 1, epoch(20)), keyring(), [4; 32], Instant::ZERO, &snapshot);
    assert_eq!(other.err(), Some(RestoreError::ForeignName));
    let named = swim_core::Local { name: crate::lab::name("node"), ..local(0, 1, epoch(20)) };
    let foreign = swim_core::Local { cluster: ClusterId::from_name("elsewhere"), ..named };
    let other = Node::restore(Config::lan(), foreign, keyring(), [4; 32], Instant::ZERO, &snapshot);
    assert_eq!(other.err(), Some(RestoreError::ForeignCluster));
}

#[test]
fn a_snapshot_of_the_last_epoch_is_refused() {
    let local = swim_core::Local { name: crate::lab::name("node"), ..local(0, 1, swim_core::Epoch::MAX) };
    let last = Node::new(Config::lan(), local, keyring(), [4; 32], Instant::ZERO).expect("a valid config");
    assert_eq!(error(0, &last.snapshot()), RestoreError::NoEpochLeft);
}

#[test]
fn wrong_settings_are_named_as_without_a_snapshot() {
    let mut config = Config::lan();
    config.gossip_fanout = 0;
    let expected = config.validate().expect_err("out of range");
    let local = swim_core::Local { name: crate::lab::name("node"), ..local(0, 1, epoch(1)) };
    let node = Node::restore(config, local, keyring(), [4; 32], Instant::ZERO, &sample());
    assert_eq!(node.err(), Some(RestoreError::Config(expected)));
}

#[test]
fn an_error_says_to_start_empty() {
    for useless in [&b""[..], b"something else"] {
        assert!(error(0, useless).to_string().ends_with("start empty"));
    }
}

#[test]
fn no_key_is_in_a_snapshot() {
    let snapshot = sample();
    assert!(!snapshot.windows(8).any(|window| window == [1; 8]));
}

#[test]
fn a_member_takes_some_tens_of_bytes_of_a_snapshot() {
    let member =
        |i: u16| Puppet { epoch: epoch(1_700_000_000_000), ..Puppet::new(&format!("node-{i:04}"), 7_000) };
    let puppets: Vec<_> = (0..1_000).map(member).collect();
    let lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    let per_member = (lab.node.snapshot().len() - Lab::new().node.snapshot().len()) as f64 / 1_000.0;
    println!("{per_member} bytes per member");
    assert!(per_member <= 30.0);
}

#[test]
fn equal_nodes_have_equal_snapshots() {
    assert_eq!(sample(), sample());
}

#[test]
fn a_snapshot_cut_anywhere_or_with_any_bit_flipped_is_refused() {
    let whole = sample();
    for end in 0..whole.len() {
        assert_eq!(
            error(0, &whole[..end]),
            RestoreError::Unreadable(SnapshotError::Damaged),
            "after {end} bytes"
        );
    }
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(error(0, &flipped), RestoreError::Unreadable(_)), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_restore_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        prop_assert!(restore(0, &bytes).is_err());
    }

    #[test]
    fn no_records_under_a_right_sum_make_a_restore_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
    ) {
        let mut bytes = sample();
        bytes.truncate(bytes.len() - 4);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&bytes);
        bytes.extend(sum.to_be_bytes());
        if let Ok(node) = restore(0, &bytes) {
            prop_assert!(node.local().epoch().get() > 0);
        }
    }
}
