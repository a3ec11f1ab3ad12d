//! How well nodes learn how far they are from each other, on a network with loss and jitter.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::{Cluster, Link, NodeId};
use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Keyring, Local, Name, Node};

const NODES: u16 = 48;

fn addr(number: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1000 + number)).into()
}

fn name(number: u16) -> String {
    format!("m{number}")
}

fn make(number: u16, seed: [u8; 32], now: Instant) -> Node {
    let name = Name::new(&name(number)).unwrap();
    let cluster = ClusterId::from_name("map");
    let local = Local { cluster, name, addr: addr(number), epoch: Epoch::new(5).unwrap() };
    let mut node = Node::new(Config::lan(), local, Keyring::plain(), seed, now).unwrap();
    node.join(now, &[addr(0)]);
    node
}

/// The way there and back in milliseconds: a town of 7 by 7 blocks, and a last mile of up to 4 ms for each.
fn truth(a: u16, b: u16) -> f64 {
    let block = |node: u16| (f64::from(node % 7) * 12.0, f64::from(node / 7) * 12.0);
    let mile = |node: u16| f64::from(node * 5 % 9) / 2.0;
    let ((ax, ay), (bx, by)) = (block(a), block(b));
    (ax - bx).hypot(ay - by) + mile(a) + mile(b) + 2.0
}

/// Every packet takes up to 20 % longer than the truth; one of a hundred is lost.
fn town() -> Cluster<Node> {
    let mut cluster = Cluster::new(1);
    let nodes: Vec<NodeId> =
        (0..NODES).map(|number| cluster.add(addr(number), |seed, now| make(number, seed, now))).collect();
    for (a, b) in (0..NODES).flat_map(|a| (0..NODES).map(move |b| (a, b))).filter(|(a, b)| a != b) {
        let way = Duration::from_secs_f64(truth(a, b) / 2e3);
        let link = Link { latency: way..=way * 6 / 5, loss: 0.01 };
        cluster.network.set_link(nodes[usize::from(a)], nodes[usize::from(b)], link);
    }
    cluster
}

#[test]
fn any_member_can_tell_how_far_any_two_are_from_each_other() {
    let mut cluster = town();
    cluster.run_for(Duration::from_secs(600));
    let (_, node) = cluster.machines().iter().nth(7).unwrap();
    let pairs = (0..NODES).flat_map(|a| (0..a).map(move |b| (a, b)));
    let mut errors: Vec<_> = pairs
        .map(|(a, b)| {
            let estimate = node.estimate_rtt(&name(a), &name(b)).expect("everybody was probed");
            let truth = truth(a, b) * 1.1;
            (estimate.as_secs_f64() * 1e3 - truth).abs() / truth
        })
        .collect();
    errors.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| errors[errors.len() * percent / 100];
    println!("relative error: p50 {:.3}, p90 {:.3}, p99 {:.3}", at(50), at(90), at(99));
    assert!(at(50) < 0.05 && at(90) < 0.15);
}
