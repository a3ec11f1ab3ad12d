//! Nodes at the ends of all ranges.

use std::time::Duration;

use swim_core::{Addr, Config, Instant, Local, Machine as _, Node, State, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, cluster, epoch, keyring, name};
use crate::streams::last_dialed;
use crate::world::World;

fn least() -> Config {
    let mut config = Config::lan();
    (config.probe_interval, config.probe_timeout) = (MS + Duration::from_nanos(1), MS);
    (config.indirect_probes, config.health_max) = (0, 0);
    (config.suspicion_multiplier, config.suspicion_max_multiplier) = (1, 1);
    (config.gossip_interval, config.gossip_fanout, config.retransmit_multiplier) = (MS, 1, 1);
    (config.gossip_to_dead, config.tombstone) = (Duration::ZERO, SECOND);
    (config.heal_interval, config.leave_timeout, config.stream_timeout) = (MS * 10, MS * 10, MS * 10);
    (config.datagram_limit, config.streams_per_source, config.newcomers_per_minute) = (1_024, 1, 1);
    (config.max_members, config.max_events) = (2, 16);
    config
}

fn greatest() -> Config {
    let (mut config, hour) = (Config::lan(), SECOND * 3_600);
    (config.probe_interval, config.probe_timeout) = (hour, hour - Duration::from_nanos(1));
    (config.indirect_probes, config.health_max) = (8, 32);
    (config.suspicion_multiplier, config.suspicion_max_multiplier) = (100, 100);
    (config.gossip_interval, config.gossip_fanout, config.retransmit_multiplier) = (SECOND * 60, 16, 16);
    (config.gossip_to_dead, config.tombstone) = (hour, hour * 24 * 30);
    (config.heal_interval, config.leave_timeout, config.stream_timeout) = (hour, SECOND * 60, SECOND * 600);
    (config.datagram_limit, config.streams_per_source, config.newcomers_per_minute) = (65_507, 64, 1 << 20);
    (config.max_members, config.max_events) = (1 << 20, 1 << 20);
    config
}

#[test]
fn the_ends_of_all_ranges_are_valid_and_no_field_is_left_out() {
    let fields = |config: &Config| -> Vec<String> {
        assert_eq!(config.validate(), Ok(()));
        format!("{config:?}").split(", ").map(str::to_owned).collect()
    };
    for (least, greatest) in fields(&least()).iter().zip(&fields(&greatest())) {
        assert_ne!(least, greatest);
    }
}

/// Joins, writes, a crash, its burial, a restart from a snapshot and a farewell.
fn live_through_a_minute(config: &Config) -> World {
    let mut world = World::default();
    for port in 1..=3 {
        world.start(config, port, port, 10);
        world.join(port, 1);
    }
    world.pass(SECOND * 20);
    let now = world.now;
    for node in world.nodes.values_mut() {
        node.set(now, "key", &[7; 512]).expect("room for one");
    }
    world.pass(SECOND * 10);
    let snapshot = world.nodes.remove(&3).expect("a node").snapshot();
    world.pass(SECOND * 10);
    world.restore(config, 3, 3, 11, &snapshot);
    world.pass(SECOND * 10);
    let now = world.now;
    world.nodes.get_mut(&2).expect("a node").leave(now);
    world.pass(SECOND * 10);
    world
}

#[test]
fn nodes_with_the_least_of_everything_live_through_a_minute() {
    let world = live_through_a_minute(&least());
    assert!(world.nodes.values().all(|node| node.members().count() + node.departed().count() <= 2));
    assert!(world.nodes[&2].has_left());
}

#[test]
fn nodes_with_the_greatest_of_everything_live_through_a_minute() {
    let world = live_through_a_minute(&greatest());
    let runs = |node: &Node| node.local().state() == State::Alive && node.poll_timeout().is_some();
    assert!(runs(&world.nodes[&1]) && runs(&world.nodes[&3]));
    assert!(world.nodes[&1].member("m3").is_some());
}

const LAST: Instant = Instant::from_nanos(u64::MAX);

#[test]
fn nodes_live_through_the_last_minute_of_a_clock_and_accuse_nobody() {
    let mut world = World::default();
    world.now = LAST - SECOND * 60;
    for port in 1..=3 {
        world.start(&Config::lan(), port, port, 10);
        world.join(port, 1);
    }
    world.pass(SECOND * 60);
    for _ in 0..10 {
        world.nodes.values_mut().for_each(|node| node.handle_timeout(LAST));
    }
    assert_eq!(world.accusations(Instant::ZERO), 0);
    for view in world.views().values() {
        assert!(view.len() == 3 && view.values().all(|(_, state)| *state == State::Alive));
    }
}

#[test]
fn an_address_that_no_message_can_bear_is_refused() {
    for bytes in [vec![], vec![b'a'; 300], b"a\0b".to_vec()] {
        let unusable = Addr::UnixPath(bytes.into());
        let local = Local { cluster: cluster(), name: name("node"), addr: unusable, epoch: epoch(1) };
        let node = Node::new(Config::lan(), local, keyring(), [1; 32], Instant::ZERO);
        assert!(node.is_err());
    }
}

#[test]
fn a_join_writes_no_more_than_there_is_to_tell() {
    let unusable = Addr::UnixPath(vec![b'a'; 300].into());
    let local = Local { cluster: cluster(), name: name("node"), addr: unusable, epoch: epoch(1) };
    let Ok(node) = Node::new(Config::lan(), local, keyring(), [1; 32], Instant::ZERO) else { return };
    let seed = Puppet::new("seed", 2);
    let mut lab = Lab::of(node);
    lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
    lab.drain();
    let stream = last_dialed(&lab, &seed.addr);
    lab.connected(stream, &seed);
    for _ in 0..1_000 {
        lab.stream(stream, StreamInput::Written);
    }
    let writes = lab.sent.iter().filter(|sent| matches!(sent, Sent::Write { .. })).count();
    assert!(writes < 10, "{writes} writes");
}

#[test]
fn no_duration_of_a_configuration_is_too_long_to_be_asked_about() {
    let mut config = Config::lan();
    config.probe_interval = Duration::MAX;
    config.gossip_interval = Duration::MAX;
    assert!(config.validate().is_err());
    let _ = config.suspicion_time(5, 0);
    let _ = config.settle_time(5);
}
