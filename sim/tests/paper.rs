//! What the papers claim of a whole group, one test per claim in the papers' order. Claims about one member are in
//! `swim-core/tests/paper.rs`.
//!
//! SWIM: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership Protocol",
//! DSN 2002. Lifeguard: Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for More Accurate Failure
//! Detection", DSN-W 2018.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use sim::{Broken, Cluster, Happened, Link, NodeId, Rng, Seed, Step};
use swim_codec::Message;
use swim_core::{
    Addr, ClusterId, Config, Epoch, Event, Fact, Instant, Keyring, Local, Machine, Name, Node, State,
    StreamId, StreamInput, Transmit,
};

const SECOND: Duration = Duration::from_secs(1);

/// A node whose network may carry no streams.
struct Process {
    node: Node,
    has_streams: bool,
}

impl Machine for Process {
    type Event = Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        self.node.handle_datagram(now, from, datagram);
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        self.node.handle_stream(now, stream, input);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.node.handle_timeout(now);
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        loop {
            let transmit = self.node.poll_transmit(buf)?;
            if self.has_streams || matches!(transmit, Transmit::Datagram { .. }) {
                return Some(transmit);
            }
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.node.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.node.poll_timeout()
    }
}

fn addr(number: usize) -> Addr {
    std::net::SocketAddr::from(([10, 0, 0, 1], u16::try_from(number + 1).expect("few nodes"))).into()
}

fn name(number: usize) -> Name {
    Name::new(&format!("n{number}")).expect("a valid name")
}

/// Adds a node that joins through the first one.
fn add(cluster: &mut Cluster<Process>, number: usize, config: &Config) -> NodeId {
    cluster.add(addr(number), |seed, now| {
        let cluster = ClusterId::from_name("paper");
        let epoch = Epoch::new(1).expect("small");
        let local = Local { cluster, name: name(number), addr: addr(number), epoch };
        let node = Node::new(config.clone(), local, Keyring::plain(), seed, now);
        let mut node = node.expect("a valid config");
        node.join(now, &[addr(0)]);
        Process { node, has_streams: true }
    })
}

/// So many nodes that know each other and have nothing to tell.
fn group(seed: u64, nodes: usize, config: &Config) -> Cluster<Process> {
    println!("seed {seed}");
    let mut cluster = Cluster::new(seed);
    for number in 0..nodes {
        add(&mut cluster, number, config);
        cluster.run_for(Duration::from_millis(37));
    }
    cluster.run_for(SECOND * 30);
    assert!(cluster.machines().iter().all(|(_, it)| it.node.members().len() == nodes));
    cluster
}

fn cut_streams(cluster: &mut Cluster<Process>) {
    for node in cluster.machines().nodes() {
        cluster.with(node, |process, _| process.has_streams = false);
    }
}

fn lossy(loss: f64) -> Link {
    Link { loss, ..Link::default() }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// When each node pinged each other one.
type Pings = Rc<RefCell<BTreeMap<(NodeId, Addr), Vec<Instant>>>>;

fn watch_pings(cluster: &mut Cluster<Process>) -> Pings {
    let pings = Pings::default();
    let seen = Rc::clone(&pings);
    cluster.watch(move |step: &Step<'_, Process>| {
        for sent in step.sent {
            let Transmit::Datagram { to } = &sent.transmit else { continue };
            let mut bytes = sent.bytes.clone();
            let frame = Keyring::plain().open(ClusterId::from_name("paper"), &mut bytes).expect("a frame");
            if matches!(frame.messages().next(), Some(Ok(Message::Ping(_)))) {
                seen.borrow_mut().entry((step.node, to.clone())).or_default().push(step.now);
            }
        }
        Ok::<(), Broken>(())
    });
    pings
}

/// SWIM §3: "every non-faulty member eventually detects every failure" (strong completeness).
#[test]
fn every_crash_is_detected_by_every_member_that_lives() {
    let mut cluster = group(1, 16, &Config::lan());
    let crashed = [3, 7, 11];
    for number in crashed {
        cluster.crash(NodeId(number));
    }
    let is_dead = |node: &Node, number: u32| {
        node.member(&format!("n{number}")).map(|it| it.state()) == Some(State::Dead)
    };
    let all_know = |cluster: &Cluster<Process>| {
        let mut survivors = cluster.machines().iter();
        survivors.all(|(_, it)| crashed.iter().all(|&number| is_dead(&it.node, number)))
    };
    // Two rounds of probes, and the longest time of a suspicion.
    let bound = SECOND * (2 * 16 + 4 * 6 * 2);
    assert!(cluster.run_until(cluster.now() + bound, all_know).is_some());
}

