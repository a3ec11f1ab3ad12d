//! The judge, in front of real nodes that somebody tells lies.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::check::{Judge, Quiet};
use sim::{Cluster, NodeId};
use swim_codec::{
    AddrRef, Claim, ClusterId, Epoch, Header, Incarnation, Keyring, Message, Name, Sequence, Status,
};
use swim_core::{Addr, Config, Instant, Local, Node};

/// The epoch of every node here.
const EPOCH: u64 = 5;

fn ours() -> ClusterId {
    ClusterId::from_name("ours")
}

fn addr(number: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1000 + number)).into()
}

fn make(number: u16, seed: [u8; 32], now: Instant) -> Node {
    let name = Name::new(&format!("m{number}")).unwrap();
    let local = Local { cluster: ours(), name, addr: addr(number), epoch: Epoch::new(EPOCH).unwrap() };
    let mut node = Node::new(Config::lan(), local, Keyring::plain(), seed, now).unwrap();
    node.join(now, &[addr(0)]);
    node
}

/// Three nodes that know each other, under a judge.
fn judged() -> (Cluster<Node>, [NodeId; 3], Quiet) {
    let mut cluster = Cluster::new(1);
    let (judge, quiet) = Judge::new(|_| ours());
    cluster.watch(judge);
    let nodes = [0, 1, 2].map(|number| cluster.add(addr(number), |seed, now| make(number, seed, now)));
    cluster.run_for(Duration::from_secs(30));
    assert_eq!(cluster.violation(), None);
    (cluster, nodes, quiet)
}

fn claim(name: &str, number: u16, epoch: u64, status: Status) -> Claim<'_> {
    Claim {
        name,
        addr: AddrRef::V4([127, 0, 0, 1], 1000 + number),
        epoch: Epoch::new(epoch).unwrap(),
        incarnation: Incarnation::new(0),
        status,
    }
}

/// Node 0 hears this claim, as if node 1 had sent it.
#[track_caller]
fn a_lie_breaks(rule: &str, claim: Claim<'_>) {
    let (mut cluster, [liar, victim, _], _) = judged();
    lie(&mut cluster, liar, claim);
    let violation = cluster.violation().expect("nobody objected");
    assert_eq!((violation.rule, violation.node), (rule, liar), "{violation} ({victim})");
}

fn lie(cluster: &mut Cluster<Node>, liar: NodeId, claim: Claim<'_>) {
    let header = Header {
        cluster: ours(),
        sender: Name::new("m1").unwrap().id(),
        epoch: Epoch::new(EPOCH).unwrap(),
        sequence: Sequence::new(1_000_000).unwrap(),
        destination: Name::new("m0").unwrap().id().destination(),
    };
    let (mut keyring, mut bytes) = (Keyring::plain(), Vec::new());
    let mut writer = keyring.frame(&header, 1400, &mut bytes);
    assert!(writer.push(&Message::Claim(claim)));
    writer.seal();
    cluster.inject(addr(1), liar, &bytes);
    cluster.run_for(Duration::from_secs(1));
}

#[test]
fn a_member_that_nobody_started_breaks_s2() {
    a_lie_breaks("S2", claim("ghost", 9, 1, Status::Alive));
}

#[test]
fn a_word_that_its_owner_never_spoke_breaks_s2() {
    a_lie_breaks("S2", claim("m2", 2, EPOCH + 1, Status::Alive));
}

#[test]
fn a_goodbye_that_nobody_said_breaks_s5_unless_the_member_still_answers() {
    for answers in [true, false] {
        let (mut cluster, [liar, _, subject], _) = judged();
        if !answers {
            cluster.crash(subject);
        }
        lie(&mut cluster, liar, claim("m2", 2, EPOCH, Status::Left));
        let broken = cluster.violation().map(|violation| violation.rule);
        assert_eq!(broken, (!answers).then_some("S5"));
    }
}

#[test]
fn a_death_under_another_address_breaks_s6_unless_the_member_still_answers() {
    let by = Name::new("m1").unwrap().id();
    for answers in [true, false] {
        let (mut cluster, [liar, _, subject], _) = judged();
        if !answers {
            cluster.crash(subject);
        }
        lie(&mut cluster, liar, claim("m2", 77, EPOCH, Status::Dead { by }));
        let broken = cluster.violation().map(|violation| violation.rule);
        assert_eq!(broken, (!answers).then_some("S6"));
    }
}

#[test]
fn a_life_that_is_not_newer_breaks_s7() {
    let (mut cluster, [node, ..], _) = judged();
    cluster.restart(node, |seed, now| make(0, seed, now));
    assert_eq!(cluster.violation().map(|violation| violation.rule), Some("S7"));
}

#[test]
fn news_after_the_news_was_said_to_be_over_breaks_s12() {
    let (mut cluster, [node, ..], quiet) = judged();
    quiet.set(Some(cluster.now()));
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(cluster.violation(), None);
    cluster.with(node, |node, now| node.set(now, "key", b"value")).unwrap().unwrap();
    cluster.run_for(Duration::from_secs(1));
    assert_eq!(cluster.violation().map(|violation| violation.rule), Some("S12"));
}
