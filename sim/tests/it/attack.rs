//! Attackers, and what they cannot do.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use sim::attack::{Attacker, Caller, Impostor, Liar, Lie, OnPath, SlowConsumer, Stranger, Trick, launch};
use sim::{Arrival, Call, Checker, Cluster, NodeId, Seed, Sent, Step, TraceHash};
use swim_core::{
    Addr, ClusterId, Config, DropReason, Epoch, Key, Keyring, Local, Name, Node, State, StreamId, Suite,
    Transmit,
};

use crate::effort::times;

const NODES: u16 = 5;
/// How many seeds each attack is tried with; `sim sweep --class i` tries many more.
const SEEDS: u64 = 5;
const SECOND: Duration = Duration::from_secs(1);

fn ours() -> ClusterId {
    ClusterId::from_name("ours")
}

/// Every suite by turns.
fn keys(seed: u64) -> Keyring {
    keys_of(seed, 7)
}

fn keys_of(seed: u64, number: u8) -> Keyring {
    let suite = Suite::ALL[usize::try_from(seed).unwrap() % Suite::ALL.len()];
    Keyring::sealed(Key::new(suite, [number; 32]))
}

fn addr(number: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1000 + number)).into()
}

fn local(number: u16) -> Local {
    let name = Name::new(&format!("m{number}")).unwrap();
    Local { cluster: ours(), name, addr: addr(number), epoch: Epoch::new(1_000).unwrap() }
}

/// Nodes that share a key and know each other.
fn joined(seed: u64) -> Cluster<Node> {
    println!("seed {seed}");
    let mut cluster = Cluster::new(seed);
    (0..NODES).for_each(|number| add(&mut cluster, number, keys(seed)));
    cluster.run_for(10 * SECOND);
    assert!(is_whole(&cluster));
    cluster
}

fn add(cluster: &mut Cluster<Node>, number: u16, keys: Keyring) {
    cluster.add(addr(number), |seed, now| {
        let mut node = Node::new(Config::local(), local(number), keys, seed, now).unwrap();
        node.join(now, &[addr(0)]);
        node.set(now, "role", b"db").unwrap();
        node
    });
}

/// Every node holds every node to be alive, where it is, and knows what it wrote.
fn is_whole(cluster: &Cluster<Node>) -> bool {
    let sees = |node: &Node, number: u16| {
        node.member(&format!("m{number}")).is_some_and(|member| {
            member.state() == State::Alive
                && member.addr() == addr(number)
                && member.registers().eq([("role", &b"db"[..])])
        })
    };
    cluster.machines().iter().all(|(_, node)| (0..NODES).all(|number| sees(node, number)))
}

fn attack(cluster: &mut Cluster<Node>, attacker: impl Attacker + 'static, time: Duration) {
    let end = cluster.now() + time;
    launch(cluster, attacker, Duration::from_millis(5), end);
    cluster.run_for(time);
}

fn dropped(cluster: &Cluster<Node>) -> u64 {
    cluster.machines().iter().flat_map(|(_, node)| node.stats().drops()).map(|(_, count)| count).sum()
}

#[track_caller]
fn recovers(cluster: &mut Cluster<Node>, time: Duration) {
    let deadline = cluster.now() + time;
    assert!(cluster.run_until(deadline, is_whole).is_some(), "not whole {time:?} after the attack");
}

/// In one moment without time for anything else, so that all that is sent would be an answer.
fn is_ignored(cluster: &mut Cluster<Node>, mut attacker: impl Attacker) {
    let acts = times(2_000);
    let state = |cluster: &Cluster<Node>| {
        let versions: Vec<_> = cluster.machines().iter().map(|(_, node)| node.version()).collect();
        (versions, cluster.network.traffic().sent)
    };
    let (before, dropped_before) = (state(cluster), dropped(cluster));
    for act in 1..=acts {
        attacker.act(cluster);
        if act % 1_000 == 0 {
            cluster.run_for(Duration::ZERO);
        }
    }
    assert_eq!(state(cluster), before);
    assert_eq!(dropped(cluster) - dropped_before, acts);
}