/// SWIM §3.1: the expected time to the first detection is e/(e − 1) protocol periods, whatever the size: the chance that
/// nobody chooses a given member in one period is (1 − 1/(n − 1))^(n − 1), which is about 1/e.
#[test]
fn the_first_member_probes_a_crashed_one_after_e_over_e_minus_one_periods() {
    for nodes in [8, 32] {
        let mut cluster = group(2, nodes, &Config::lan());
        let pings = watch_pings(&mut cluster);
        let begun = cluster.now();
        cluster.run_for(SECOND * 600);
        let mut rng = Rng::new(Seed::from(2));
        let mut periods = 0.0;
        let samples = 4_000;
        for _ in 0..samples {
            let crash = begun + rng.duration(&(Duration::ZERO..=SECOND * 550));
            let victim = addr(rng.index(nodes));
            let pings = pings.borrow();
            let to_victim = pings.iter().filter(|((_, to), _)| *to == victim).flat_map(|(_, times)| times);
            let first = to_victim.filter(|&&at| at >= crash).min().expect("everybody is probed");
            periods += seconds(first.since(crash)).ceil();
        }
        let (mean, e) = (periods / f64::from(samples), std::f64::consts::E);
        // Probing in turn hits a little more evenly than at random, the more so in a small group.
        let theory = e / (e - 1.0);
        assert!(
            (theory * 0.9..theory * 1.1).contains(&mean),
            "{nodes} nodes: {mean} periods, {theory} expected"
        );
    }
}

/// SWIM §3.1 and §5: the load per member is constant, whatever the size of the group: one ping and one ack per period.
#[test]
fn the_load_per_member_does_not_depend_on_the_size_of_the_group() {
    for nodes in [4, 32, 128] {
        let mut cluster = group(3, nodes, &Config::lan());
        let before = cluster.network.traffic().sent;
        cluster.run_for(SECOND * 60);
        let load = (cluster.network.traffic().sent - before) as f64 / 60.0 / nodes as f64;
        assert!((1.95..=2.05).contains(&load), "{nodes} nodes: {load} datagrams per node and second");
    }
}

/// SWIM §3.1: a probe fails if the direct way and the ways over all k helpers do. Losing each packet with probability p,
/// that is (1 − (1 − p)²) · (1 − (1 − p)⁴)^k. Being far better would be as suspicious as being worse.
#[test]
fn probes_fail_as_often_as_their_packets_are_lost_and_no_more_or_less() {
    for (loss, time) in [(0.05, 45_000), (0.1, 4_000), (0.2, 1_000), (0.3, 500)] {
        let mut config = Config::lan();
        // Nobody doubts itself or dies, so everybody probes everybody all the time.
        (config.health_max, config.suspicion_multiplier) = (0, 100);
        let mut cluster = group(4, 8, &config);
        cluster.keep_events(false);
        cut_streams(&mut cluster);
        cluster.network.set_links(lossy(loss));
        let count = |cluster: &Cluster<Process>| {
            let stats = cluster.machines().iter().map(|(_, it)| it.node.stats());
            stats.fold((0, 0), |(probes, failed), it| (probes + it.probes, failed + it.probes_failed))
        };
        let before = count(&cluster);
        cluster.run_for(SECOND * time);
        let after = count(&cluster);
        let rate = (after.1 - before.1) as f64 / (after.0 - before.0) as f64;
        let theory = (1.0 - (1.0 - loss).powi(2)) * (1.0 - (1.0 - loss).powi(4)).powi(3);
        assert!((theory * 0.8..theory * 1.2).contains(&rate), "loss {loss}: {rate:e}, {theory:e} expected");
    }
}

