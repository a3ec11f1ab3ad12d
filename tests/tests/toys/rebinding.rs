//! Sockets that break are had again.

use std::fs;
use std::net::{Shutdown, SocketAddr};

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::Socket;

use crate::adapter::Adapter;
use crate::toy::Seen;
use crate::world::{Behaviour, addr, eventually, ip, next, toy};

/// All of them.
pub(crate) const ALL: &[(&str, Behaviour)] = &[(
    "a_listener_that_breaks_is_bound_again_with_its_datagram_socket",
    a_listener_that_breaks_is_bound_again_with_its_datagram_socket,
)];

fn a_listener_that_breaks_is_bound_again_with_its_datagram_socket(on: Adapter) {
    let ((a, mut events), (b, mut b_events)) = (toy(on), toy(on));
    listener_at(ip(&a)).shutdown(Shutdown::Both).unwrap();
    eventually("both are bound again", || a.stats().rebinds > 0);

    b.with(|toy, _| toy.send(addr(&a), b"ping"));
    assert_eq!(next(&mut b_events), Seen::Datagram(addr(&a), b"pong".to_vec()));
    a.with(|toy, _| toy.send(addr(&b), b"ping"));
    assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
    let stream = b.with(|toy, _| toy.dial(addr(&a), vec![7; 100_000]));
    assert_eq!(next(&mut b_events), Seen::Connected(stream));
    assert_eq!(next(&mut b_events), Seen::Received(stream, vec![7; 100_000]));
    assert_eq!((a.stats().accept_errors, a.stats().rebinds, b.stats().rebinds), (1, 1, 0));
}

/// The listener at this address, by a descriptor of the test's own: nobody else can break what belongs to a driver.
fn listener_at(place: SocketAddr) -> Socket {
    let this = pidfd_open(getpid(), PidfdFlags::empty()).expect("this process");
    let numbers = fs::read_dir("/proc/self/fd").expect("descriptors").map(|entry| entry.unwrap().file_name());
    let numbers: Vec<_> = numbers.filter_map(|name| name.to_str()?.parse().ok()).collect();
    let copies = numbers.into_iter().map(|number| pidfd_getfd(&this, number, PidfdGetfdFlags::empty()));
    let mut sockets = copies.filter_map(Result::ok).map(Socket::from);
    let listens = |socket: &Socket| rustix::net::sockopt::socket_acceptconn(socket).unwrap_or(false);
    let is_there = |socket: &Socket| socket.local_addr().is_ok_and(|addr| addr.as_socket() == Some(place));
    sockets.find(|socket| listens(socket) && is_there(socket)).expect("a listener")
}
