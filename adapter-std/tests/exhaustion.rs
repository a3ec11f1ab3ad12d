//! Without descriptors: alone in its file, because the limit is the process's.

#![cfg(target_os = "linux")]

mod common;

use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use common::{Seen, eventually, ip, next, toy};
use rustix::process::{Resource, getrlimit, setrlimit};

#[test]
fn running_out_of_descriptors_neither_stops_nor_spins() {
    let (a, mut events) = toy();
    let client = UdpSocket::bind(common::localhost()).unwrap();
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(64);
    setrlimit(Resource::Nofile, limit).unwrap();

    // The last descriptor goes to the peer's end of a connection, so the machine's end has none.
    let mut hoard: Vec<UdpSocket> = std::iter::from_fn(|| client.try_clone().ok()).collect();
    hoard.pop();
    let _peer = TcpStream::connect(ip(&a)).unwrap();
    eventually("accepting fails", || a.stats().accept_errors > 0);

    let (turns, since) = (a.stats().turns, a.with(|_, now| now));
    assert_eq!(events.next_timeout(Duration::from_millis(300)), None);
    let tenths = a.with(|_, now| now.since(since)).as_millis() / 100;
    assert!(u128::from(a.stats().turns - turns) <= 2 * (tenths + 1), "{:?}", a.stats());

    client.send_to(b"still there", ip(&a)).unwrap();
    assert!(matches!(next(&mut events), Seen::Datagram(..)));

    hoard.clear();
    assert!(matches!(next(&mut events), Seen::Accepted(_)));
}
