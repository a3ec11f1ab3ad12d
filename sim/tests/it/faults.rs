//! What can happen to datagrams and streams on their way.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use sim::fault::{Bandwidth, Bursts, Copies, Damages, Delays, Eavesdropper, Latency, LossOfKind, Nat};
use sim::{
    Arrival, Broken, Checker, Cluster, Link, NodeId, Notice, Rng, Rule, Seed, Step, StreamFaults, Traffic,
};
use swim_codec::{Fingerprint, Header, Message, Nonce, Ping, Sequence, Sync};
use swim_core::{ClusterId, Epoch, Instant, Keyring, Name};

use crate::toy::{Toy, addr, arrivals, calm, ms, texts};

fn seed() -> Seed {
    Seed::from(5)
}

/// Two toys and a rule between them; so many numbered datagrams, one each millisecond, and what arrived of them.
fn through(rule: impl Rule + 'static, datagrams: u32) -> (Cluster<Toy>, NodeId, NodeId) {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.add_rule(rule);
    for number in 0..datagrams {
        cluster.at(Instant::ZERO + ms(1) * number, move |cluster| {
            cluster.with(a, |toy, _| toy.send(addr(1), &number.to_string()));
        });
    }
    cluster.run_for(Duration::from_secs(60));
    (cluster, a, b)
}

#[test]
fn bursts_lose_their_share_in_long_rows() {
    let (cluster, _, b) = through(Bursts::new(seed(), ms(300), ms(100), 1.0), 10_000);
    let arrived: Vec<u32> = texts(&cluster, b).iter().map(|text| text.parse().expect("a number")).collect();
    let lost = 10_000 - arrived.len();
    assert!((1_500..3_500).contains(&lost), "{lost} of 10 000 are lost, a quarter was to be expected");
    let mut sorted = arrived;
    sorted.sort_unstable();
    let rows = sorted.windows(2).filter(|pair| pair[1] - pair[0] > 1).count();
    assert!(rows < lost / 10, "{lost} are lost in {rows} rows");
}

#[test]
fn copies_arrive_a_second_time_and_later() {
    let (cluster, _, b) = through(Copies::new(seed(), 0.25, ms(20)..=ms(50)), 1_000);
    let extra = texts(&cluster, b).len() - 1_000;
    assert!((200..300).contains(&extra), "{extra} copies");
    assert_eq!(cluster.network.traffic().duplicated, extra as u64);
}

#[test]
fn damaged_datagrams_arrive_with_one_bit_changed_or_too_short() {
    let (cluster, _, b) = through(Damages::new(seed(), 0.5, 0.0), 1_000);
    let texts = texts(&cluster, b);
    let changed = texts.iter().filter(|text| text.parse::<u32>().is_err()).count();
    assert_eq!(texts.len(), 1_000);
    assert!(changed > 200, "{changed} are no numbers any more");
    let (cluster, _, b) = through(Damages::new(seed(), 0.0, 1.0), 1_000);
    let bytes: usize = crate::toy::texts(&cluster, b).iter().map(|text| text.len()).sum();
    assert!(bytes < 2_890 / 2 + 300, "{bytes} bytes of 2 890 arrived");
    assert_eq!(cluster.network.traffic().corrupted, 1_000);
}

#[test]
fn a_delay_comes_on_top_of_what_the_link_takes() {
    let (cluster, _, b) = through(Delays::new(seed(), Latency::Constant(ms(40))), 1);
    let at = cluster.events().iter().find(|seen| seen.node == b).expect("it arrived").at;
    assert!(at > Instant::ZERO + ms(40) && at < Instant::ZERO + ms(42));
}

