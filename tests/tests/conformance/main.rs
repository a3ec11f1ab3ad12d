//! What every adapter must do, whatever it waits with: one list of behaviours, each of which is run with all nodes on
//! each adapter and with a mixed cluster, over UDP and TCP of both families and over Unix sockets with and without files.
//!
//! Nothing here passes or fails because of the speed of a machine: every wait is for something that must happen, and
//! ends after [`patience::PATIENCE`] at the latest.

#![forbid(unsafe_code)]

#[path = "../../support/adapter.rs"]
mod adapter;
mod behaviours;
#[path = "../../support/ipv6.rs"]
mod ipv6;
#[path = "../../support/page.rs"]
mod page;
#[path = "../../support/patience.rs"]
mod patience;
#[path = "../../support/places.rs"]
mod places;
#[path = "../../support/runtime.rs"]
mod runtime;
mod size;
#[path = "../../support/world.rs"]
mod world;

use libtest_mimic::{Arguments, Trial};

use crate::behaviours::{BEHAVIOURS, Behaviour, OF_IPV4, OF_IPV6};
use crate::places::Transport;
use crate::world::{Cast, World};

/// Most of the time a trial waits, so there may be many at once.
const TRIALS_AT_ONCE: usize = 8;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TRIALS_AT_ONCE);
    libtest_mimic::run(&arguments, trials()).exit();
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for transport in Transport::ALL {
        for cast in Cast::ALL {
            for &(name, behaviour) in BEHAVIOURS.iter().chain(only_over(transport)) {
                let title = format!("{}::{}::{name}", transport.as_str(), cast.as_str());
                let needs_ipv6 = transport == Transport::Udp6;
                trials.push(ipv6::trial(title, needs_ipv6, move || behaviour(&World::new(transport, cast))));
            }
        }
    }
    trials.push(page::trial("conformance", page::table(&trials)));
    trials.push(page::trial("sizes", size::table()));
    trials
}

const fn only_over(transport: Transport) -> &'static [(&'static str, Behaviour)] {
    match transport {
        Transport::Udp => OF_IPV4,
        Transport::Udp6 => OF_IPV6,
        Transport::UnixPath | Transport::UnixAbstract => &[],
    }
}
