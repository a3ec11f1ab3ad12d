//! Sockets that break are had again.

#![cfg(target_os = "linux")]

mod quiet;

use std::net::{Ipv4Addr, Shutdown, SocketAddr, UdpSocket};
use std::task::Waker;
use std::thread;

use quiet::{Quiet, turn};
use swim_driver::{Driving, Handle, Options, Sockets, Source, start};

#[test]
fn a_listener_that_breaks_is_bound_again_at_the_same_address_with_its_datagram_socket() {
    let (handle, driving) = quiet();
    let place = handle.local_addr().as_ip().unwrap();
    turn(&driving);
    let first = driving.turn(Waker::noop()).unwrap();
    first.socket(Source::Listener).unwrap().shutdown(Shutdown::Both).unwrap();
    drop(first);
    await_rebind(&handle, &driving);

    assert_eq!((handle.stats().accept_errors, handle.stats().rebinds), (1, 1));
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    sender.send_to(b"still there?", place).unwrap();
    turn(&driving);
    assert_eq!(handle.stats().datagrams_received, 1);
}

#[test]
fn sockets_that_cannot_be_had_again_are_tried_again() {
    let (handle, driving) = quiet();
    let place = handle.local_addr().as_ip().unwrap();
    driving.turn(Waker::noop()).unwrap().fail(Source::Datagrams);
    let squatter = UdpSocket::bind(place).expect("the old socket is closed");
    let tried = wait(&driving, turn(&driving));
    assert!(wait(&driving, tried) > tried, "it is tried again, and not at once");
    assert_eq!(handle.stats().rebinds, 0);
    drop(squatter);
    await_rebind(&handle, &driving);
}

fn quiet() -> (Handle<Quiet>, Driving<Quiet>) {
    let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let (handle, _, driving) = start(Quiet::default(), sockets, Options::default());
    (handle, driving)
}

/// A few turns, each when the one before says.
fn await_rebind(handle: &Handle<Quiet>, driving: &Driving<Quiet>) {
    let mut due = turn(driving);
    for _ in 0..10 {
        if handle.stats().rebinds > 0 {
            return;
        }
        due = wait(driving, due);
    }
    panic!("never bound again: {:?}", handle.stats());
}

/// Waits until a turn is due and takes it.
#[allow(clippy::disallowed_methods, reason = "this is the thing itself: a driver waits for its deadline")]
fn wait(driving: &Driving<Quiet>, due: swim_core::Instant) -> swim_core::Instant {
    thread::sleep(due.since(driving.clock().now()));
    turn(driving)
}