/// How long a thousand datagrams took, in milliseconds: the least, the mean and the most.
fn times(latency: Latency) -> [f64; 3] {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(0)..=ms(0), loss: 0.0 });
    cluster.network.add_rule(Delays::new(seed(), latency));
    (0..1_000).for_each(|_| {
        cluster.with(a, |toy, _| toy.send(addr(1), "x"));
    });
    cluster.run_for(Duration::from_secs(600));
    let times = cluster.events().iter().filter(|seen| seen.node == b);
    let times: Vec<f64> = times.map(|seen| seen.at.since(Instant::ZERO).as_secs_f64() * 1e3).collect();
    let of = |pick: fn(f64, f64) -> f64| times.iter().copied().reduce(pick).expect("they arrived");
    [of(f64::min), times.iter().sum::<f64>() / times.len() as f64, of(f64::max)]
}

#[test]
fn latencies_have_the_mean_and_the_ends_of_their_distribution() {
    let [least, mean, most] = times(Latency::Normal { mean: ms(100), deviation: ms(10) });
    assert!(least > 50.0 && (98.0..102.0).contains(&mean) && most < 150.0, "{least} {mean} {most}");
    let [least, mean, most] = times(Latency::Exponential { least: ms(10), mean: ms(20) });
    assert!(least >= 10.0 && (28.0..32.0).contains(&mean) && most > 80.0, "{least} {mean} {most}");
    let [least, mean, most] = times(Latency::Pareto { least: ms(10), shape: 1.5, most: ms(10_000) });
    assert!(least >= 10.0 && (20.0..50.0).contains(&mean) && most > 200.0, "{least} {mean} {most}");
    assert_eq!(times(Latency::Geographic { places: 2, apart: ms(30) }), [30.0, 30.0, 30.0]);
}

#[test]
fn a_narrow_line_takes_its_time_and_loses_what_finds_it_full() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.add_rule(Bandwidth::new(1_000, ms(500)));
    for _ in 0..20 {
        cluster.with(a, |toy, _| toy.send(addr(1), &"x".repeat(100)));
    }
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(texts(&cluster, b).len(), 6, "each takes 100 ms, and five may wait");
    let last = cluster.events().last().expect("some arrived").at;
    assert!(last >= Instant::ZERO + ms(600));
}

#[test]
fn behind_a_translator_only_those_who_were_asked_can_answer() {
    let mut cluster = Cluster::new(1);
    let [inside, asked, other] = calm(&mut cluster);
    cluster.network.add_rule(Nat::new(&[inside], Duration::from_secs(30)));
    let knock = |cluster: &mut Cluster<Toy>| {
        for node in [asked, other] {
            cluster.with(node, |toy, _| toy.send(addr(0), &node.to_string()));
        }
        cluster.run_for(ms(10));
        texts(cluster, inside).len()
    };
    assert_eq!(knock(&mut cluster), 0);
    cluster.with(inside, |toy, _| toy.send(addr(1), "hello"));
    cluster.run_for(ms(10));
    assert_eq!(knock(&mut cluster), 1);
    cluster.run_for(Duration::from_secs(31));
    assert_eq!(knock(&mut cluster), 1, "it has forgotten");
}

#[test]
fn loss_of_one_kind_leaves_the_others_alone() {
    let cluster = ClusterId::from_name("c");
    let name = Name::new("a").expect("short");
    let framed = |message: &Message<'_>| {
        let epoch = Epoch::new(1).expect("small");
        let header = Header {
            cluster,
            sender: name.id(),
            epoch,
            sequence: Sequence::FIRST,
            destination: name.id().destination(),
        };
        let (mut keyring, mut bytes) = (Keyring::plain(), Vec::new());
        let mut frame = keyring.frame(&header, 1_400, &mut bytes);
        assert!(frame.push(message));
        frame.seal();
        bytes
    };
    let fingerprint = Fingerprint::default();
    let is_ping = |message: &Message<'_>| matches!(message, Message::Ping(_));
    let mut rule = LossOfKind::new(seed(), cluster, Keyring::plain(), 1.0, is_ping);
    let mut judge = |bytes: &[u8]| rule.judge(Instant::ZERO, NodeId(0), NodeId(1), bytes);
    let ping = framed(&Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint }));
    assert_eq!(judge(&ping), sim::Verdict::Drop);
    assert_eq!(judge(&framed(&Message::Sync(Sync { fingerprint }))), sim::Verdict::Pass);
}

