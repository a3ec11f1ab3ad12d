//! Streams, and what bounds them.

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use adapter_std::Limits;
use common::{PATIENCE, Seen, Toy, addr, ip, localhost, next, toy, toy_with};
use swim_core::{Addr, StreamId};

const SOON: Duration = Duration::from_millis(50);

#[test]
fn a_megabyte_arrives_whole_in_both_directions() {
    let ((a, mut events), (b, mut b_events)) = (toy(), toy());
    let message: Vec<u8> = (0..1u32 << 18).flat_map(u32::to_le_bytes).collect();
    let stream = a.with(|toy, _| toy.dial(addr(&b), message.clone()));
    assert_eq!(next(&mut events), Seen::Connected(stream));
    assert!(next(&mut events) == Seen::Received(stream, message.clone()));
    assert_eq!(next(&mut b_events), Seen::Accepted(StreamId::Accepted(1)));
    assert!(next(&mut b_events) == Seen::Received(StreamId::Accepted(1), message));
    assert_eq!((a.stats().streams_opened, b.stats().streams_opened), (1, 1));
}

#[test]
fn many_exchanges_in_a_row_leave_room_for_the_next() {
    let limits = Limits { streams: 2, ..Limits::default() };
    let ((a, mut events), (b, _)) = (toy_with(limits), toy());
    for n in 0..100 {
        let stream = a.with(|toy, _| toy.dial(addr(&b), vec![n; 10]));
        assert_eq!(next(&mut events), Seen::Connected(stream));
        assert_eq!(next(&mut events), Seen::Received(stream, vec![n; 10]));
    }
    assert_eq!(a.stats().streams_refused, 0);
}

#[test]
fn an_exchange_may_be_empty() {
    let ((a, mut events), (b, _)) = (toy(), toy());
    let stream = a.with(|toy, _| toy.dial(addr(&b), vec![]));
    assert_eq!(next(&mut events), Seen::Connected(stream));
    assert_eq!(next(&mut events), Seen::Received(stream, vec![]));
}

#[test]
fn dialling_a_port_where_nobody_listens_fails() {
    let (a, mut events) = toy();
    let nobody = Addr::from(std::net::SocketAddr::from(([127, 0, 0, 1], 1)));
    let stream = a.with(|toy, _| toy.dial(nobody, vec![1]));
    assert_eq!(next(&mut events), Seen::Failed(stream));
}

#[test]
fn dialling_an_unix_socket_fails() {
    let (a, mut events) = toy();
    let stream = a.with(|toy, _| toy.dial(Addr::unix_abstract(b"nobody").unwrap(), vec![1]));
    assert_eq!(next(&mut events), Seen::Failed(stream));
}

#[test]
fn a_peer_that_says_nothing_is_dropped_at_the_deadline() {
    let (a, mut events) = toy_with(Limits { stream_time: SOON, ..Limits::default() });
    let mut peer = connect(&a);
    assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(1)));
    assert_eq!(next(&mut events), Seen::Failed(StreamId::Accepted(1)));
    assert!(is_closed(&mut peer));
    assert_eq!(a.stats().streams_expired, 1);
}

#[test]
fn a_peer_that_does_not_read_is_dropped_at_the_deadline() {
    let (a, mut events) = toy_with(Limits { stream_time: SOON, ..Limits::default() });
    let deaf = TcpListener::bind(localhost()).unwrap();
    let to = Addr::from(deaf.local_addr().unwrap());
    let stream = a.with(|toy, _| toy.dial(to, vec![0; 32 << 20]));
    while next(&mut events) != Seen::Failed(stream) {}
    assert_eq!(a.stats().streams_expired, 1);
}

#[test]
fn a_peer_that_sends_too_much_is_dropped() {
    let (a, mut events) = toy_with(Limits { stream_bytes: 10, ..Limits::default() });
    let mut peer = connect(&a);
    peer.write_all(&[0; 11]).unwrap();
    assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(1)));
    assert_eq!(next(&mut events), Seen::Failed(StreamId::Accepted(1)));
    assert!(is_closed(&mut peer));
    assert_eq!(a.stats().streams_oversized, 1);
}

#[test]
fn a_peer_may_send_as_much_as_the_limit() {
    let (a, _) = toy_with(Limits { stream_bytes: 10, ..Limits::default() });
    let mut peer = connect(&a);
    peer.write_all(&[7; 10]).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut echo = vec![];
    peer.read_to_end(&mut echo).unwrap();
    assert_eq!(echo, [7; 10]);
}

#[test]
fn the_sixty_fifth_connection_is_refused_and_counted() {
    let (a, mut events) = toy();
    let mut peers = vec![];
    for n in 1..=64 {
        peers.push(connect(&a));
        assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(n)));
    }
    assert!(is_closed(&mut connect(&a)));
    assert_eq!((a.stats().streams_opened, a.stats().streams_refused), (64, 1));

    let stream = a.with(|toy, _| toy.dial(addr(&a), vec![]));
    assert_eq!(next(&mut events), Seen::Failed(stream));
    assert_eq!(a.stats().streams_refused, 2);
}

#[test]
fn an_abort_at_a_deadline_wakes_a_blocked_reader() {
    let (a, mut events) = toy();
    let mut peer = connect(&a);
    let Seen::Accepted(stream) = next(&mut events) else { panic!("not accepted") };
    a.with(|toy, now| toy.abort_at(now + SOON, stream));
    assert!(is_closed(&mut peer));
    assert_eq!(events.next_timeout(SOON), None, "nothing is said about a stream after its end");
}

#[test]
fn a_peer_that_breaks_off_is_a_failure() {
    let (a, mut events) = toy();
    let peer = connect(&a);
    let Seen::Accepted(stream) = next(&mut events) else { panic!("not accepted") };
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
    drop(peer); // resets
    assert_eq!(next(&mut events), Seen::Failed(stream));
}

#[test]
fn more_writes_than_the_contract_allows_end_the_stream() {
    let (a, mut events) = toy();
    let deaf = TcpListener::bind(localhost()).unwrap();
    let to = Addr::from(deaf.local_addr().unwrap());
    let stream = a.with(|toy, _| {
        let stream = toy.dial_and_hold(to);
        (0..8).for_each(|_| toy.write(stream, vec![0; 32 << 20]));
        stream
    });
    while next(&mut events) != Seen::Failed(stream) {}
}

#[test]
fn a_stream_to_oneself_works() {
    let (a, mut events) = toy();
    let stream = a.with(|toy, _| toy.dial(addr(&a), vec![5; 100_000]));
    loop {
        if let Seen::Received(StreamId::Dialed(_), echo) = next(&mut events) {
            assert_eq!((stream, echo), (StreamId::Dialed(1), vec![5; 100_000]));
            return;
        }
    }
}

fn connect(handle: &adapter_std::Handle<Toy>) -> TcpStream {
    let peer = TcpStream::connect(ip(handle)).unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    peer
}

/// Waits until the other side has closed or reset the connection.
fn is_closed(peer: &mut TcpStream) -> bool {
    match peer.read(&mut [0]) {
        Ok(len) => len == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
