//! From the command line to a running node.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use adapter_std::{BindError, Events, Handle, Sockets, epoch_now, seed, spawn};
use swim_core::{Addr, ClusterId, Instant, Keyring, Local, Node};

use crate::cli::RunArgs;
use crate::keyfile::Secret;
use crate::output::printable;
use crate::place::Place;
use crate::problem::Problem;

/// All that a node needs, with its sockets bound and nothing sent yet.
pub(crate) struct Plan {
    pub(crate) seeds: Vec<SocketAddr>,
    keyring: Keyring,
    sockets: Sockets,
    node: Node,
}

impl Plan {
    pub(crate) fn make(args: &RunArgs) -> Result<Self, Problem> {
        let keyring = keyring(args)?;
        let sockets = bind(&args.bind)?;
        let local =
            sockets.local_addr().as_ip().ok_or_else(|| Problem::failed("not bound to an IP address"))?;
        let seeds = seeds(args, local)?;
        let node = node(args, keyring.clone(), local)?;
        Ok(Self { seeds, keyring, sockets, node })
    }

    /// How frames are sealed, in words.
    pub(crate) fn seal(&self) -> String {
        match self.keyring.key_ids().next() {
            Some(id) => format!("sealed with key {id}"),
            None => "no authentication".into(),
        }
    }

    pub(crate) fn start(self) -> Result<(Handle<Node>, Events<Node>), Problem> {
        spawn(self.node, self.sockets)
            .map_err(|error| Problem::failed(format!("cannot start the node: {error}")))
    }
}

/// Running without authentication takes more than forgetting an option.
fn keyring(args: &RunArgs) -> Result<Keyring, Problem> {
    match &args.key_file {
        Some(file) => Ok(Keyring::sealed(Secret::read(file)?.to_key())),
        None if args.plain => Ok(Keyring::plain()),
        None => Err(Problem::usage(
            "no key given. Make one with `swim keygen FILE` and add --key-file FILE; \
             or add --plain to run without any authentication",
        )),
    }
}

fn bind(place: &Place) -> Result<Sockets, Problem> {
    let addr = place.resolve()?.first;
    Sockets::bind(addr).map_err(|error| unbound(&error))
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

fn seeds(args: &RunArgs, local: SocketAddr) -> Result<Vec<SocketAddr>, Problem> {
    let mut seeds = Vec::new();
    for place in &args.join {
        seeds.extend(place.resolve()?.usable_from(local));
    }
    Ok(seeds)
}

fn node(args: &RunArgs, keyring: Keyring, bound: SocketAddr) -> Result<Node, Problem> {
    let local = local(args, bound)?;
    let seed = seed()
        .map_err(|error| Problem::failed(format!("the operating system gives no randomness: {error}")))?;
    let mut node = Node::new(args.preset.config(), local, keyring, seed, Instant::ZERO)
        .map_err(|error| Problem::usage(error.to_string()))?;
    for register in &args.registers {
        node.set(Instant::ZERO, &register.key, register.value.as_bytes())
            .map_err(|error| Problem::usage(format!("--set {}=...: {error}", printable(&register.key))))?;
    }
    Ok(node)
}

fn local(args: &RunArgs, bound: SocketAddr) -> Result<Local, Problem> {
    Ok(Local {
        cluster: ClusterId::from_name(&args.cluster),
        name: args.name.clone(),
        addr: advertised(args, bound)?,
        epoch: epoch_now(),
    })
}

/// Where the others are told to send to.
fn advertised(args: &RunArgs, bound: SocketAddr) -> Result<Addr, Problem> {
    let Some(place) = &args.advertise else { return reachable(bound) };
    let mut addr = place.resolve()?.first_usable_from(bound);
    if addr.port() == 0 {
        addr.set_port(bound.port());
    }
    reachable(addr)
}

fn reachable(addr: SocketAddr) -> Result<Addr, Problem> {
    if addr.ip().is_unspecified() {
        return Err(Problem::usage(format!(
            "others cannot send to {}. Add --advertise HOST:PORT with an address of this machine that they can reach",
            addr.ip()
        )));
    }
    Ok(addr.into())
}