#[test]
fn what_is_held_arrives_after_its_release_and_in_order() {
    let mut cluster = Cluster::new(1);
    let [a, b, c] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(1)..=ms(1), loss: 0.0 });
    cluster.network.hold(&[a], &[b]);
    for text in ["1", "2", "3"] {
        cluster.with(a, |toy, _| toy.send(addr(1), text));
    }
    cluster.with(a, |toy, _| toy.send(addr(2), "free"));
    cluster.run_for(ms(100));
    assert_eq!((texts(&cluster, b).len(), texts(&cluster, c)), (0, vec!["free"]));
    cluster.release();
    cluster.with(a, |toy, _| toy.send(addr(1), "4"));
    cluster.run_for(ms(100));
    assert_eq!(texts(&cluster, b), ["1", "2", "3", "4"]);
}

#[test]
fn what_is_held_is_counted_and_told_once() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    let told = Rc::new(Cell::new(0));
    cluster.watch(Told(told.clone()));
    cluster.network.hold(&[a], &[b]);
    cluster.with(a, |toy, _| toy.send(addr(1), "held"));
    cluster.run_for(ms(10));
    cluster.release();
    cluster.run_for(ms(10));
    let Traffic { sent, bytes, .. } = cluster.network.traffic();
    assert_eq!((sent, bytes, told.get(), texts(&cluster, b)), (1, 4, 1, vec!["held"]));
}

/// Counts the datagrams that it is told of.
struct Told(Rc<Cell<u32>>);

impl Checker<Toy> for Told {
    fn check(&mut self, _: &Step<'_, Toy>) -> Result<(), Broken> {
        Ok(())
    }

    fn notice(&mut self, _: Instant, notice: &Notice<'_>) {
        if matches!(notice, Notice::Datagram { .. }) {
            self.0.set(self.0.get() + 1);
        }
    }
}

#[test]
fn a_link_may_stay_bad_and_a_datagram_be_late_for_ever() {
    let (ever, never) = (Duration::MAX, Duration::ZERO);
    let (cluster, _, b) = through(Bursts::new(seed(), never, ever, 1.0), 100);
    assert!(texts(&cluster, b).len() < 100);
    for latency in [
        Latency::Constant(ever),
        Latency::Exponential { least: ms(1), mean: ever },
        Latency::Geographic { places: 2, apart: ever },
    ] {
        let (cluster, _, b) = through(Delays::new(seed(), latency), 10);
        assert!(texts(&cluster, b).is_empty());
    }
}

#[test]
fn in_a_ring_each_node_reaches_its_two_neighbours() {
    let mut cluster = Cluster::<Toy>::new(1);
    let nodes: [_; 5] = calm(&mut cluster);
    cluster.network.ring(&nodes);
    let reached = |from: usize| -> Vec<_> {
        (0..5).filter(|&to| to != from && !cluster.network.is_cut(nodes[from], nodes[to])).collect()
    };
    assert_eq!((reached(0), reached(2), reached(4)), (vec![1, 4], vec![1, 3], vec![0, 3]));
}

#[test]
fn a_node_that_rejoins_leaves_the_partitions_of_others_alone() {
    let mut cluster = Cluster::<Toy>::new(1);
    let [a, b, c] = calm(&mut cluster);
    cluster.network.partition(&[&[a], &[b]]);
    cluster.network.isolate(c);
    cluster.network.rejoin(c);
    assert!(cluster.network.is_cut(a, b) && !cluster.network.is_cut(a, c) && !cluster.network.is_cut(c, b));
}

#[test]
fn flapping_cuts_and_repairs_in_turns() {
    let mut cluster = Cluster::<Toy>::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.flap(ms(100), 2, move |network| network.partition(&[&[a], &[b]]));
    let mut seen = Vec::new();
    for _ in 0..5 {
        cluster.run_for(ms(50));
        seen.push(cluster.network.is_cut(a, b));
        cluster.run_for(ms(50));
    }
    assert_eq!(seen, [true, false, true, false, false]);
}