#[test]
fn a_stranger_changes_nothing_and_gets_no_answer() {
    for seed in 0..SEEDS {
        is_ignored(&mut joined(seed), Stranger::new(Seed::from(seed), ours()));
    }
}

#[test]
fn an_ex_member_with_an_old_key_changes_nothing_and_gets_no_answer() {
    for seed in 0..SEEDS {
        is_ignored(&mut joined(seed), Impostor::new(Seed::from(seed), ours(), keys_of(seed, 8)));
    }
}

#[test]
fn another_cluster_with_the_same_key_changes_nothing_and_gets_no_answer() {
    let theirs = ClusterId::from_name("theirs");
    for seed in 0..SEEDS {
        is_ignored(&mut joined(seed), Impostor::new(Seed::from(seed), theirs, keys(seed)));
    }
}

#[test]
fn a_cluster_recovers_from_somebody_on_the_path() {
    for seed in 0..SEEDS {
        let mut cluster = joined(seed);
        let end = cluster.now() + 20 * SECOND;
        let on_path = OnPath::tap(Seed::from(seed), &mut cluster.network, 0.1, end);
        let before = cluster.network.traffic();
        let dropped_before = dropped(&cluster);
        attack(&mut cluster, on_path, 20 * SECOND);
        let after = cluster.network.traffic();
        assert!(after.ruled_out > before.ruled_out && after.corrupted > before.corrupted);
        assert!(dropped(&cluster) > dropped_before);
        recovers(&mut cluster, 10 * SECOND);
    }
}

#[test]
fn what_somebody_with_the_key_says_from_where_it_does_not_listen_changes_nothing() {
    for seed in 0..SEEDS {
        let mut cluster = joined(seed);
        attack(&mut cluster, Impostor::new(Seed::from(seed), ours(), keys(seed)), 20 * SECOND);
        for (_, node) in cluster.machines().iter() {
            assert!(node.stats().dropped(DropReason::Unproven) > 0);
            assert_eq!(node.stats().refutations, 0);
        }
        assert!(is_whole(&cluster));
    }
}

/// After ten seconds of one lie, told by a member that is no node, and of the same time without it.
fn lied_to(seed: u64, lie: Lie) -> (Cluster<Node>, Cluster<Node>) {
    println!("{lie:?}");
    let (mut lied, mut spared) = (joined(seed), joined(seed));
    attack(&mut lied, Liar::new(Seed::from(seed), local(99), keys(seed), &[lie]), 10 * SECOND);
    spared.run_for(10 * SECOND);
    (lied, spared)
}

/// Whether the nodes heard the lie: what they did about it, and would not have done without it.
fn took_effect(lie: Lie, lied: &Cluster<Node>, spared: &Cluster<Node>) -> bool {
    let sum = |cluster: &Cluster<Node>, count: &dyn Fn(&Node) -> u64| -> u64 {
        cluster.machines().iter().map(|(_, node)| count(node)).sum()
    };
    let rises = |count: &dyn Fn(&Node) -> u64| sum(lied, count) > sum(spared, count);
    let drops = |reason: DropReason| rises(&|node| node.stats().dropped(reason));
    match lie {
        Lie::Suspicion | Lie::Death => rises(&|node| node.stats().refutations),
        Lie::Farewell => drops(DropReason::FalseFarewell),
        Lie::AbsurdIncarnation => drops(DropReason::AbsurdIncarnation),
        Lie::LastLife => drops(DropReason::AbsurdEpoch),
        Lie::NextLife => rises(&|node| node.stats().refutations),
        Lie::Register | Lie::ManyRegisters => drops(DropReason::ForeignRegister),
        Lie::UnbornRegister => drops(DropReason::UnknownLife),
        Lie::AbsurdStamp => drops(DropReason::AbsurdStamp),
        Lie::FarStamp => drops(DropReason::ForeignRegister),
        Lie::OwnFarStamp => rises(&|node| node.stats().registers_adopted),
        Lie::InItsNameAbsurdIncarnation => rises(&|node| node.stats().refutations),
        Lie::InItsNameLateLife => drops(DropReason::AbsurdEpoch),
        Lie::AbsurdCoordinate => drops(DropReason::AbsurdCoordinate),
        Lie::Theft | Lie::LaterLife => drops(DropReason::NameTaken),
        Lie::Version => drops(DropReason::UnknownVersion),
        Lie::Digest | Lie::Want => rises(&|node| node.stats().records_sent),
        Lie::OutOfPlace => drops(DropReason::OutOfPlace),
        Lie::PingReq | Lie::ManyPingReqs => rises(&|node| node.stats().datagrams_sent),
    }
}

