//! Measures how fast clusters get over partitions, restarts and goodbyes: medians, 99th percentiles and worst times.
//!
//! ```text
//! cargo run --release -p sim --example heal [RUNS [WORD]]
//! ```
//!
//! With a word, only the lines that contain it are measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use sim::{Cluster, Link, NodeId, Rng, Seed};
use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Keyring, Local, Name, Node, State};

const SECOND: Duration = Duration::from_secs(1);
/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
const TRY: Duration = Duration::from_millis(50);
/// The child of a run's seed that decides what happens.
const CHILD: u64 = 16;

fn main() {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(300);
    let word = std::env::args().nth(2).unwrap_or_default();
    let line = |what: &str, runs: u64, run: &dyn Fn(u64) -> Option<Duration>| {
        if !what.contains(&word) {
            return;
        }
        let runs = runs.max(1);
        let mut times: Vec<_> = (0..runs).map(|seed| (run(seed).unwrap_or(Duration::MAX), seed)).collect();
        times.sort_unstable();
        let at = |percent: usize| times[((times.len() - 1) * percent).div_ceil(100)].0;
        let worst = times[times.len() - 1].1;
        let [half, most, all] = [50, 99, 100].map(at).map(seconds);
        println!("{what:<52} {runs:>5} runs   p50 {half:>8}   p99 {most:>8}   max {all:>8} (seed {worst})");
    };
    line("partition of 10 s to 3 min, 4 to 256 nodes", runs, &|seed| {
        partition(seed, &(4..=256), &(SECOND * 10..=SECOND * 180), &Config::lan())
    });
    line("the same with 10 % loss", runs / 3, &|seed| lossy_partition(seed));
    line("partition after which all tombstones ended", runs, &|seed| {
        let config = with_tombstones(SECOND * 60);
        partition(seed, &(4..=64), &(SECOND * 200..=SECOND * 300), &config)
    });
    line("two clusters that never met share a silent seed", runs, &strangers);
    line("256 nodes restart within 10 s", runs / 30, &|seed| mass_restart(seed, 256));
    line("one of 64 restarts elsewhere while it counts as alive", runs / 3, &moved);
    for nodes in [16, 256, 1_000] {
        let runs = if nodes > 256 { runs / 30 } else { runs / 3 };
        line(&format!("one of {nodes} leaves"), runs, &|seed| goodbye(seed, nodes, 1, Heard::ByEverybody));
        line(&format!("half of {nodes} leave"), runs, &|seed| {
            goodbye(seed, nodes, nodes / 2, Heard::ByEverybody)
        });
        line(&format!("half of {nodes} leave: has left"), runs, &|seed| {
            goodbye(seed, nodes, nodes / 2, Heard::Ended)
        });
    }
}

fn seconds(time: Duration) -> String {
    if time == Duration::MAX { "never".into() } else { format!("{:.2} s", time.as_secs_f64()) }
}

fn with_tombstones(tombstone: Duration) -> Config {
    let mut config = Config::lan();
    config.tombstone = tombstone;
    config
}

fn addr(number: usize) -> Addr {
    SocketAddr::from((Ipv4Addr::from(0x0a00_0001 + u32::try_from(number).expect("few")), 7946)).into()
}

fn node(config: &Config, number: usize, at: usize, seeds: &[Addr], seed: [u8; 32], now: Instant) -> Node {
    let local = Local {
        cluster: ClusterId::from_name("heal"),
        name: Name::new(&format!("n{number}")).expect("short"),
        addr: addr(at),
        epoch: Epoch::new(1_700_000_000_000 + now.as_nanos() / 1_000_000).expect("small"),
    };
    let mut node = Node::new(config.clone(), local, Keyring::plain(), seed, now).expect("valid");
    node.join(now, seeds);
    node
}

fn cluster(seed: u64, nodes: usize, config: &Config) -> Cluster<Node> {
    let mut cluster = Cluster::new(seed);
    cluster.keep_events(false);
    for number in 0..nodes {
        cluster.add(addr(number), |seed, now| node(config, number, number, &[addr(0), addr(1)], seed, now));
    }
    cluster.run_for(SECOND * 20);
    assert!(is_whole(&cluster, nodes), "the cluster did not even start");
    cluster
}

/// Everybody who runs knows so many, all of them alive.
fn is_whole(cluster: &Cluster<Node>, nodes: usize) -> bool {
    cluster.machines().iter().all(|(_, node)| {
        let mut members = node.members();
        members.len() == nodes && members.all(|member| member.state() == State::Alive)
    })
}

/// How long until `done`.
fn time_until(cluster: &mut Cluster<Node>, done: impl Fn(&Cluster<Node>) -> bool) -> Option<Duration> {
    let begun = cluster.now();
    while !done(cluster) {
        if cluster.now().since(begun) >= PATIENCE {
            return None;
        }
        cluster.run_for(TRY);
    }
    Some(cluster.now().since(begun))
}

/// Two to four groups of any sizes, from one node to almost all.
fn split(rng: &mut Rng, nodes: usize) -> Vec<Vec<NodeId>> {
    let mut all: Vec<_> = (0..u32::try_from(nodes).expect("few")).map(NodeId).collect();
    rng.shuffle(&mut all);
    let mut groups = vec![];
    for _ in 0..rng.index(3) + 1 {
        if all.len() > 1 {
            groups.push(all.split_off(rng.index(all.len() - 1) + 1));
        }
    }
    groups.push(all);
    groups
}

