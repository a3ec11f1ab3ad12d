//! Threats that need a whole cluster to show: changing keys, restarts of every kind, floods of news.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::{Cluster, NodeId, Rng, Seed};
use swim_core::{
    Addr, ClusterId, Config, DropReason, Epoch, Fact, Instant, Key, Keyring, Local, Name, Node, State, Suite,
};

use crate::effort::times;

const NODES: u16 = 5;
const SEEDS: u64 = 5;
const SECOND: Duration = Duration::from_secs(1);

fn addr(port: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1_000 + port)).into()
}

fn name(number: u16) -> String {
    format!("m{number}")
}

/// Member `number` in the life that begins now, which is above all earlier ones.
fn local(number: u16, port: u16, now: Instant) -> Local {
    Local {
        cluster: ClusterId::from_name("threatened"),
        name: Name::new(&name(number)).unwrap(),
        addr: addr(port),
        epoch: Epoch::new(1_000 + now.as_nanos() / 1_000_000).unwrap(),
    }
}

/// The first key seals.
fn ring(keys: &[Key]) -> Keyring {
    let mut ring = Keyring::sealed(keys[0].clone());
    for key in &keys[1..] {
        ring.install(key.clone()).unwrap();
    }
    ring
}

/// Each key has another suite than the one before.
fn key(number: u8) -> Key {
    Key::new(Suite::ALL[usize::from(number) % Suite::ALL.len()], [number; 32])
}

fn start(number: u16, keys: &[Key], seed: [u8; 32], now: Instant) -> Node {
    let mut node = Node::new(Config::lan(), local(number, number, now), ring(keys), seed, now).unwrap();
    node.join(now, &[addr(0), addr(1)]);
    node
}

fn joined(seed: u64) -> Cluster<Node> {
    println!("seed {seed}");
    let mut cluster = Cluster::new(seed);
    for number in 0..NODES {
        cluster.add(addr(number), |seed, now| start(number, &[key(0)], seed, now));
    }
    cluster.run_for(10 * SECOND);
    assert!(is_whole(&cluster));
    cluster
}

fn is_whole(cluster: &Cluster<Node>) -> bool {
    let nodes = || cluster.machines().iter().map(|(_, node)| node);
    let knows = |node: &Node, other: &Node| {
        let (itself, believed) = (other.local(), node.member(other.local().name().as_str()));
        believed.is_some_and(|member| {
            member.state() == State::Alive
                && member.epoch() == itself.epoch()
                && member.addr() == itself.addr()
        })
    };
    nodes().count() == usize::from(NODES) && nodes().all(|node| nodes().all(|other| knows(node, other)))
}

#[track_caller]
fn is_whole_within(cluster: &mut Cluster<Node>, time: Duration) {
    let deadline = cluster.now() + time;
    assert!(cluster.run_until(deadline, is_whole).is_some(), "not whole after {time:?}");
}

fn dropped(cluster: &Cluster<Node>, reason: DropReason) -> u64 {
    cluster.machines().iter().map(|(_, node)| node.stats().dropped(reason)).sum()
}

fn happened(cluster: &Cluster<Node>, what: impl Fn(&Fact) -> bool) -> usize {
    cluster.events().iter().filter(|happened| what(&happened.event.fact)).count()
}

/// The keys that an operator has given to each member.
struct Operator {
    keys: Vec<Vec<Key>>,
}

impl Operator {
    /// One of the three steps, on one member; one that is down gets it when it starts.
    fn change(&mut self, cluster: &mut Cluster<Node>, number: u16, change: impl FnOnce(&mut Vec<Key>)) {
        let keys = &mut self.keys[usize::from(number)];
        change(keys);
        cluster.with(NodeId(number.into()), |node, _| {
            let ring = node.keyring_mut();
            for key in keys.iter() {
                let _known = ring.install(key.clone());
            }
            ring.use_key(keys[0].id()).unwrap();
            let gone: Vec<_> = ring.key_ids().filter(|id| keys.iter().all(|key| key.id() != *id)).collect();
            gone.into_iter().for_each(|id| ring.remove(id).unwrap());
        });
    }

