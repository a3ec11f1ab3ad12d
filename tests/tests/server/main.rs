//! What every adapter's datagram server must do: one list of behaviours, run on each adapter, and with clients of
//! another one, over UDP and over Unix sockets with and without files.
//!
//! Nothing here passes or fails because of the speed of a machine: every wait is for something that must happen, and
//! ends after [`world::PATIENCE`] at the latest.

#![forbid(unsafe_code)]

mod clients;
mod handlers;
mod of_unix;
mod world;

use libtest_mimic::{Arguments, Trial};

use crate::world::{Cast, Transport, World};

type Behaviour = fn(&World);

fn main() {
    libtest_mimic::run(&Arguments::from_args(), trials()).exit();
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for transport in Transport::ALL {
        let of_unix = if transport == Transport::Udp { &[] } else { of_unix::BEHAVIOURS };
        let of_files = if transport == Transport::UnixPath { of_unix::OF_FILES } else { &[] };
        for cast in Cast::ALL {
            let lists = [handlers::BEHAVIOURS, clients::BEHAVIOURS, of_unix, of_files];
            for &(name, behaviour) in &lists.concat() {
                let title = format!("{}::{}::{name}", transport.as_str(), cast.name);
                trials.push(Trial::test(title, move || {
                    behaviour(&World::new(transport, cast));
                    Ok(())
                }));
            }
        }
    }
    trials
}

/// A list of behaviours under their own names.
macro_rules! list {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), $name as crate::Behaviour)),*] };
}
pub(crate) use list;
