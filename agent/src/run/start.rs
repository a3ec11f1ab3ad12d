//! From the settings to a running node.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::thread;

use adapter_std::{BindError, Events, Handle, Sockets, epoch_now, seed, spawn};
use swim_core::{Addr, ClusterId, Instant, Keyring, Local, Node};

use crate::config::{Settings, describe, keyring, missing, registers};
use crate::discovery::{Backoff, Resolver, Targets, Transient, find_own};
use crate::place::Place;
use crate::problem::Problem;
use crate::run::state;
use crate::run::voice::Voice;

/// All that a node needs, with its sockets bound and nothing sent yet.
pub(crate) struct Plan {
    sockets: Sockets,
    node: Node,
}

impl Plan {
    pub(crate) fn make(settings: &Settings, voice: &Voice) -> Result<Self, Problem> {
        let name = settings.name.clone().ok_or_else(|| missing("name"))?;
        let place = settings.bind.as_ref().ok_or_else(|| missing("bind"))?;
        let keyring = keyring(settings, Instant::ZERO)?;
        let sockets = bind(settings, place)?;
        let bound = sockets.local_addr().as_ip();
        let bound = bound.ok_or_else(|| Problem::failed("not bound to an IP address"))?;
        let addr = advertised(settings, bound, voice)?;
        let cluster = ClusterId::from_name(&settings.cluster);
        let local = Local { cluster, name, addr, epoch: epoch_now() };
        Ok(Self { node: node(settings, &local, &keyring)?, sockets })
    }

    /// How frames are sealed, in words.
    pub(crate) fn seal(&self) -> String {
        describe(self.node.keyring())
    }

    pub(crate) fn start(self) -> Result<(Handle<Node>, Events<Node>), Problem> {
        spawn(self.node, self.sockets)
            .map_err(|error| Problem::failed(format!("cannot start the node: {error}")))
    }
}

/// Whom to look for.
pub(crate) fn targets(settings: &Settings) -> Targets {
    Targets { peers: settings.peers.clone(), services: settings.discover.clone(), dns: settings.dns.clone() }
}

fn bind(settings: &Settings, place: &Place) -> Result<Sockets, Problem> {
    let addr = look_up(settings, place, true)?;
    Sockets::bind(addr).map_err(|error| unbound(&error))
}

/// The first address of a place, if possible one that a socket of this kind can use.
fn look_up(settings: &Settings, place: &Place, ipv6: bool) -> Result<SocketAddr, Problem> {
    let ips = Resolver::open(&settings.dns).and_then(|resolver| resolver.ips(&place.host));
    let ips = ips.map_err(|why| {
        Problem::failed(format!("cannot find {place}: {why}. Check the spelling, or give an IP address"))
    })?;
    let usable = ips.iter().find(|ip| ipv6 || ip.is_ipv4()).or(ips.first());
    usable
        .map(|&ip| (ip, place.port).into())
        .ok_or_else(|| Problem::failed(format!("{place} has no address")))
}

fn unbound(error: &BindError) -> Problem {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => ". Choose another port, or port 0 for any that is free",
        io::ErrorKind::AddrNotAvailable => {
            ". Bind to an address of this machine, and use --advertise for one that leads to it"
        }
        io::ErrorKind::PermissionDenied => ". Choose a port above 1023",
        _ => "",
    };
    Problem::failed(format!("{error}{cause}{advice}"))
}

/// Where the others are told to send to.
fn advertised(settings: &Settings, bound: SocketAddr, voice: &Voice) -> Result<Addr, Problem> {
    let addr = match &settings.advertise {
        Some(place) => {
            let mut addr = look_up(settings, place, bound.is_ipv6())?;
            if addr.port() == 0 {
                addr.set_port(bound.port());
            }
            addr
        }
        None if bound.ip().is_unspecified() && !settings.discover.is_empty() => {
            discovered(settings, bound, voice)
        }
        None => bound,
    };
    if addr.ip().is_unspecified() {
        return Err(Problem::usage(format!(
            "others cannot send to {}. Add --advertise HOST:PORT with an address of this machine that they can reach",
            addr.ip()
        )));
    }
    Ok(addr.into())
}

/// Waits until DNS tells an address of this machine. A service may list a node some time after its start.
fn discovered(settings: &Settings, bound: SocketAddr, voice: &Voice) -> SocketAddr {
    let mut backoff = Backoff::new();
    loop {
        match find_own(&settings.discover, &settings.dns, bound) {
            Ok(addr) => return addr,
            Err(why) => {
                let retry_in = backoff.pause();
                voice.not_found("own address", &Transient { why, retry_in });
                thread::park_timeout(retry_in);
            }
        }
    }
}

fn node(settings: &Settings, local: &Local, keyring: &Keyring) -> Result<Node, Problem> {
    let seed = seed()
        .map_err(|error| Problem::failed(format!("the operating system gives no randomness: {error}")))?;
    let mut node = match restored(settings, local, keyring, seed) {
        Some(node) => node,
        None => Node::new(settings.protocol.clone(), local.clone(), keyring.clone(), seed, Instant::ZERO)
            .map_err(|error| Problem::usage(error.to_string()))?,
    };
    registers::apply(&mut node, Instant::ZERO, &settings.registers).map_err(Problem::usage)?;
    Ok(node)
}

/// The next life of the node whose state was kept.
fn restored(settings: &Settings, local: &Local, keyring: &Keyring, seed: [u8; 32]) -> Option<Node> {
    let file = settings.state.as_ref()?;
    let snapshot = state::read(file)?;
    let (config, local, keyring) = (settings.protocol.clone(), local.clone(), keyring.clone());
    match Node::restore(config, local, keyring, seed, Instant::ZERO, &snapshot) {
        Ok(node) => Some(node),
        Err(error) => {
            let why = error.to_string();
            state::unused(file, why.strip_suffix("; start empty").unwrap_or(&why));
            None
        }
    }
}
