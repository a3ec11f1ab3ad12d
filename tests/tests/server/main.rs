//! What every adapter's datagram server must do: one list of behaviours, run on each adapter, and with clients of
//! another one, over UDP of both families and over Unix sockets with and without files.
//!
//! Nothing here passes or fails because of the speed of a machine: every wait is for something that must happen, and
//! ends after [`patience::PATIENCE`] at the latest.

#![forbid(unsafe_code)]

#[path = "../../support/adapter.rs"]
mod adapter;
mod bounds;
mod clients;
mod handlers;
#[path = "../../support/ipv6.rs"]
mod ipv6;
mod lifecycle;
mod log;
mod of_unix;
#[path = "../../support/page.rs"]
mod page;
#[path = "../../support/patience.rs"]
mod patience;
#[path = "../../support/places.rs"]
mod places;
#[path = "../../support/runtime.rs"]
mod runtime;
mod world;

use libtest_mimic::{Arguments, Trial};

use crate::places::Transport;
use crate::world::{Cast, World};

type Behaviour = fn(&World);

fn main() {
    log::keep();
    libtest_mimic::run(&Arguments::from_args(), trials()).exit();
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for transport in Transport::ALL {
        for cast in Cast::all() {
            for (name, behaviour) in behaviours_over(transport) {
                let title = format!("{}::{}::{name}", transport.as_str(), cast.as_str());
                let needs_ipv6 = transport == Transport::Udp6;
                trials.push(ipv6::trial(title, needs_ipv6, move || behaviour(&World::new(transport, cast))));
            }
        }
    }
    trials.push(page::trial("server", page::table(&trials)));
    trials
}

fn behaviours_over(transport: Transport) -> Vec<(&'static str, Behaviour)> {
    let mut lists =
        vec![handlers::BEHAVIOURS, bounds::BEHAVIOURS, lifecycle::BEHAVIOURS, clients::BEHAVIOURS];
    match transport {
        Transport::Udp | Transport::Udp6 => {}
        Transport::UnixAbstract => lists.push(of_unix::BEHAVIOURS),
        Transport::UnixPath => lists.extend([of_unix::BEHAVIOURS, of_unix::OF_FILES]),
    }
    lists.concat()
}

/// A list of behaviours under their own names.
macro_rules! list {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), $name as crate::Behaviour)),*] };
}
pub(crate) use list;
