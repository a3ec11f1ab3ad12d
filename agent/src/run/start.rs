//! From the settings to a running node.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;

use adapter_std::{BindError, Sockets, epoch_now, seed};
use swim_core::{Addr, ClusterId, Instant, Local};
use swim_trace::{Birth, Recorder};

use crate::adapter::{Adapter, Events, Handle, Stable};
use crate::config::{Settings, describe, keyring, missing, registers};
use crate::discovery::{Backoff, Resolver, Targets, Transient, find_own};
use crate::files::{self, unrecorded};
use crate::place::{Host, Place};
use crate::problem::Problem;
use crate::run::state;
use crate::run::voice::Voice;

/// All that a node needs, with its sockets bound and nothing sent yet.
pub(crate) struct Plan {
    adapter: Adapter,
    sockets: Sockets,
    node: Recorder,
}

impl Plan {
    pub(crate) fn make(settings: &Settings, voice: &Voice) -> Result<Self, Problem> {
        let name = settings.name.clone().ok_or_else(|| missing("name"))?;
        let place = settings.bind.as_ref().ok_or_else(|| missing("bind"))?;
        let keyring = keyring(settings, Instant::ZERO)?;
        files::check(settings)?;
        let sockets = bind(settings, place)?;
        let addr = advertised(settings, sockets.local_addr(), voice)?;
        let cluster = ClusterId::from_name(&settings.cluster);
        let local = Local { cluster, name, addr, epoch: epoch_now() };
        let seed = seed()
            .map_err(|error| Problem::failed(format!("the operating system gives no randomness: {error}")))?;
        let (config, now) = (settings.protocol.clone(), Instant::ZERO);
        let birth = Birth { config, local, keyring, seed, now, snapshot: None };
        Ok(Self { adapter: settings.adapter, node: node(settings, birth)?, sockets })
    }

    /// How frames are sealed, in words.
    pub(crate) fn seal(&self) -> String {
        describe(self.node.keyring())
    }

    pub(crate) fn start(self, stable: &mut Stable) -> Result<(Handle, Events), Problem> {
        stable
            .spawn(self.adapter, self.node, self.sockets)
            .map_err(|error| Problem::failed(format!("cannot start the node: {error}")))
    }
}

/// Whom to look for.
pub(crate) fn targets(settings: &Settings) -> Targets {
    Targets { peers: settings.peers.clone(), services: settings.discover.clone(), dns: settings.dns.clone() }
}

fn bind(settings: &Settings, place: &Place) -> Result<Sockets, Problem> {
    let addr = match place {
        Place::Host(host) => look_up(settings, host, true)?.into(),
        Place::Unix(addr) => addr.clone(),
    };
    let bound = match settings.socket_mode {
        Some(mode) => Sockets::bind_with_mode(addr, mode),
        None => Sockets::bind(addr),
    };
    bound.map_err(|error| unbound(&error, place))
}

/// The first address of a place, if possible one that a socket of this kind can use.
fn look_up(settings: &Settings, place: &Host, ipv6: bool) -> Result<SocketAddr, Problem> {
    let ips = Resolver::open(&settings.dns).and_then(|resolver| resolver.ips(&place.name));
    let ips = ips.map_err(|why| {
        Problem::failed(format!("cannot find {place}: {why}. Check the spelling, or give an IP address"))
    })?;
    let usable = ips.iter().find(|ip| ipv6 || ip.is_ipv4()).or(ips.first());
    usable
        .map(|&ip| (ip, place.port).into())
        .ok_or_else(|| Problem::failed(format!("{place} has no address")))
}

fn unbound(error: &BindError, place: &Place) -> Problem {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    let advice = match (error.kind(), place.is_unix()) {
        (io::ErrorKind::AddrInUse, false) => ". Choose another port, or port 0 for any that is free",
        (io::ErrorKind::AddrInUse, true) => ". Another process listens there: choose another name",
        (io::ErrorKind::AddrNotAvailable, _) => {
            ". Bind to an address of this machine, and use --advertise for one that leads to it"
        }
        (io::ErrorKind::PermissionDenied, false) => ". Choose a port above 1023",
        (io::ErrorKind::PermissionDenied, true) => ". Choose a folder that this user may write to",
        (io::ErrorKind::NotFound, true) => ". Make its folder first",
        (io::ErrorKind::AlreadyExists, true) => ". Remove it, or choose another path",
        _ => "",
    };
    Problem::failed(format!("{error}{cause}{advice}"))
}

/// Where the others are told to send to.
fn advertised(settings: &Settings, bound: &Addr, voice: &Voice) -> Result<Addr, Problem> {
    let addr = match (bound.as_ip(), &settings.advertise) {
        (None, Some(Place::Unix(addr))) => return Ok(addr.clone()),
        (None, _) => return Ok(bound.clone()),
        (Some(bound), Some(Place::Host(place))) => {
            let mut addr = look_up(settings, place, bound.is_ipv6())?;
            if addr.port() == 0 {
                addr.set_port(bound.port());
            }
            addr
        }
        (Some(bound), _) if bound.ip().is_unspecified() && !settings.discover.is_empty() => {
            discovered(settings, bound, voice)
        }
        (Some(bound), _) => bound,
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

/// The node, or its next life if its state was kept; recorded if that is asked for.
fn node(settings: &Settings, mut birth: Birth) -> Result<Recorder, Problem> {
    birth.snapshot = settings.state.as_ref().and_then(|file| restorable(file, &birth));
    let mut node = match &settings.record {
        Some(file) => Recorder::create(file, u64::from(settings.record_limit) << 20, &birth)
            .map_err(|error| unrecorded(file, &error))?,
        None => Recorder::from(birth.node().map_err(|error| Problem::usage(error.to_string()))?),
    };
    registers::apply(&mut node, Instant::ZERO, &settings.registers).map_err(Problem::usage)?;
    Ok(node)
}

/// What the last life knew, if this one can begin with it.
fn restorable(file: &Path, birth: &Birth) -> Option<Vec<u8>> {
    let birth = Birth { snapshot: Some(state::read(file)?), ..birth.clone() };
    if let Err(error) = birth.node() {
        let why = error.to_string();
        state::unused(file, why.strip_suffix("; start empty").unwrap_or(&why));
        return None;
    }
    birth.snapshot
}
