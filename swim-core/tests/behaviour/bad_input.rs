//! What strangers, vandals and accidents send: counted, never answered, never believed.

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use swim_codec::{
    Challenge, ClusterId, Cookie, Fingerprint, Key, Keyring, Message, Nonce, Ping, PingReq, Status,
};
use swim_core::{
    Addr, Config, ConfigError, DropReason, Fact, Instant, Local, Machine as _, Node, StreamId, StreamInput,
    Transmit,
};

use crate::lab::{Lab, Puppet, addr, cluster, epoch, keyring, name};

/// One datagram, and why it must be dropped.
fn check(datagram: &mut [u8], reason: DropReason) {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    let drops = |lab: &Lab| lab.node.stats().drops().map(|(_, count)| count).sum::<u64>();
    let before = drops(&lab);
    lab.hear_bytes(&bob.addr, datagram);
    assert_eq!(lab.dropped(reason), 1, "{:?}", lab.node.stats());
    assert_eq!(drops(&lab), before + 1);
    lab.facts.retain(|fact| !matches!(fact, Fact::KeyMismatch { .. }));
    assert_eq!((lab.sent.len(), lab.facts.len()), (0, 0), "no answer, no change");
}

fn from(puppet: &Puppet) -> Vec<u8> {
    let mallory = Puppet::new("mallory", 66);
    puppet.datagram(name("node").id().destination(), &[Message::Claim(mallory.claim(0, Status::Alive))])
}

#[test]
fn garbage_is_dropped() {
    check(&mut [], DropReason::TooShort);
    check(&mut [b'S'], DropReason::TooShort);
    check(&mut [0; 100], DropReason::BadMagic);
    check(&mut [0xff; 65_507], DropReason::BadMagic);
}

#[test]
fn a_truncated_frame_is_dropped() {
    let whole = from(&Puppet::new("bob", 2));
    check(&mut whole[..20].to_vec(), DropReason::TooShort);
    check(&mut whole[..whole.len() - 1].to_vec(), DropReason::BadTag);
}

#[test]
fn a_frame_of_another_cluster_is_dropped() {
    let foreign = Puppet { cluster: ClusterId::from_name("elsewhere"), ..Puppet::new("bob", 2) };
    check(&mut from(&foreign), DropReason::ForeignCluster);
}

#[test]
fn a_frame_under_another_key_is_dropped() {
    let stranger = Puppet { keyring: Keyring::sealed(Key::from_bytes([9; 32])), ..Puppet::new("bob", 2) };
    check(&mut from(&stranger), DropReason::UnknownKey);
}

#[test]
fn a_frame_without_authentication_is_dropped_where_a_key_is_set() {
    let plain = Puppet { keyring: Keyring::plain(), ..Puppet::new("bob", 2) };
    check(&mut from(&plain), DropReason::PlainRefused);
}

#[test]
fn a_damaged_frame_is_dropped() {
    let mut damaged = from(&Puppet::new("bob", 2));
    damaged[50] ^= 1;
    check(&mut damaged, DropReason::BadTag);
}

#[test]
fn a_frame_for_somebody_else_is_dropped() {
    let bob = Puppet::new("bob", 2);
    let mut datagram = bob.datagram(name("carol").id().destination(), &[]);
    check(&mut datagram, DropReason::WrongDestination);
}

#[test]
fn our_own_frame_coming_back_is_dropped() {
    check(&mut from(&Puppet::new("node", 1)), DropReason::OwnFrame);
}

#[test]
fn a_sync_in_a_datagram_is_dropped() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    lab.hear(&bob, &[Message::Sync(swim_codec::Sync { fingerprint: swim_codec::Fingerprint::default() })]);
    assert_eq!((lab.sent.len(), lab.dropped(DropReason::OutOfPlace)), (0, 1));
}

#[test]
fn a_datagram_full_of_questions_is_answered_once_for_each_kind() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let (nonce, fingerprint) = (Nonce::from_u64(1), Fingerprint::default());
    let ping = Message::Ping(Ping { nonce, fingerprint });
    let ping_req = Message::PingReq(PingReq { nonce, target: carol.id() });
    let challenge = Message::Challenge(Challenge { nonce, cookie: Cookie::from_bytes([1; 8]) });
    for (question, answers) in [(ping, 1), (ping_req, 1), (challenge, 1)] {
        let mut lab = Lab::knowing(&[&bob, &carol]);
        lab.clear();
        lab.hear(&bob, &[question; 40]);
        assert_eq!((lab.sent.len(), lab.dropped(DropReason::OutOfPlace)), (answers, 39), "{question:?}");
    }
}