fn partition(
    seed: u64,
    sizes: &RangeInclusive<u64>,
    lengths: &RangeInclusive<Duration>,
    config: &Config,
) -> Option<Duration> {
    let mut rng = Rng::new(Seed::from(seed).child(CHILD));
    // As many small clusters as large ones.
    let bits = sizes.end() / sizes.start();
    let nodes = usize::try_from(sizes.start() * (1 << rng.number(0..=u64::from(bits.ilog2())))).expect("few");
    let mut cluster = cluster(seed, nodes, config);
    cut_and_heal(&mut cluster, &mut rng, nodes, lengths)
}

fn lossy_partition(seed: u64) -> Option<Duration> {
    let mut rng = Rng::new(Seed::from(seed).child(CHILD));
    let nodes = 4 << rng.index(6);
    let mut cluster = cluster(seed, nodes, &Config::lan());
    cluster.network.set_links(Link { loss: 0.1, ..Link::default() });
    cut_and_heal(&mut cluster, &mut rng, nodes, &(SECOND * 10..=SECOND * 120))
}

fn cut_and_heal(
    cluster: &mut Cluster<Node>,
    rng: &mut Rng,
    nodes: usize,
    lengths: &RangeInclusive<Duration>,
) -> Option<Duration> {
    let groups = split(rng, nodes);
    cluster.network.partition(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>());
    cluster.run_for(rng.duration(lengths));
    cluster.network.repair();
    time_until(cluster, |cluster| is_whole(cluster, nodes))
}

/// Halves that were apart from the start, each with a seed of its own and one that starts much later.
fn strangers(seed: u64) -> Option<Duration> {
    let mut rng = Rng::new(Seed::from(seed).child(CHILD));
    let (config, half) = (Config::lan(), 1 + rng.index(32));
    let late = half * 2;
    let mut cluster = Cluster::new(seed);
    cluster.keep_events(false);
    for number in 0..late {
        let seeds = [addr(number % 2), addr(late)];
        cluster.add(addr(number), |seed, now| node(&config, number, number, &seeds, seed, now));
    }
    cluster.run_for(SECOND * 60 + rng.duration(&(Duration::ZERO..=SECOND * 10)));
    cluster.add(addr(late), |seed, now| node(&config, late, late, &[], seed, now));
    time_until(&mut cluster, |cluster| is_whole(cluster, late + 1))
}

fn mass_restart(seed: u64, nodes: usize) -> Option<Duration> {
    let mut rng = Rng::new(Seed::from(seed).child(CHILD));
    let config = Config::lan();
    let mut cluster = cluster(seed, nodes, &config);
    let begun = cluster.now();
    for number in 0..nodes {
        let at = begun + rng.duration(&(Duration::ZERO..=SECOND * 10));
        let config = config.clone();
        cluster.at(at, move |cluster| {
            let id = NodeId(u32::try_from(number).expect("few"));
            cluster.restart(id, |seed, now| node(&config, number, number, &[addr(0), addr(1)], seed, now));
        });
    }
    cluster.run_for(SECOND * 10);
    let newest = |cluster: &Cluster<Node>| {
        let machines = cluster.machines();
        machines.iter().all(|(_, node)| {
            node.members().len() == nodes
                && machines.iter().all(|(_, other)| {
                    let known = node.member(other.local().name().as_str());
                    known.is_some_and(|known| {
                        known.epoch() == other.local().epoch() && known.state() == State::Alive
                    })
                })
        })
    };
    time_until(&mut cluster, newest)
}

fn moved(seed: u64) -> Option<Duration> {
    let config = Config::lan();
    let mut cluster = cluster(seed, 64, &config);
    cluster.crash(NodeId(7));
    cluster.add(addr(1_000), |seed, now| node(&config, 7, 1_000, &[addr(0), addr(1)], seed, now));
    time_until(&mut cluster, |cluster| {
        cluster.machines().iter().all(|(_, node)| {
            node.members().len() == 64
                && node.member("n7").is_some_and(|n7| n7.addr() == addr(1_000) && n7.state() == State::Alive)
        })
    })
}

#[derive(Clone, Copy)]
enum Heard {
    /// Until all who stay know of all who left.
    ByEverybody,
    /// Until all who leave have ended.
    Ended,
}

fn goodbye(seed: u64, nodes: usize, leavers: usize, heard: Heard) -> Option<Duration> {
    let mut cluster = cluster(seed, nodes, &Config::lan());
    let mut all: Vec<_> = cluster.machines().nodes().collect();
    Rng::new(Seed::from(seed).child(CHILD)).shuffle(&mut all);
    let (leaving, staying) = all.split_at(leavers);
    for &node in leaving {
        cluster.with(node, Node::leave);
    }
    let names: Vec<_> = leaving.iter().map(|node| format!("n{}", node.0)).collect();
    let has_left = |node: &Node, name: &String| node.member(name).is_some_and(|m| m.state() == State::Left);
    time_until(&mut cluster, |cluster| {
        let machines = cluster.machines();
        let of = |nodes: &[NodeId], done: &dyn Fn(&Node) -> bool| {
            nodes.iter().all(|&node| machines.get(node).is_some_and(done))
        };
        match heard {
            Heard::ByEverybody => of(staying, &|node| names.iter().all(|name| has_left(node, name))),
            Heard::Ended => of(leaving, &Node::has_left),
        }
    })
}