/// SWIM §3.2: members that join, leave voluntarily or fail become known to all others. Where it differs: who has left is
/// told apart from who failed.
#[test]
fn a_join_a_goodbye_and_a_crash_become_known_to_all() {
    let mut cluster = group(8, 16, &Config::lan());
    add(&mut cluster, 16, &Config::lan());
    cluster.with(NodeId(3), |process, now| process.node.leave(now));
    cluster.crash(NodeId(7));
    let wanted = [("n16", State::Alive), ("n3", State::Left), ("n7", State::Dead)];
    let all_know = |cluster: &Cluster<Process>| {
        let others = cluster.machines().iter().filter(|(node, _)| ![NodeId(3), NodeId(16)].contains(node));
        let knows = |node: &Node, (about, state)| node.member(about).map(|it| it.state()) == Some(state);
        others.map(|(_, it)| &it.node).all(|node| wanted.iter().all(|&fact| knows(node, fact)))
    };
    assert!(cluster.run_until(cluster.now() + SECOND * 60, all_know).is_some());
}

/// SWIM §4.1: infection-style dissemination reaches all of n members in O(log n) rounds.
#[test]
fn news_reaches_everybody_in_a_logarithmic_number_of_rounds() {
    for nodes in [8, 32, 128] {
        let mut cluster = group(5, nodes, &Config::lan());
        let begun = cluster.now();
        cluster.with(NodeId(1), |process, now| process.node.set(now, "key", b"value"));
        let heard = |cluster: &Cluster<Process>| {
            let mut all = cluster.machines().iter();
            all.all(|(_, it)| it.node.member("n1").is_some_and(|owner| owner.register("key").is_some()))
        };
        let all = cluster.run_until(begun + SECOND * 60, heard).expect("everybody hears it");
        let rounds = seconds(all.since(begun)) / seconds(Config::lan().gossip_interval);
        assert!(rounds <= (nodes as f64).log2() + 3.0, "{nodes} nodes: {rounds} rounds");
    }
}

/// SWIM §4.2: with suspicion a process that is slow for a while, but refutes in time, is not declared failed.
#[test]
fn a_member_that_is_unreachable_for_a_moment_is_suspected_and_not_declared() {
    let about = |event: &Event, wanted: fn(&Fact) -> Option<&Name>| {
        wanted(&event.fact).is_some_and(|about| *about == name(5))
    };
    // One in ten times nobody happens to probe it meanwhile.
    let suspicions = (0..10).filter(|&seed| {
        let mut cluster = group(seed, 16, &Config::lan());
        cluster.network.isolate(NodeId(5));
        cluster.run_for(Duration::from_millis(3_500));
        cluster.network.repair();
        cluster.run_for(SECOND * 60);
        assert!(!cluster.events().iter().any(|seen| about(&seen.event, failed)), "seed {seed}");
        cluster.events().iter().any(|seen| about(&seen.event, suspected))
    });
    assert!(suspicions.count() >= 7);
}

/// SWIM §4.3: with round-robin probing every failure is detected by every member within 2n − 1 periods at most, and
/// each member is still probed once per n − 1 periods on average.
#[test]
fn every_member_probes_every_other_one_within_two_rounds() {
    let nodes = 16;
    let mut cluster = group(7, nodes, &Config::lan());
    let pings = watch_pings(&mut cluster);
    cluster.run_for(SECOND * 900);
    let pings = pings.borrow();
    assert_eq!(pings.len(), nodes * (nodes - 1));
    for ((from, to), times) in pings.iter() {
        let gaps = times.windows(2).map(|pair| seconds(pair[1].since(pair[0])));
        let (longest, mean) =
            (gaps.clone().fold(0.0, f64::max), gaps.sum::<f64>() / (times.len() - 1) as f64);
        assert!(longest <= (2 * nodes - 1) as f64, "{from} left {to} alone for {longest} periods");
        assert!((mean - (nodes - 1) as f64).abs() < 1.0, "{from} probes {to} each {mean} periods");
    }
}

/// The name in such a fact.
fn suspected(fact: &Fact) -> Option<&Name> {
    if let Fact::Suspected { member, .. } = fact { Some(&member.name) } else { None }
}

fn failed(fact: &Fact) -> Option<&Name> {
    if let Fact::Failed { member, .. } = fact { Some(&member.name) } else { None }
}

