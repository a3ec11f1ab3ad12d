//! The toy machine on plain threads.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses its part")]

mod toy;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use adapter_std::{Events, Handle, Limits, Options, Sockets, spawn_with};
use swim_core::Addr;
pub use toy::{Seen, Toy};

/// Long enough for anything that ought to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);
pub type Running = (Handle<Toy>, Events<Toy>);

pub fn localhost() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub fn toy() -> Running {
    toy_with(Limits::default())
}

pub fn toy_with(limits: Limits) -> Running {
    let sockets = Sockets::bind(localhost()).expect("the test needs a free port");
    spawn_with(Toy::default(), sockets, Options { limits, farewell: None }).expect("the test needs a thread")
}

pub fn addr(handle: &Handle<Toy>) -> Addr {
    handle.local_addr().clone()
}

/// Its address, for sockets of the test's own.
pub fn ip(handle: &Handle<Toy>) -> SocketAddr {
    handle.local_addr().as_ip().expect("an IP address")
}

/// The next event, which must come.
pub fn next(events: &mut Events<Toy>) -> Seen {
    events.next_timeout(PATIENCE).expect("an event within the test's patience")
}

/// Waits until `done`, a question that nothing announces the answer of, says so.
#[allow(clippy::disallowed_methods, reason = "nothing to wait for but the state itself")]
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let pause = Duration::from_millis(2);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if done() {
            return;
        }
        std::thread::sleep(pause);
    }
    panic!("never: {what}");
}
