//! Streams, and what bounds them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use swim_core::{Addr, StreamId};
use swim_driver::Limits;

use crate::adapter::Adapter;
use crate::toy::Seen;
use crate::world::{Behaviour, Handle, PATIENCE, addr, ip, localhost, next, pause, toy, toy_with};

const SOON: Duration = Duration::from_millis(50);

/// All of them.
pub(crate) const ALL: &[(&str, Behaviour)] = &[
    ("a_megabyte_arrives_whole_in_both_directions", a_megabyte_arrives_whole_in_both_directions),
    ("many_exchanges_in_a_row_leave_room_for_the_next", many_exchanges_in_a_row_leave_room_for_the_next),
    ("an_exchange_may_be_empty", an_exchange_may_be_empty),
    ("dialling_a_port_where_nobody_listens_fails", dialling_a_port_where_nobody_listens_fails),
    ("dialling_an_unix_socket_fails", dialling_an_unix_socket_fails),
    (
        "a_peer_that_says_nothing_is_dropped_at_the_deadline",
        a_peer_that_says_nothing_is_dropped_at_the_deadline,
    ),
    (
        "a_peer_that_does_not_read_is_dropped_at_the_deadline",
        a_peer_that_does_not_read_is_dropped_at_the_deadline,
    ),
    ("a_peer_that_sends_too_much_is_dropped", a_peer_that_sends_too_much_is_dropped),
    ("a_peer_may_send_as_much_as_the_limit", a_peer_may_send_as_much_as_the_limit),
    (
        "the_fifty_seventh_connection_waits_until_another_ends",
        the_fifty_seventh_connection_waits_until_another_ends,
    ),
    (
        "whoever_waits_is_accepted_when_those_before_are_dropped_at_their_deadline",
        whoever_waits_is_accepted_when_those_before_are_dropped_at_their_deadline,
    ),
    (
        "whoever_waits_is_accepted_when_another_ends_in_the_turn_that_takes_the_last_place",
        whoever_waits_is_accepted_when_another_ends_in_the_turn_that_takes_the_last_place,
    ),
    (
        "of_sixty_four_streams_eight_can_be_dialled_and_no_more",
        of_sixty_four_streams_eight_can_be_dialled_and_no_more,
    ),
    ("an_abort_at_a_deadline_wakes_a_blocked_reader", an_abort_at_a_deadline_wakes_a_blocked_reader),
    ("a_peer_that_breaks_off_is_a_failure", a_peer_that_breaks_off_is_a_failure),
    (
        "more_writes_than_the_contract_allows_end_the_stream",
        more_writes_than_the_contract_allows_end_the_stream,
    ),
    ("a_stream_to_oneself_works", a_stream_to_oneself_works),
];

fn a_megabyte_arrives_whole_in_both_directions(on: Adapter) {
    let ((a, mut events), (b, mut b_events)) = (toy(on), toy(on));
    let message: Vec<u8> = (0..1u32 << 18).flat_map(u32::to_le_bytes).collect();
    let stream = a.with(|toy, _| toy.dial(addr(&b), message.clone()));
    assert_eq!(next(&mut events), Seen::Connected(stream));
    assert!(next(&mut events) == Seen::Received(stream, message.clone()));
    assert_eq!(next(&mut b_events), Seen::Accepted(StreamId::Accepted(1)));
    assert!(next(&mut b_events) == Seen::Received(StreamId::Accepted(1), message));
    assert_eq!((a.stats().streams_opened, b.stats().streams_opened), (1, 1));
}

fn many_exchanges_in_a_row_leave_room_for_the_next(on: Adapter) {
    let limits = Limits { streams: 2, ..Limits::default() };
    let ((a, mut events), (b, _)) = (toy_with(on, limits), toy(on));
    for n in 0..100 {
        let stream = a.with(|toy, _| toy.dial(addr(&b), vec![n; 10]));
        assert_eq!(next(&mut events), Seen::Connected(stream));
        assert_eq!(next(&mut events), Seen::Received(stream, vec![n; 10]));
    }
    assert_eq!(a.stats().streams_refused, 0);
}

fn an_exchange_may_be_empty(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    let stream = a.with(|toy, _| toy.dial(addr(&b), vec![]));
    assert_eq!(next(&mut events), Seen::Connected(stream));
    assert_eq!(next(&mut events), Seen::Received(stream, vec![]));
}

fn dialling_a_port_where_nobody_listens_fails(on: Adapter) {
    let (a, mut events) = toy(on);
    let nobody = Addr::from(std::net::SocketAddr::from(([127, 0, 0, 1], 1)));
    let stream = a.with(|toy, _| toy.dial(nobody, vec![1]));
    assert_eq!(next(&mut events), Seen::Failed(stream));
}

fn dialling_an_unix_socket_fails(on: Adapter) {
    let (a, mut events) = toy(on);
    let stream = a.with(|toy, _| toy.dial(Addr::unix_abstract(b"nobody").unwrap(), vec![1]));
    assert_eq!(next(&mut events), Seen::Failed(stream));
}

fn a_peer_that_says_nothing_is_dropped_at_the_deadline(on: Adapter) {
    let (a, mut events) = toy_with(on, Limits { stream_time: SOON, ..Limits::default() });
    let mut peer = connect(&a);
    assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(1)));
    assert_eq!(next(&mut events), Seen::Failed(StreamId::Accepted(1)));
    assert!(is_closed(&mut peer));
    assert_eq!(a.stats().streams_expired, 1);
}