#[test]
fn no_lie_of_a_member_outlives_it_by_ten_seconds() {
    for seed in 0..SEEDS {
        for lie in Lie::ALL {
            let (mut lied, spared) = lied_to(seed, lie);
            assert!(took_effect(lie, &lied, &spared), "nobody heard {lie:?}");
            recovers(&mut lied, 10 * SECOND);
        }
    }
}

#[test]
fn nothing_that_somebody_without_the_key_says_on_streams_is_news_to_anybody() {
    let theirs = ClusterId::from_name("theirs");
    for seed in 0..SEEDS {
        let outsiders = [(ours(), keys_of(seed, 8)), (ours(), Keyring::plain()), (theirs, keys(seed))];
        for (cluster_of, keys) in outsiders {
            let mut cluster = joined(seed);
            let versions = |cluster: &Cluster<Node>| -> Vec<_> {
                cluster.machines().iter().map(|(_, node)| node.version()).collect()
            };
            let (before, dropped_before) = (versions(&cluster), dropped(&cluster));
            let identity = Local { cluster: cluster_of, ..local(99) };
            let caller = Caller::new(Seed::from(seed), identity, keys, &Lie::ALL, &Trick::ALL);
            attack(&mut cluster, caller, 2 * SECOND);
            assert_eq!(versions(&cluster), before);
            assert!(dropped(&cluster) > dropped_before);
            assert!(is_whole(&cluster));
        }
    }
}

/// Counts the streams that others opened and that broke.
struct Broken(Rc<Cell<u64>>);

impl Checker<Node> for Broken {
    fn check(&mut self, step: &Step<'_, Node>) -> Result<(), sim::Broken> {
        let given_up =
            |sent: &&Sent| matches!(sent.transmit, Transmit::Abort { stream: StreamId::Accepted(_) });
        let failed =
            matches!(step.call, Call::Stream { stream: StreamId::Accepted(_), arrival: Arrival::Failed });
        let broken = step.sent.iter().filter(given_up).count() + usize::from(failed);
        self.0.set(self.0.get() + broken as u64);
        Ok(())
    }
}

/// Whether the nodes met the trick.
fn had_to_do_with(trick: Trick, tricked: &Cluster<Node>, broken: u64) -> bool {
    let sum = |count: &dyn Fn(&Node) -> u64| -> u64 {
        tricked.machines().iter().map(|(_, node)| count(node)).sum()
    };
    let drops = |reason: DropReason| sum(&|node| node.stats().dropped(reason)) > 0;
    match trick {
        Trick::None => sum(&|node| node.stats().refutations) > 0,
        Trick::Silence | Trick::Unfinished => drops(DropReason::SlowStream),
        Trick::WrongEcho => drops(DropReason::BadEcho),
        Trick::OutOfPlace => drops(DropReason::OutOfPlace),
        Trick::Again | Trick::OtherName => drops(DropReason::Replayed),
        Trick::Mirror => drops(DropReason::OwnFrame),
        Trick::OtherNonce => drops(DropReason::UnexpectedAnswer),
        Trick::Noise | Trick::Gigabytes => drops(DropReason::FrameTooLong),
        Trick::Half | Trick::BreakOff => broken > 0,
    }
}

