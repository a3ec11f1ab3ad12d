//! What one call costs, against the number of members: `cargo run --release -p swim-core --example ping_cost`.
//!
//! Prints the median of five runs, in nanoseconds, for a ping that is taken in and answered, and for a datagram
//! full of claims that are known already.

use std::net::SocketAddr;
use std::time::Instant as Clock;

use swim_codec::{
    Claim, ClusterId, Epoch, Fingerprint, Header, Incarnation, Keyring, Message, Name, Nonce, Ping, Sequence,
    Status,
};
use swim_core::{Addr, Config, Instant, Local, Machine, Node};

const ROUNDS: u32 = 100_000;

fn main() {
    println!("{:>8} {:>14} {:>20}", "members", "ping → ack, ns", "known claims, ns each");
    for members in [64, 1_000, 10_000] {
        let names: Vec<_> = (1..members).map(name).collect();
        let mut node = node_knowing(&names);
        let ping = median(|| cost(&mut node, &mut datagram(&names[7], &[ping()])));
        let claims: Vec<_> = names.iter().step_by(names.len() / 30).map(claim).collect();
        let known = median(|| cost(&mut node, &mut datagram(&names[7], &claims)));
        println!("{members:>8} {ping:>14.0} {:>20.1}", known / claims.len() as f64);
    }
}

fn name(number: u32) -> Name {
    Name::new(&format!("member-{number:05}")).expect("a valid name")
}

fn addr() -> Addr {
    SocketAddr::from(([10, 0, 0, 1], 7_000)).into()
}

fn node_knowing(names: &[Name]) -> Node {
    let local =
        Local { cluster: ClusterId::from_name("cost"), name: name(0), addr: addr(), epoch: Epoch::default() };
    let mut config = Config::lan();
    config.newcomers_per_minute = 1 << 20;
    let mut node =
        Node::new(config, local, Keyring::plain(), [1; 32], Instant::ZERO).expect("a valid config");
    for chunk in names.chunks(20) {
        let claims: Vec<_> = chunk.iter().map(claim).collect();
        node.handle_datagram(Instant::ZERO, &addr(), &mut datagram(&names[0], &claims));
    }
    assert_eq!(node.members().len(), names.len() + 1);
    tell_all(&mut node);
    node
}

/// Gossips until nothing waits, so that the pings are answered without news.
fn tell_all(node: &mut Node) {
    let mut buf = vec![];
    let mut sent = u64::MAX;
    while node.stats().gossip_sent != sent {
        sent = node.stats().gossip_sent;
        let next = node.poll_timeout().expect("it is running");
        node.handle_timeout(next);
        while node.poll_transmit(&mut buf).is_some() {}
        while node.poll_event().is_some() {}
    }
}

fn claim(name: &Name) -> Message<'_> {
    Message::Claim(Claim {
        name: name.as_str(),
        addr: swim_codec::AddrRef::V4([10, 0, 0, 1], 7_000),
        epoch: Epoch::default(),
        incarnation: Incarnation::default(),
        status: Status::Alive,
    })
}

fn ping() -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() })
}

fn datagram(from: &Name, messages: &[Message<'_>]) -> Vec<u8> {
    let header = Header {
        cluster: ClusterId::from_name("cost"),
        sender: from.id(),
        epoch: Epoch::default(),
        sequence: Sequence::FIRST,
        destination: name(0).id().destination(),
    };
    let (mut keyring, mut buf) = (Keyring::plain(), vec![]);
    let mut frame = keyring.frame(&header, 65_000, &mut buf);
    assert!(messages.iter().all(|message| frame.push(message)));
    frame.seal();
    buf
}

/// Nanoseconds for one datagram in, and the answer out.
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn cost(node: &mut Node, datagram: &mut [u8]) -> f64 {
    let (from, mut buf) = (addr(), Vec::with_capacity(2_000));
    let begun = Clock::now();
    for _ in 0..ROUNDS {
        node.handle_datagram(Instant::ZERO, &from, datagram);
        while node.poll_transmit(&mut buf).is_some() {}
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
}

fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut runs: Vec<_> = (0..5).map(|_| run()).collect();
    runs.sort_by(f64::total_cmp);
    runs[2]
}