    fn restart(&self, cluster: &mut Cluster<Node>, number: u16) {
        let keys = &self.keys[usize::from(number)];
        cluster.restart(NodeId(number.into()), |seed, now| start(number, keys, seed, now));
    }
}

/// Each step on every member in an order of its own, with something going wrong between any two.
#[test]
fn a_cluster_changes_its_key_under_crashes_and_partitions_without_losing_a_frame() {
    for seed in 0..times(SEEDS) {
        let mut cluster = joined(seed);
        let mut rng = Rng::new(Seed::from(seed));
        let mut operator = Operator { keys: vec![vec![key(0)]; NODES.into()] };
        for new in 1..=3 {
            let steps: [fn(&mut Vec<Key>, u8); 3] =
                [|keys, new| keys.push(key(new)), |keys, _| keys.swap(0, 1), |keys, _| drop(keys.pop())];
            for step in steps {
                let mut order: Vec<_> = (0..NODES).collect();
                rng.shuffle(&mut order);
                for number in order {
                    operator.change(&mut cluster, number, |keys| step(keys, new));
                    disturb(&mut cluster, &operator, &mut rng);
                }
                // What was sealed before the step arrives before the next.
                cluster.run_for(SECOND);
            }
        }
        is_whole_within(&mut cluster, 60 * SECOND);
        for reason in [DropReason::UnknownKey, DropReason::BadTag, DropReason::PlainRefused] {
            assert_eq!(dropped(&cluster, reason), 0, "{reason:?}");
        }
        assert_eq!(happened(&cluster, |fact| matches!(fact, Fact::KeyMismatch { .. })), 0);
    }
}

fn disturb(cluster: &mut Cluster<Node>, operator: &Operator, rng: &mut Rng) {
    let number = u16::try_from(rng.index(usize::from(NODES))).unwrap();
    match rng.index(3) {
        0 => {
            cluster.crash(NodeId(number.into()));
            cluster.run_for(SECOND / 2);
            operator.restart(cluster, number);
        }
        1 => {
            cluster.network.isolate(NodeId(number.into()));
            cluster.run_for(2 * SECOND);
            cluster.network.repair();
        }
        _ => {}
    }
    cluster.run_for(SECOND / 2);
}

#[test]
fn a_member_that_missed_a_change_of_keys_is_named_and_returns_with_the_key() {
    for seed in 0..times(SEEDS) {
        let mut cluster = joined(seed);
        let mut operator = Operator { keys: vec![vec![key(0)]; NODES.into()] };
        let late = NODES - 1;
        (0..late).for_each(|number| operator.change(&mut cluster, number, |keys| keys.push(key(1))));
        (0..late).for_each(|number| operator.change(&mut cluster, number, |keys| keys.swap(0, 1)));
        (0..late).for_each(|number| operator.change(&mut cluster, number, |keys| drop(keys.pop())));
        cluster.run_for(60 * SECOND);
        let names = |called: &str| {
            happened(
                &cluster,
                |fact| matches!(fact, Fact::KeyMismatch { member, .. } if member.as_str() == called),
            )
        };
        assert!(names(&name(late)) > 0, "the others say who is behind");
        assert!((0..late).any(|number| names(&name(number)) > 0), "who is behind says so, too");
        operator.change(&mut cluster, late, |keys| keys.insert(0, key(1)));
        is_whole_within(&mut cluster, 60 * SECOND);
    }
}

/// With and without a snapshot, at its address and at another, before anybody can notice and after its burial.
#[test]
fn a_member_is_alive_everywhere_five_seconds_after_any_restart() {
    for seed in 0..times(SEEDS) {
        for (snapshot, moved, away) in restarts() {
            let mut cluster = joined(seed);
            println!("snapshot {snapshot}, moved {moved}, away {away:?}");
            let (number, port) = (3, if moved { 77 } else { 3 });
            let old = cluster.crash(NodeId(number.into())).unwrap();
            cluster.run_for(away);
            cluster.restart_at(NodeId(number.into()), addr(port), |seed, now| {
                let (config, local, keys) = (Config::lan(), local(number, port, now), ring(&[key(0)]));
                if snapshot {
                    return Node::restore(config, local, keys, seed, now, &old.snapshot()).unwrap();
                }
                let mut node = Node::new(config, local, keys, seed, now).unwrap();
                node.join(now, &[addr(0)]);
                node
            });
            is_whole_within(&mut cluster, 5 * SECOND);
        }
    }
}