/// SWIM §5: the time until the first member detects a failure is about the same in groups of all sizes.
#[test]
fn the_first_detection_of_a_crash_takes_as_long_in_large_groups_as_in_small_ones() {
    for (nodes, victims, seeds) in [(8, 1, 0..40), (32, 4, 0..10), (96, 12, 0..5)] {
        let mut times = vec![];
        for seed in seeds {
            let mut cluster = group(seed, nodes, &Config::lan());
            let crash = cluster.now();
            (1..=victims).for_each(|victim| drop(cluster.crash(NodeId(victim))));
            cluster.run_for(SECOND * 15);
            for victim in (1..=victims).map(|victim| name(victim as usize)) {
                let is_it = |seen: &&Happened<Event>| {
                    seen.at >= crash && suspected(&seen.event.fact) == Some(&victim)
                };
                let first = cluster.events().iter().find(is_it).expect("somebody finds it");
                times.push(seconds(first.at.since(crash)));
            }
        }
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        assert!((1.0..2.4).contains(&mean), "{nodes} nodes: {mean} s");
    }
}

/// SWIM §5: the longer the time-out of suspicions, the fewer members are falsely declared failed: here all that one does
/// not hear of and is not heard by for a while.
#[test]
fn the_longer_a_suspicion_lasts_the_fewer_live_members_are_declared() {
    let deaths = [1, 2, 4].map(|multiplier| {
        let mut config = Config::lan();
        (config.suspicion_multiplier, config.suspicion_max_multiplier, config.health_max) =
            (multiplier, 1, 0);
        let deaths = (0..10).map(|seed| {
            let mut cluster = group(seed, 16, &config);
            cluster.network.isolate(NodeId(5));
            cluster.run_for(Duration::from_millis(4_500));
            cluster.network.repair();
            cluster.run_for(SECOND * 10);
            cluster.events().iter().filter(|seen| failed(&seen.event.fact).is_some()).count()
        });
        deaths.sum::<usize>()
    });
    println!("{deaths:?} deaths");
    assert!(deaths[0] > deaths[1] && deaths[1] > deaths[2], "{deaths:?}");
}

/// What comes of members that are slow again and again, as in Lifeguard's experiment: what they send and what is sent to
/// them is held back for a while and comes at once.
struct Slow {
    /// Deaths of healthy members, at any observer.
    deaths: usize,
    /// From a true crash to the first who declares it.
    found: Duration,
}

fn with_slow_members(seed: u64, config: &Config) -> Slow {
    let (nodes, slow, turn) = (32, 8, SECOND * 16);
    let mut cluster = group(seed, nodes, config);
    let all: Vec<_> = cluster.machines().nodes().collect();
    for _ in 0..4 {
        hold(&mut cluster, &all[..slow], &all, turn);
        cluster.run_for(turn);
    }
    let is_healthy = |name: &Name| (slow..nodes).any(|number| *name == self::name(number));
    let deaths =
        cluster.events().iter().filter_map(|seen| failed(&seen.event.fact)).filter(|it| is_healthy(it));
    let deaths = deaths.count();
    let (crash, victim) = (cluster.now(), name(nodes - 1));
    cluster.crash(all[nodes - 1]);
    hold(&mut cluster, &all[..slow], &all, turn);
    cluster.run_for(SECOND * 200);
    let first = cluster.events().iter().find(|it| it.at >= crash && failed(&it.event.fact) == Some(&victim));
    Slow { deaths, found: first.expect("it is found").at.since(crash) }
}

/// Streams stall meanwhile, as behind a partition.
fn hold(cluster: &mut Cluster<Process>, slow: &[NodeId], all: &[NodeId], time: Duration) {
    cluster.network.hold(slow, all);
    cluster.network.hold(all, slow);
    slow.iter().for_each(|&node| cluster.network.isolate(node));
    cluster.run_for(time);
    cluster.network.repair();
    cluster.release();
}

/// Lifeguard §V: at least fifty times fewer healthy members are declared failed because others are slow, and true
/// failures are found all the same.
#[test]
fn slow_members_declare_fifty_times_fewer_healthy_ones_with_lifeguard_and_hide_no_crash() {
    let mut off = Config::lan();
    (off.health_max, off.suspicion_max_multiplier) = (0, 1);
    let (with, without) = (with_slow_members(1, &Config::lan()), with_slow_members(1, &off));
    println!(
        "{} deaths after {:?}, {} after {:?} without",
        with.deaths, with.found, without.deaths, without.found
    );
    assert!(without.deaths >= 50, "{} deaths without", without.deaths);
    assert!(with.deaths * 50 <= without.deaths, "{} deaths against {}", with.deaths, without.deaths);
    let patience = Config::lan().suspicion_time(32, u8::MAX) + SECOND * 10;
    assert!(with.found <= patience && without.found <= patience, "{:?} and {:?}", with.found, without.found);
}