#[test]
fn no_trick_of_a_member_on_streams_outlives_it_by_ten_seconds() {
    for seed in 0..SEEDS {
        for trick in Trick::ALL {
            println!("{trick:?}");
            let broken = Rc::new(Cell::new(0));
            let mut tricked = joined(seed);
            tricked.watch(Broken(broken.clone()));
            let caller = Caller::new(Seed::from(seed), local(99), keys(seed), &Lie::ALL, &[trick]);
            let end = tricked.now() + 10 * SECOND;
            launch(&mut tricked, caller, Duration::from_millis(50), end);
            tricked.run_for(10 * SECOND);
            assert!(had_to_do_with(trick, &tricked, broken.get()), "nobody met {trick:?}");
            recovers(&mut tricked, 10 * SECOND);
        }
    }
}

/// How many in a thousand looks of all nodes at all nodes, ten a second, found a member alive, and how many found it alive
/// or suspected, while another lied.
fn shares(cluster: &mut Cluster<Node>, seed: u64, lie: Lie, pause: Duration) -> (usize, usize) {
    let end = cluster.now() + 60 * SECOND;
    let liar = Liar::new(Seed::from(seed), local(99), keys(seed), &[lie]);
    launch(cluster, liar, pause, end);
    let mut states = vec![];
    while cluster.now() < end {
        cluster.run_for(SECOND / 10);
        for (_, node) in cluster.machines().iter() {
            let state =
                |number| node.member(&format!("m{number}")).map_or(State::Dead, |member| member.state());
            states.extend((0..NODES).map(state));
        }
    }
    let per_mille = |worst| states.iter().filter(|&&state| state <= worst).count() * 1_000 / states.len();
    (per_mille(State::Alive), per_mille(State::Suspect))
}

/// The liar always knows the incarnation that the victim has just taken.
#[test]
fn whoever_is_accused_without_end_stays_a_member_and_is_seen_alive() {
    for seed in 0..SEEDS {
        for lie in [Lie::Suspicion, Lie::Death, Lie::Farewell] {
            for millis in [1_000, 5] {
                let mut cluster = joined(seed);
                let (alive, member) = shares(&mut cluster, seed, lie, Duration::from_millis(millis));
                println!("{lie:?} every {millis} ms: alive {alive}, a member {member} of 1000");
                assert!(alive >= if lie == Lie::Farewell { 1_000 } else { 990 });
                assert_eq!(member, 1_000);
                recovers(&mut cluster, 10 * SECOND);
            }
        }
    }
}

#[test]
fn absurdities_and_greed_of_a_member_harm_nobody() {
    let absurd = [
        Lie::AbsurdIncarnation,
        Lie::LastLife,
        Lie::UnbornRegister,
        Lie::AbsurdStamp,
        Lie::AbsurdCoordinate,
        Lie::Version,
    ];
    for seed in 0..SEEDS {
        for lie in absurd.into_iter().chain([Lie::Digest, Lie::Want, Lie::PingReq]) {
            assert!(is_whole(&lied_to(seed, lie).0), "{lie:?} did harm");
        }
    }
}

#[test]
fn a_slow_consumer_slows_nobody_else() {
    let mut cluster = joined(1);
    attack(&mut cluster, SlowConsumer::new(NodeId(0)), 30 * SECOND);
    assert!(is_whole(&cluster));
    assert!(cluster.machines().iter().all(|(_, node)| node.stats().probes_failed == 0));
}

#[test]
fn an_attack_is_the_same_each_time() {
    let hash = || -> TraceHash {
        let mut cluster = joined(1);
        attack(&mut cluster, Stranger::new(Seed::from(2), ours()), SECOND);
        cluster.trace_hash()
    };
    assert_eq!(hash(), hash());
}
