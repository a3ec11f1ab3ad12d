//! Nodes that come back from snapshots, however old, under a judge.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::check::Judge;
use sim::{Cluster, Link, NodeId, Rng, Seed};
use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Keyring, Local, Name, Node};

const NODES: u16 = 12;

fn ours() -> ClusterId {
    ClusterId::from_name("ours")
}

fn addr(number: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1000 + number)).into()
}

/// A life that began now.
fn local(number: u16, now: Instant) -> Local {
    let name = Name::new(&format!("m{number}")).unwrap();
    let epoch = Epoch::new(1_000 + now.as_nanos() / 1_000_000).unwrap();
    Local { cluster: ours(), name, addr: addr(number), epoch }
}

fn first_life(number: u16, seed: [u8; 32], now: Instant) -> Node {
    let mut node = Node::new(Config::local(), local(number, now), Keyring::plain(), seed, now).unwrap();
    node.set(now, "number", &number.to_be_bytes()).unwrap();
    node.join(now, &[addr(0)]);
    node
}

/// Nobody is told a seed: the snapshot must do.
fn next_life(number: u16, seed: [u8; 32], now: Instant, snapshot: &[u8]) -> Node {
    Node::restore(Config::local(), local(number, now), Keyring::plain(), seed, now, snapshot).unwrap()
}

fn joined(seed: u64) -> (Cluster<Node>, Vec<NodeId>) {
    let mut cluster = Cluster::new(seed);
    cluster.watch(Judge::new(|_| ours()).0);
    let add = |number| cluster.add(addr(number), |seed, now| first_life(number, seed, now));
    let nodes: Vec<_> = (0..NODES).map(add).collect();
    cluster.run_for(Duration::from_secs(10));
    cluster.network.set_links(Link { loss: 0.1, ..Link::default() });
    (cluster, nodes)
}

fn snapshots(cluster: &Cluster<Node>) -> Vec<Vec<u8>> {
    cluster.machines().iter().map(|(_, node)| node.snapshot()).collect()
}

fn restore(cluster: &mut Cluster<Node>, nodes: &[NodeId], number: usize, snapshot: &[u8]) {
    let numbered = u16::try_from(number).unwrap();
    cluster.restart(nodes[number], |seed, now| next_life(numbered, seed, now, snapshot));
}

/// Everybody knows everybody, alive and with its register.
#[track_caller]
fn whole(cluster: &mut Cluster<Node>, within: Duration) {
    let deadline = cluster.now() + within;
    let knows_all = |node: &Node| {
        let mut members = node.members();
        members.len() == usize::from(NODES) && members.all(|member| member.register("number").is_some())
    };
    let done =
        cluster.run_until(deadline, |cluster| cluster.machines().iter().all(|(_, node)| knows_all(node)));
    assert_eq!(cluster.violation(), None);
    assert!(done.is_some(), "not whole after {within:?}");
}

#[test]
fn nodes_that_come_back_from_ever_older_snapshots_break_no_law() {
    for seed in 0..5 {
        let (mut cluster, nodes) = joined(seed);
        let snapshots = snapshots(&cluster);
        let mut rng = Rng::new(Seed::from(seed).child(7));
        for _ in 0..30 {
            let number = rng.index(nodes.len());
            cluster.crash(nodes[number]);
            cluster.run_for(rng.duration(&(Duration::ZERO..=Duration::from_secs(10))));
            restore(&mut cluster, &nodes, number, &snapshots[number]);
        }
        whole(&mut cluster, Duration::from_secs(60));
    }
}

#[test]
fn a_cluster_whose_power_failed_is_whole_again_without_a_seed() {
    for seed in 0..5 {
        let (mut cluster, nodes) = joined(seed);
        let snapshots = snapshots(&cluster);
        for &node in &nodes {
            cluster.crash(node);
        }
        cluster.run_for(Duration::from_secs(3_600));
        for (number, snapshot) in snapshots.iter().enumerate() {
            restore(&mut cluster, &nodes, number, snapshot);
        }
        whole(&mut cluster, Duration::from_secs(20));
    }
}
