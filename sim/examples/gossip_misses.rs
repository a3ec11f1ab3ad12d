//! How often a change misses a live member by gossip alone: `cargo run --release -p sim --example gossip_misses`.
//!
//! Nodes that know each other stop probing, so nothing but gossip rounds is on the network: no piggyback, no comparing
//! of tables. Then one after the other sets a register, and whoever has not heard of it when all gossip has ended was
//! missed. Arguments: how many changes per line (2000), and the multipliers λ to compare (3 4 5).

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::{Cluster, Link, NodeId};
use swim_core::{Addr, ClusterId, Config, Epoch, Keyring, Local, Name, Node};

/// Longer than any change is gossiped about.
const ROUND: Duration = Duration::from_secs(8);

fn main() {
    let numbers: Vec<u32> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let changes = numbers.first().copied().unwrap_or(2_000);
    let multipliers = if numbers.len() > 1 { &numbers[1..] } else { &[3, 4, 5] };
    println!(
        "| n | λ | sent at most | loss | changes that missed somebody | datagrams per change and node |"
    );
    println!("|---|---|---|---|---|---|");
    for nodes in [4, 8, 16, 64, 256] {
        for &multiplier in multipliers {
            for loss in [0, 10, 30] {
                measure(nodes, multiplier, loss, changes);
            }
        }
    }
}

fn measure(nodes: u32, multiplier: u32, loss: u32, changes: u32) {
    let mut config = Config::lan();
    (config.probe_interval, config.retransmit_multiplier) =
        (Duration::from_secs(3_600), u8::try_from(multiplier).expect("1 to 16"));
    let limit = config.retransmit_limit(nodes as usize);
    let mut cluster = boot(nodes, &config);
    cluster.network.set_links(Link { loss: f64::from(loss) / 100.0, ..Link::default() });
    let sent_before = cluster.network.traffic().sent;
    let missed = (0..changes).filter(|&change| misses_somebody(&mut cluster, nodes, change)).count();
    let sent = (cluster.network.traffic().sent - sent_before) as f64 / f64::from(changes) / f64::from(nodes);
    let share = missed as f64 * 100.0 / f64::from(changes);
    println!("| {nodes} | {multiplier} | {limit} | {loss} % | {share:.2} % | {sent:.1} |");
}

fn boot(nodes: u32, config: &Config) -> Cluster<Node> {
    let mut cluster = Cluster::new(u64::from(nodes));
    cluster.keep_events(false);
    for number in 0..nodes {
        cluster.add(addr(number), |seed, now| {
            let local = Local {
                cluster: ClusterId::from_name("misses"),
                name: Name::new(&format!("n{number}")).expect("a valid name"),
                addr: addr(number),
                epoch: Epoch::new(1).expect("small"),
            };
            let mut node =
                Node::new(config.clone(), local, Keyring::plain(), seed, now).expect("a valid config");
            node.join(now, &[addr(0)]);
            node
        });
        cluster.run_for(Duration::from_millis(100));
    }
    // Without comparing tables the last news may miss somebody: then all ask the seed once more.
    for number in 0..nodes {
        cluster.with(NodeId(number), |node, now| node.join(now, &[addr(0)]));
    }
    cluster.run_for(Duration::from_secs(20));
    assert!(cluster.machines().iter().all(|(_, node)| node.members().len() == nodes as usize));
    cluster
}

/// One node sets a register; whether somebody has not heard of it in the end.
fn misses_somebody(cluster: &mut Cluster<Node>, nodes: u32, change: u32) -> bool {
    let (owner, value) = (NodeId(change % nodes), change.to_le_bytes());
    let name = format!("n{}", change % nodes);
    cluster
        .with(owner, |node, now| node.set(now, "key", &value))
        .expect("it runs")
        .expect("a valid register");
    cluster.run_for(ROUND);
    let heard = |node: &Node| {
        node.member(&name).and_then(|owner| owner.register("key").map(<[u8]>::to_vec)) == Some(value.into())
    };
    !cluster.machines().iter().all(|(_, node)| heard(node))
}

fn addr(number: u32) -> Addr {
    SocketAddr::from((Ipv4Addr::from(0x0a00_0001 + number), 7946)).into()
}