fn restarts() -> impl Iterator<Item = (bool, bool, Duration)> {
    let kinds = [(false, false), (false, true), (true, false), (true, true)];
    let times = [Duration::from_micros(100), 2 * SECOND, 60 * SECOND];
    kinds.into_iter().flat_map(move |(snapshot, moved)| times.map(|away| (snapshot, moved, away)))
}

/// How long all who live take to know that one crashed, while another writes registers.
fn burial(seed: u64, writes_per_second: u32) -> Duration {
    let mut cluster = joined(seed);
    let begin = cluster.now();
    cluster.crash(NodeId(3));
    let pause = SECOND / writes_per_second.max(20);
    let buried = |cluster: &Cluster<Node>| {
        cluster.machines().iter().all(|(_, node)| node.member("m3").is_none_or(|m| m.state() >= State::Dead))
    };
    let mut number = 0_u32;
    while !buried(&cluster) {
        assert!(cluster.now().since(begin) < 120 * SECOND, "never found");
        cluster.run_for(pause);
        number += 1;
        if writes_per_second > 0 {
            let key = format!("k{}", number % 16);
            cluster.with(NodeId(0), |node, now| node.set(now, &key, &[7; 200]).unwrap());
            let load = cluster.machines().get(NodeId(0)).unwrap().load();
            assert!(load.registers <= 16, "a register waits once, whatever it was before");
        }
    }
    cluster.now().since(begin)
}

#[test]
fn a_flood_of_registers_delays_no_news_of_a_crash() {
    let sum = |writes| (0..SEEDS).map(|seed| burial(seed, writes)).sum::<Duration>();
    let (idle, flooded) = (sum(0), sum(u32::try_from(times(1_000).min(10_000)).unwrap()));
    assert!(flooded <= idle * 6 / 5, "{flooded:?} instead of {idle:?}");
}

/// Whoever starts asks at all addresses, those of the other cluster too; later some move, two to where one of the other
/// cluster was.
#[test]
fn two_clusters_with_one_key_whose_addresses_got_mixed_up_never_know_each_other() {
    for seed in 0..times(SEEDS) {
        println!("seed {seed}");
        let mut ports: Vec<_> = (0..2 * NODES).collect();
        Rng::new(Seed::from(seed)).shuffle(&mut ports);
        let mut cluster = Cluster::new(seed);
        for (number, &port) in (0..).zip(&ports) {
            cluster.add(addr(port), |seed, now| red_or_blue(number, port, seed, now));
        }
        cluster.run_for(20 * SECOND);
        for (number, port) in [(0, 2 * NODES), (1, ports[0]), (2, ports[1])] {
            cluster.crash(NodeId(number.into())).unwrap();
            let start = |seed, now| red_or_blue(number, port, seed, now);
            cluster.restart_at(NodeId(number.into()), addr(port), start);
        }
        cluster.run_for(40 * SECOND);
        for (NodeId(number), node) in cluster.machines().iter() {
            let mut known: Vec<_> =
                node.members().map(|member| (member.name().to_string(), member.state())).collect();
            known.sort_by(|(a, _), (b, _)| a.cmp(b));
            let own = (0..2 * NODES).filter(|other| other % 2 == u16::try_from(number).unwrap() % 2);
            assert!(
                known.into_iter().eq(own.map(|other| (name(other), State::Alive))),
                "as {number} knows it"
            );
        }
        assert!(dropped(&cluster, DropReason::ForeignCluster) > 0);
    }
}

/// Members with even numbers are red, the others blue.
fn red_or_blue(number: u16, port: u16, seed: [u8; 32], now: Instant) -> Node {
    let cluster = ClusterId::from_name(if number.is_multiple_of(2) { "red" } else { "blue" });
    let local = Local { cluster, ..local(number, port, now) };
    let mut node = Node::new(Config::lan(), local, ring(&[key(0)]), seed, now).unwrap();
    node.join(now, &(0..=2 * NODES).map(addr).collect::<Vec<_>>());
    node
}