fn a_peer_that_does_not_read_is_dropped_at_the_deadline(on: Adapter) {
    let (a, mut events) = toy_with(on, Limits { stream_time: SOON, ..Limits::default() });
    let deaf = TcpListener::bind(localhost()).unwrap();
    let to = Addr::from(deaf.local_addr().unwrap());
    let stream = a.with(|toy, _| toy.dial(to, vec![0; 32 << 20]));
    while next(&mut events) != Seen::Failed(stream) {}
    assert_eq!(a.stats().streams_expired, 1);
}

fn a_peer_that_sends_too_much_is_dropped(on: Adapter) {
    let (a, mut events) = toy_with(on, Limits { stream_bytes: 10, ..Limits::default() });
    let mut peer = connect(&a);
    peer.write_all(&[0; 11]).unwrap();
    assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(1)));
    assert_eq!(next(&mut events), Seen::Failed(StreamId::Accepted(1)));
    assert!(is_closed(&mut peer));
    assert_eq!(a.stats().streams_oversized, 1);
}

fn a_peer_may_send_as_much_as_the_limit(on: Adapter) {
    let (a, _) = toy_with(on, Limits { stream_bytes: 10, ..Limits::default() });
    let mut peer = connect(&a);
    peer.write_all(&[7; 10]).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut echo = vec![];
    peer.read_to_end(&mut echo).unwrap();
    assert_eq!(echo, [7; 10]);
}

fn the_fifty_seventh_connection_waits_until_another_ends(on: Adapter) {
    let (a, mut events) = toy(on);
    let mut peers = vec![];
    for n in 1..=56 {
        peers.push(connect(&a));
        assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(n)));
    }
    let mut waiting = connect(&a);
    waiting.write_all(b"me, too").unwrap();
    waiting.shutdown(Shutdown::Write).unwrap();
    assert_eq!(events.next_timeout(SOON), None, "it is not accepted");
    peers.pop();
    assert_eq!(next(&mut events), Seen::Received(StreamId::Accepted(56), vec![]));
    assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(57)));
    let mut echo = vec![];
    waiting.read_to_end(&mut echo).unwrap();
    assert_eq!((echo, a.stats().streams_refused), (b"me, too".to_vec(), 0));
}

fn whoever_waits_is_accepted_when_those_before_are_dropped_at_their_deadline(on: Adapter) {
    let limits = Limits { streams: 8, stream_time: SOON, ..Limits::default() };
    let (a, mut events) = toy_with(on, limits);
    let peers: Vec<_> = (0..20).map(|_| connect(&a)).collect();
    let last = StreamId::Accepted(peers.len() as u64);
    while next(&mut events) != Seen::Accepted(last) {}
    assert_eq!(a.stats().streams_refused, 0);
}

fn whoever_waits_is_accepted_when_another_ends_in_the_turn_that_takes_the_last_place(on: Adapter) {
    let (a, mut events) = toy_with(on, Limits { streams: 8, ..Limits::default() });
    let mut peers = vec![];
    for n in 1..=6 {
        peers.push(connect(&a));
        assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(n)));
    }
    // The driver takes no turn while both come, and takes the next one when the first is to be aborted.
    a.with(|toy, now| {
        peers.extend([connect(&a), connect(&a)]);
        toy.abort_at(now + SOON, StreamId::Accepted(1));
        pause(SOON);
    });
    while next(&mut events) != Seen::Accepted(StreamId::Accepted(8)) {}
    assert_eq!(a.stats().streams_refused, 0);
}

fn of_sixty_four_streams_eight_can_be_dialled_and_no_more(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    let mut peers = vec![];
    for n in 1..=56 {
        peers.push(connect(&a));
        assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(n)));
    }
    for _ in 0..8 {
        let stream = a.with(|toy, _| toy.dial_and_hold(addr(&b)));
        assert_eq!(next(&mut events), Seen::Connected(stream));
    }
    let stream = a.with(|toy, _| toy.dial_and_hold(addr(&b)));
    assert_eq!(next(&mut events), Seen::Failed(stream));
    assert_eq!((a.stats().streams_opened, a.stats().streams_refused), (64, 1));
}

fn an_abort_at_a_deadline_wakes_a_blocked_reader(on: Adapter) {
    let (a, mut events) = toy(on);
    let mut peer = connect(&a);
    let Seen::Accepted(stream) = next(&mut events) else { panic!("not accepted") };
    a.with(|toy, now| toy.abort_at(now + SOON, stream));
    assert!(is_closed(&mut peer));
    assert_eq!(events.next_timeout(SOON), None, "nothing is said about a stream after its end");
}

fn a_peer_that_breaks_off_is_a_failure(on: Adapter) {
    let (a, mut events) = toy(on);
    let peer = connect(&a);
    let Seen::Accepted(stream) = next(&mut events) else { panic!("not accepted") };
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
    drop(peer); // resets
    assert_eq!(next(&mut events), Seen::Failed(stream));
}

fn more_writes_than_the_contract_allows_end_the_stream(on: Adapter) {
    let (a, mut events) = toy(on);
    let deaf = TcpListener::bind(localhost()).unwrap();
    let to = Addr::from(deaf.local_addr().unwrap());
    let stream = a.with(|toy, _| {
        let stream = toy.dial_and_hold(to);
        (0..8).for_each(|_| toy.write(stream, vec![0; 32 << 20]));
        stream
    });
    while next(&mut events) != Seen::Failed(stream) {}
}

fn a_stream_to_oneself_works(on: Adapter) {
    let (a, mut events) = toy(on);
    let stream = a.with(|toy, _| toy.dial(addr(&a), vec![5; 100_000]));
    loop {
        if let Seen::Received(StreamId::Dialed(_), echo) = next(&mut events) {
            assert_eq!((stream, echo), (StreamId::Dialed(1), vec![5; 100_000]));
            return;
        }
    }
}

fn connect(handle: &Handle) -> TcpStream {
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