#[test]
fn a_clog_takes_every_node_out_and_lets_every_node_back() {
    let mut cluster = Cluster::<Toy>::new(1);
    let nodes: [_; 4] = calm(&mut cluster);
    cluster.clog(&nodes, Duration::from_secs(8));
    let cut = |cluster: &Cluster<Toy>, node: NodeId| {
        nodes.iter().all(|&other| other == node || cluster.network.is_cut(node, other))
    };
    cluster.run_for(ms(3_900));
    assert!(nodes.iter().all(|&node| cut(&cluster, node)));
    cluster.run_for(ms(4_200));
    assert!(nodes.iter().all(|&node| !cut(&cluster, node)));
}

/// A write of a hundred bytes over a stream with these faults: what the acceptor hears.
fn written(faults: StreamFaults) -> Vec<Arrival> {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_streams(faults);
    let stream = cluster.with(a, |toy, _| toy.connect(addr(1))).expect("it runs");
    cluster.run_for(ms(50));
    cluster.with(a, |toy, _| toy.write(stream, &[7; 100]));
    cluster.run_for(Duration::from_secs(20));
    assert!(cluster.violation().is_none());
    let heard = cluster.events().iter().filter(|seen| seen.node == b).count();
    let mut arrivals = arrivals(&cluster, b);
    arrivals.push(Arrival::Data(vec![0; heard]));
    arrivals
}

#[test]
fn a_stream_that_breaks_off_brings_some_of_the_data_and_then_fails() {
    let heard = written(StreamFaults { reset: 0.5, piece: 10, ..StreamFaults::default() });
    let Some(Arrival::Data(bytes)) = heard.get(1) else { panic!("{heard:?}") };
    assert!(!bytes.is_empty() && bytes.len() < 100);
    assert_eq!(heard[2], Arrival::Failed);
}

#[test]
fn a_stream_can_bring_its_data_byte_by_byte() {
    let heard = written(StreamFaults { piece: 1, ..StreamFaults::default() });
    let [Arrival::Accepted { .. }, Arrival::Data(bytes), Arrival::Data(inputs)] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!((bytes.len(), inputs.len()), (100, 101));
}

#[test]
fn a_stream_that_stalls_comes_late_and_whole() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_streams(StreamFaults { stalled: 1.0, stall: ms(700), ..StreamFaults::default() });
    cluster.with(a, |toy, _| toy.connect(addr(1)));
    cluster.run_for(ms(690));
    assert!(arrivals(&cluster, b).is_empty());
    cluster.run_for(ms(20));
    assert_eq!(arrivals(&cluster, b).len(), 1);
}

#[test]
fn a_host_that_vanishes_tells_nobody_and_its_streams_stall_until_they_give_up() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.with(a, |toy, _| toy.connect(addr(1)));
    cluster.run_for(ms(50));
    cluster.vanish(b);
    cluster.run_for(Duration::from_secs(5));
    assert_eq!(arrivals(&cluster, a), [Arrival::Connected]);
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(arrivals(&cluster, a), [Arrival::Connected, Arrival::Failed]);
}

#[test]
fn an_eavesdropper_replays_splices_and_misdirects_what_it_heard() {
    let ear = Eavesdropper::new();
    let (mut cluster, _, b) = through(ear.clone(), 100);
    let (mut rng, c) = (Rng::new(seed()), cluster.add(addr(2), Toy::calm));
    assert_eq!(ear.count(), 100);
    (0..10).for_each(|_| ear.replay(&mut cluster, &mut rng));
    cluster.run_for(ms(1));
    assert_eq!(texts(&cluster, b).len(), 110);
    (0..50).for_each(|_| ear.splice(&mut cluster, &mut rng));
    cluster.run_for(ms(1));
    assert!(texts(&cluster, b)[110..].iter().any(|text| text.len() > 2 || text.is_empty()));
    (0..50).for_each(|_| ear.misdirect(&mut cluster, &mut rng));
    cluster.run_for(ms(1));
    assert!(!texts(&cluster, c).is_empty());
}
