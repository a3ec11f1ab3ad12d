//! Who dials without end gets no more than a share of the driver's time.

#![cfg(target_os = "linux")]

mod quiet;

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use quiet::{Quiet, turn};
use swim_driver::{Limits, Options, Sockets, Source, start};

/// As many as the backlog holds.
const DIALS: usize = 100;

#[test]
#[allow(clippy::disallowed_methods, reason = "this is the thing itself: a driver waits for its deadline")]
fn connections_are_accepted_some_at_a_time_and_none_is_lost() {
    let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let limits = Limits { streams: DIALS, ..Limits::default() };
    let (handle, _, driving) = start(Quiet::default(), sockets, Options { limits, farewell: None });
    let place = handle.local_addr().as_ip().unwrap();
    let _dialled: Vec<_> = (0..DIALS).map(|_| TcpStream::connect(place).unwrap()).collect();

    let begun = driving.clock().now();
    turn(&driving);
    let waits = driving.turn(Waker::noop()).unwrap().sources().any(|(source, _)| source == Source::Listener);
    assert_eq!((handle.stats().streams_opened, waits), (10, false));
    for _ in 0..=DIALS {
        let due = turn(&driving);
        let opened = u128::from(handle.stats().streams_opened);
        let hundredths = driving.clock().now().since(begun).as_millis() / 10;
        assert!(opened <= 10 * (hundredths + 2), "{opened} in {hundredths} hundredths of a second");
        if opened == DIALS as u128 {
            return;
        }
        thread::sleep(due.since(driving.clock().now()).min(Duration::from_millis(10)));
    }
    panic!("not all accepted: {:?}", handle.stats());
}
