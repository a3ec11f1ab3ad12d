//! A cluster on the loopback of this computer, as one process: what [`super::guest`] measures from outside.

use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant as Clock};

use adapter_std::{Handle, Sockets, spawn};
use clap::ValueEnum;
use swim_codec::{Keyring, Suite};
use swim_core::{Instant, Machine, Node};

use crate::foca::FocaPeer;
use crate::peer::Peer;
use crate::swim::{keyring, node};

/// Of what the cluster is made.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Guest {
    /// Plain frames.
    Swim,
    /// Sealed with HMAC-SHA256.
    Sealed,
    /// On our adapter, since it comes without one.
    Foca,
}

/// How long the members have to get to know each other.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says `ready` once everybody knows everybody, and goes on until the input ends.
pub(crate) fn run(guest: Guest, nodes: u32) {
    match guest {
        Guest::Swim => until_told(&swim(nodes, &Keyring::plain()), nodes),
        Guest::Sealed => until_told(&swim(nodes, &keyring(Suite::HmacSha256)), nodes),
        Guest::Foca => until_told(&foca(nodes), nodes),
    }
}

fn swim(nodes: u32, keyring: &Keyring) -> Vec<Handle<Node>> {
    let sockets = bind(nodes);
    let first = sockets[0].local_addr().clone();
    let start = |(number, sockets): (u32, Sockets)| {
        let member = node(number, sockets.local_addr().clone(), keyring.clone(), seed(number), Instant::ZERO);
        let handle = run_on(sockets, member);
        if number > 0 {
            handle.join(std::slice::from_ref(&first));
        }
        handle
    };
    (0..).zip(sockets).map(start).collect()
}

/// Everybody is told of everybody: gossip alone takes foca minutes, and what is measured is the rest after that.
fn foca(nodes: u32) -> Vec<Handle<FocaPeer>> {
    let sockets = bind(nodes);
    let addrs: Vec<SocketAddr> = sockets.iter().map(ip).collect();
    let start = |(number, sockets): (u32, Sockets)| {
        let own = ip(&sockets);
        let handle = run_on(sockets, FocaPeer::at(own, nodes, seed(number), Instant::ZERO));
        let others = addrs.iter().copied().filter(|&addr| addr != own);
        handle.with(|peer, now| peer.learn(now, others));
        handle
    };
    (0..).zip(sockets).map(start).collect()
}

fn bind(nodes: u32) -> Vec<Sockets> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    (0..nodes).map(|_| Sockets::bind(any).expect("a free port")).collect()
}

fn ip(sockets: &Sockets) -> SocketAddr {
    sockets.local_addr().as_ip().expect("bound to an IP address")
}

fn run_on<M: Machine<Event: Send> + Send + 'static>(sockets: Sockets, machine: M) -> Handle<M> {
    spawn(machine, sockets).expect("a thread").0
}

fn seed(number: u32) -> [u8; 32] {
    let mut seed = [1; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    seed
}

#[allow(
    clippy::disallowed_methods,
    reason = "it waits for all of them at once, and is not measured meanwhile"
)]
fn until_told<P: Peer<Event: Send> + Send + 'static>(handles: &[Handle<P>], nodes: u32) {
    let begun = Clock::now();
    let knows_all = |handle: &Handle<P>| handle.with(|peer, _| peer.members() == nodes as usize);
    while !handles.iter().all(knows_all) {
        assert!(begun.elapsed() < PATIENCE, "they do not find each other");
        thread::sleep(Duration::from_millis(100));
    }
    println!("ready");
    let _end = io::stdin().read_to_end(&mut Vec::new());
}
