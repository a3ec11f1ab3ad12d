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

use sim::{Broken, Cluster, Link, NodeId, Rng, Seed, Step};
use swim_codec::Message;
use swim_core::{
    Addr, ClusterId, Config, Epoch, Event, Fact, Instant, Keyring, Local, Machine, Name, Node, State,
    StreamId, StreamInput, Transmit,
};

const SECOND: Duration = Duration::from_secs(1);

/// A node whose network may carry no streams, and which may be slow: what arrives waits until it is awake.
struct Process {
    node: Node,
    has_streams: bool,
    asleep_until: Option<Instant>,
    mail: Vec<(Addr, Vec<u8>)>,
}

impl Machine for Process {
    type Event = Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        if self.asleep_until.is_some_and(|until| now < until) {
            self.mail.push((from.clone(), datagram.to_vec()));
        } else {
            self.node.handle_datagram(now, from, datagram);
        }
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        if self.asleep_until.is_none_or(|until| now >= until) {
            self.node.handle_stream(now, stream, input);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.asleep_until.is_some_and(|until| now < until) {
            return;
        }
        self.asleep_until = None;
        for (from, mut datagram) in std::mem::take(&mut self.mail) {
            self.node.handle_datagram(now, &from, &mut datagram);
        }
        self.node.handle_timeout(now);
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        loop {
            let transmit = self.node.poll_transmit(buf).filter(|_| self.asleep_until.is_none())?;
            if self.has_streams || matches!(transmit, Transmit::Datagram { .. }) {
                return Some(transmit);
            }
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.node.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.asleep_until.or_else(|| self.node.poll_timeout())
    }
}

fn addr(number: usize) -> Addr {
    std::net::SocketAddr::from(([10, 0, 0, 1], u16::try_from(number + 1).expect("few nodes"))).into()
}

fn name(number: usize) -> Name {
    Name::new(&format!("n{number}")).expect("a valid name")
}

/// So many nodes that know each other and have nothing to tell.
fn group(seed: u64, nodes: usize, config: &Config) -> Cluster<Process> {
    println!("seed {seed}");
    let mut cluster = Cluster::new(seed);
    for number in 0..nodes {
        cluster.add(addr(number), |seed, now| {
            let cluster = ClusterId::from_name("paper");
            let epoch = Epoch::new(1).expect("small");
            let local = Local { cluster, name: name(number), addr: addr(number), epoch };
            let node = Node::new(config.clone(), local, Keyring::plain(), seed, now);
            let mut node = node.expect("a valid config");
            node.join(now, &[addr(0)]);
            Process { node, has_streams: true, asleep_until: None, mail: vec![] }
        });
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
    for (loss, time) in [(0.05, 45_000), (0.1, 4_000), (0.2, 1_000)] {
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
    let suspected: fn(&Fact) -> Option<&Name> =
        |fact| if let Fact::Suspected { member, .. } = fact { Some(&member.name) } else { None };
    let failed: fn(&Fact) -> Option<&Name> =
        |fact| if let Fact::Failed { member, .. } = fact { Some(&member.name) } else { None };
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

/// Deaths of healthy members in a group of which some are slow: they work off what arrived only now and then. And how
/// long a true crash takes to be declared first.
fn deaths_among_the_healthy(seed: u64, config: &Config) -> (usize, Duration) {
    let (nodes, slow) = (24, 6);
    let mut cluster = group(seed, nodes, config);
    let mut rng = Rng::new(Seed::from(seed));
    let is_healthy = move |name: &Name| (slow..nodes).any(|number| *name == self::name(number));
    for _ in 0..12 {
        let until = cluster.now() + SECOND * 9;
        for number in 0..slow {
            let node = NodeId(u32::try_from(number).expect("few"));
            cluster.with(node, |process, _| process.asleep_until = Some(until));
        }
        cluster.run_for(SECOND * 9 + rng.duration(&(Duration::from_millis(10)..=Duration::from_millis(200))));
    }
    let deaths = cluster
        .events()
        .iter()
        .filter(|seen| matches!(&seen.event.fact, Fact::Failed { member, .. } if is_healthy(&member.name)));
    let (deaths, crash) = (deaths.count(), cluster.now());
    cluster.crash(NodeId(23));
    let victim = name(23);
    let declared = move |cluster: &Cluster<Process>| {
        let is_it = |seen: &sim::Happened<Event>| matches!(&seen.event.fact, Fact::Failed { member, .. } if member.name == victim);
        cluster.events().iter().rev().take(64).any(|seen| seen.at >= crash && is_it(seen))
    };
    let declared = cluster.run_until(crash + SECOND * 200, declared).expect("it is found");
    (deaths, declared.since(crash))
}

/// Lifeguard §V: healthy members are not declared failed because others are slow, and true failures are found all the
/// same. Here that holds without Lifeguard's part, too: one who stood still notices it, and asks once more before it
/// declares anybody.
#[test]
fn slow_members_declare_no_healthy_ones_and_hide_no_crash() {
    let mut without = Config::lan();
    (without.health_max, without.suspicion_max_multiplier) = (0, 1);
    for config in [Config::lan(), without] {
        let (deaths, found) = deaths_among_the_healthy(1, &config);
        println!("{deaths} deaths, the crash is declared after {found:?}");
        assert_eq!(deaths, 0);
        let patience = config.suspicion_time(24, 0);
        assert!(found <= patience + SECOND * 10, "the crash is declared after {found:?}");
    }
}
