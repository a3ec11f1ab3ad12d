//! What every adapter must do, whatever it waits with: one list of behaviours, each of which is run with all nodes on
//! each adapter and with a mixed cluster, over UDP and TCP and over Unix sockets with and without files.
//!
//! Nothing here passes or fails because of the speed of a machine: every wait is for something that must happen, and
//! ends after [`patience::PATIENCE`] at the latest.

#![forbid(unsafe_code)]

#[path = "../../support/adapter.rs"]
mod adapter;
mod behaviours;
#[path = "../../support/patience.rs"]
mod patience;
#[path = "../../support/places.rs"]
mod places;
#[path = "../../support/runtime.rs"]
mod runtime;
mod world;

use libtest_mimic::{Arguments, Trial};

use crate::behaviours::{BEHAVIOURS, OF_IP};
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
            let of_ip = if transport == Transport::Udp { OF_IP } else { &[] };
            for &(name, behaviour) in BEHAVIOURS.iter().chain(of_ip) {
                let title = format!("{}::{}::{name}", transport.as_str(), cast.as_str());
                trials.push(Trial::test(title, move || {
                    behaviour(&World::new(transport, cast));
                    Ok(())
                }));
            }
        }
    }
    trials
}
