//! Clusters with a key: strangers are challenged, and all goes on as without.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::fault::Eavesdropper;
use sim::{Cluster, NodeId, Rng, Seed};
use swim_core::{
    Addr, ClusterId, Config, DropReason, Epoch, Instant, Key, Keyring, Local, Name, Node, State, Suite,
};

use crate::effort::times;

const SECOND: Duration = Duration::from_secs(1);

fn addr(number: u16) -> Addr {
    let [high, low] = number.to_be_bytes();
    SocketAddr::from((Ipv4Addr::new(10, 0, high, low), 7_000)).into()
}

fn start(suite: Suite, number: u16, life: u64, seed: [u8; 32], now: Instant) -> Node {
    let local = Local {
        cluster: ClusterId::from_name("sealed"),
        name: Name::new(&format!("m{number}")).unwrap(),
        addr: addr(number),
        epoch: Epoch::new(life).unwrap(),
    };
    let keys = Keyring::sealed(Key::new(suite, [7; 32]));
    let mut node = Node::new(Config::lan(), local, keys, seed, now).unwrap();
    node.join(now, &[addr(0)]);
    node
}

/// Nodes that start within a second, and join through the first.
fn started(suite: Suite, seed: u64, count: u16) -> Cluster<Node> {
    println!("seed {seed}, {suite}");
    let mut cluster = Cluster::new(seed);
    for number in 0..count {
        cluster.add(addr(number), |seed, now| start(suite, number, 1, seed, now));
        cluster.run_for(SECOND / u32::from(count));
    }
    cluster
}

fn all_see(cluster: &Cluster<Node>, members: usize) -> bool {
    cluster.machines().iter().all(|(_, node)| node.members().len() == members)
}

fn dropped(cluster: &Cluster<Node>, reason: DropReason) -> u64 {
    cluster.machines().iter().map(|(_, node)| node.stats().dropped(reason)).sum()
}

#[test]
fn a_hundred_nodes_know_each_other_four_seconds_after_they_started_and_find_a_crash() {
    let mut cluster = started(Suite::default(), 1, 100);
    let deadline = cluster.now() + 4 * SECOND;
    assert!(cluster.run_until(deadline, |cluster| all_see(cluster, 100)).is_some());
    cluster.run_for(20 * SECOND);
    cluster.crash(NodeId(50));
    let begun = cluster.now();
    let found = cluster.run_until(begun + 20 * SECOND, |cluster| all_see(cluster, 99));
    assert!(found.is_some(), "the crash was not found");
    assert!(cluster.machines().iter().all(|(_, node)| node.stats().refutations == 0));
}

#[test]
fn whatever_was_recorded_is_dropped_before_and_after_a_restart() {
    Suite::ALL.into_iter().for_each(drops_what_was_recorded);
}

fn drops_what_was_recorded(suite: Suite) {
    let mut cluster = started(suite, 2, 5);
    let ear = Eavesdropper::new();
    cluster.network.add_rule(ear.clone());
    cluster.run_for(Duration::from_secs(times(120).min(600)));
    let mut rng = Rng::new(Seed::from(3));
    let replay = |cluster: &mut Cluster<Node>, rng: &mut Rng| {
        let late = |cluster: &Cluster<Node>| {
            [DropReason::Replayed, DropReason::TooOld, DropReason::EarlierLife, DropReason::Unproven]
                .map(|reason| dropped(cluster, reason))
                .iter()
                .sum::<u64>()
        };
        let (before, versions) = (late(cluster), versions(cluster));
        let replays = times(2_000);
        (0..replays).for_each(|_| ear.replay(cluster, rng));
        cluster.run_for(Duration::ZERO);
        assert_eq!((late(cluster) - before, self::versions(cluster)), (replays, versions));
    };
    replay(&mut cluster, &mut rng);
    cluster.restart(NodeId(4), |seed, now| start(suite, 4, 2, seed, now));
    cluster.run_for(20 * SECOND);
    replay(&mut cluster, &mut rng);
    assert!(cluster.machines().iter().all(|(_, node)| {
        node.members().all(|member| member.state() == State::Alive) && node.members().len() == 5
    }));
}

fn versions(cluster: &Cluster<Node>) -> Vec<u64> {
    cluster.machines().iter().map(|(_, node)| node.version()).collect()
}