#[test]
fn a_full_table_forgets_the_gone_for_newcomers_and_never_the_living() {
    let mut config = Config::lan();
    config.max_members = 10;
    let puppets: Vec<_> = (0..20).map(|i| Puppet::new(&format!("m{i}"), 100 + i)).collect();
    let mut lab = Lab::with_members(config, &puppets.iter().take(9).collect::<Vec<_>>());
    lab.hear(&puppets[0], &[Message::Claim(puppets[9].claim(0, Status::Alive))]);
    assert_eq!(lab.dropped(DropReason::TableFull), 1);
    assert_eq!(lab.node.members().len(), 10);
    lab.part(&puppets[1], 0);
    lab.hear(&puppets[0], &[Message::Claim(puppets[9].claim(0, Status::Alive))]);
    assert!(lab.node.member("m9").is_some() && lab.node.member("m1").is_none());
    assert_eq!(lab.node.members().len(), 10);
}

#[test]
fn a_flood_of_the_dead_fills_no_more_than_the_table() {
    let mut config = Config::lan();
    config.max_members = 10;
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::with_members(config, &[&bob]);
    for i in 0..1_000 {
        let ghost = Puppet::new(&format!("ghost-{i}"), 3);
        lab.hear(&bob, &[Message::Claim(ghost.claim(0, Status::Dead { by: bob.id() }))]);
    }
    assert!(lab.node.member("bob").is_some());
    assert_eq!(lab.node.departed().count(), 0);
}

#[test]
fn an_ipv4_address_mapped_into_ipv6_is_the_plain_one_to_a_node() {
    let mapped = |addr: &str| Addr::Ip(addr.parse().expect("an address"));
    let addr = mapped("[::ffff:127.0.0.1]:7000");
    let local = Local { cluster: cluster(), name: name("node"), addr, epoch: epoch(1) };
    let node = Node::new(Config::lan(), local, keyring(), [0; 32], Instant::ZERO).expect("a valid config");
    assert_eq!(node.local().addr(), mapped("127.0.0.1:7000"));
    let mut lab = Lab::of(node);
    lab.node.join(Instant::ZERO, &[mapped("[::ffff:127.0.0.1]:7000"), mapped("[::ffff:127.0.0.1]:7001")]);
    let mut buf = vec![];
    let asked = lab.node.poll_transmit(&mut buf);
    assert!(matches!(asked, Some(Transmit::Connect { to, .. }) if to == mapped("127.0.0.1:7001")));
    assert_eq!(lab.node.poll_transmit(&mut buf), None);
}

#[test]
fn an_address_that_nobody_can_reach_is_refused() {
    let refused = |addr: &str| {
        let addr = Addr::Ip(addr.parse().expect("an address"));
        let local = Local { cluster: cluster(), name: name("node"), addr, epoch: epoch(1) };
        Node::new(Config::lan(), local, keyring(), [0; 32], Instant::ZERO).err()
    };
    for addr in ["0.0.0.0:7000", "[::]:7000", "127.0.0.1:0", "[::ffff:0.0.0.0]:7000"] {
        assert_eq!(refused(addr), Some(ConfigError::UnusableAddress), "{addr}");
    }
    assert_eq!(refused("127.0.0.1:7000"), None);
}

/// An address for arbitrary ports, so that claims come from known and unknown places.
fn anywhere(port: u16) -> Addr {
    addr(port % 8)
}

proptest! {
    /// The seed of a failing case is printed and kept beside this file.
    #[test]
    fn no_bytes_in_a_sealed_frame_make_a_node_panic_or_talk_much(
        bodies in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..200)), 1..20),
    ) {
        let bob = Puppet::new("bob", 2);
        let mut lab = Lab::knowing(&[&bob]);
        for (port, body) in bodies {
            lab.clear();
            let mut datagram = seal(&bob, &body);
            lab.hear_bytes(&anywhere(port), &mut datagram);
            prop_assert!(lab.sent.len() <= 64, "{} outputs for one input", lab.sent.len());
        }
    }

    #[test]
    fn no_bytes_on_a_stream_make_a_node_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..20)) {
        let mut lab = Lab::new();
        let stream = StreamId::Accepted(1);
        lab.stream(stream, StreamInput::Accepted { from: addr(9) });
        for mut chunk in chunks {
            lab.stream(stream, StreamInput::Data(&mut chunk));
        }
        lab.stream(stream, StreamInput::Finished);
        prop_assert_eq!(lab.node.members().len(), 1);
    }
}

/// An authentic frame with any body at all.
fn seal(puppet: &Puppet, body: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut frame = puppet.datagram(name("node").id().destination(), &[]);
    frame.truncate(swim_codec::HEADER_LEN);
    frame.extend_from_slice(body);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&[1; 32]).expect("any length is a key");
    mac.update(&frame);
    frame.extend_from_slice(&mac.finalize().into_bytes()[..16]);
    frame
}
