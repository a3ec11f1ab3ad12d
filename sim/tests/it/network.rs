//! Latency, loss, partitions and rules.

use std::time::Duration;

use sim::{Cluster, Link, NodeId, Verdict};
use swim_core::Instant;

use crate::toy::{Toy, addr, calm, ms, texts};

/// How many of 1000 datagrams from the first node to the second arrive within a second.
fn arrived(cluster: &mut Cluster<Toy>, a: NodeId, b: NodeId) -> usize {
    for _ in 0..1000 {
        cluster.with(a, |toy, _| toy.send(addr(1), "x"));
    }
    cluster.run_for(ms(1000));
    texts(cluster, b).len()
}

/// Which of the others each node reaches, as digits.
fn reach<const N: usize>(cluster: &mut Cluster<Toy>, nodes: [NodeId; N]) -> [String; N] {
    let before = cluster.events().len();
    for (from, &node) in nodes.iter().enumerate() {
        for to in (0..N).filter(|&to| to != from) {
            let to = addr(u16::try_from(to).unwrap());
            cluster.with(node, |toy, _| toy.send(to, &from.to_string()));
        }
    }
    cluster.run_for(ms(100));
    let heard = cluster.events()[before..].iter();
    let heard: Vec<_> = heard.map(|seen| (seen.node, format!("{:?}", seen.event))).collect();
    std::array::from_fn(|from| {
        let text = format!("text: \"{from}\"");
        let reached = (0..N)
            .filter(|&to| heard.iter().any(|(node, event)| *node == nodes[to] && event.contains(&text)));
        reached.map(|to| to.to_string()).collect()
    })
}

#[test]
fn latency_stays_in_its_range_and_datagrams_overtake_each_other() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { latency: ms(10)..=ms(20), loss: 0.0 });
    for number in 0..100 {
        cluster.with(a, |toy, _| toy.send(addr(1), &number.to_string()));
    }
    cluster.run_for(ms(100));
    let range = Instant::ZERO + ms(10)..=Instant::ZERO + ms(20);
    assert!(cluster.events().iter().all(|seen| range.contains(&seen.at)));
    let order: Vec<u32> = texts(&cluster, b).iter().map(|text| text.parse().unwrap()).collect();
    assert!(order.len() == 100 && !order.is_sorted());
}

#[test]
fn loss_takes_its_share() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_links(Link { loss: 0.3, ..Link::default() });
    let arrived = arrived(&mut cluster, a, b);
    assert!((650..750).contains(&arrived), "{arrived} of 1000 arrived");
    assert_eq!(cluster.network.traffic().lost, 1000 - arrived as u64);
}

#[test]
fn a_link_of_its_own_is_one_way() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_link(b, a, Link { loss: 1.0, ..Link::default() });
    assert_eq!(reach(&mut cluster, [a, b]), ["1", ""]);
}

#[test]
fn a_datagram_above_the_limit_is_lost() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.set_datagram_limit(4);
    cluster.with(a, |toy, _| toy.send(addr(1), "four"));
    cluster.with(a, |toy, _| toy.send(addr(1), "five!"));
    cluster.run_for(ms(10));
    assert_eq!(texts(&cluster, b), ["four"]);
    assert_eq!(cluster.network.traffic().oversize, 1);
}

#[test]
fn a_partition_separates_its_groups_but_nobody_else() {
    let mut cluster = Cluster::new(1);
    let [a, b, c, d] = calm(&mut cluster);
    cluster.network.partition(&[&[a, b], &[c]]);
    assert_eq!(reach(&mut cluster, [a, b, c, d]), ["13", "03", "3", "012"]);
    cluster.network.repair();
    assert_eq!(reach(&mut cluster, [a, b, c, d]), ["123", "023", "013", "012"]);
}

#[test]
fn a_one_way_partition_leaves_the_way_back_open() {
    let mut cluster = Cluster::new(1);
    let nodes @ [a, b, c] = calm(&mut cluster);
    cluster.network.partition_oneway(&[a], &[b, c]);
    assert_eq!(reach(&mut cluster, nodes), ["", "02", "01"]);
}

#[test]
fn an_isolated_node_reaches_nobody_not_even_those_added_later() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.isolate(a);
    let c = cluster.add(addr(2), Toy::calm);
    assert_eq!(reach(&mut cluster, [a, b, c]), ["", "2", "1"]);
}

#[test]
fn what_was_under_way_before_the_partition_still_arrives() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.with(a, |toy, _| toy.send(addr(1), "just in time"));
    cluster.network.partition(&[&[a], &[b]]);
    cluster.run_for(ms(10));
    assert_eq!(texts(&cluster, b), ["just in time"]);
}

#[test]
fn the_first_rule_that_does_not_pass_decides() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    let when = |text: &'static str, verdict| {
        move |_: Instant, _: NodeId, _: NodeId, bytes: &[u8]| {
            if bytes == text.as_bytes() { verdict } else { Verdict::Pass }
        }
    };
    cluster.network.add_rule(when("drop", Verdict::Drop));
    cluster.network.add_rule(when("drop", Verdict::Deliver(Duration::ZERO)));
    cluster.network.add_rule(when("late", Verdict::Deliver(ms(70))));
    cluster.network.add_rule(when("twice", Verdict::Duplicate(ms(50))));
    for text in ["late", "drop", "twice", "plain"] {
        cluster.with(a, |toy, _| toy.send(addr(1), text));
    }
    cluster.run_for(ms(40));
    let mut soon = texts(&cluster, b);
    soon.sort_unstable();
    assert_eq!(soon, ["plain", "twice"]);
    cluster.run_for(ms(40));
    assert_eq!(texts(&cluster, b)[2..], ["twice", "late"]);
}

#[test]
fn a_rule_can_deliver_across_a_partition() {
    let mut cluster = Cluster::new(1);
    let [a, b] = calm(&mut cluster);
    cluster.network.isolate(b);
    cluster.network.add_rule(|_: Instant, _: NodeId, _: NodeId, _: &[u8]| Verdict::Deliver(ms(1)));
    assert_eq!(reach(&mut cluster, [a, b]), ["1", "0"]);
    cluster.network.clear_rules();
    assert_eq!(reach(&mut cluster, [a, b]), ["", ""]);
}
