//! What is left behind: nothing.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapter_std::{Handle, Sockets};
use common::{Running, Seen, Toy, addr, eventually, ip, localhost, next, toy};
use socket2::{Domain, Socket, Type};
use swim_core::{Addr, StreamId};

#[test]
fn shutdown_leaves_no_thread_and_no_descriptor_and_frees_the_port() {
    let _alone = alone();
    let before = descriptors();
    let busy = Busy::new();
    let port = busy.handle.local_addr().clone();
    busy.handle.shutdown();
    await_no_threads();
    drop(Sockets::bind(port).expect("the port is free at once"));
    busy.handle.shutdown();
    drop(busy);
    assert_eq!(descriptors(), before);
}

#[test]
fn every_shutdown_waits_until_all_is_gone() {
    let _alone = alone();
    let busy = Busy::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                busy.handle.shutdown();
                await_no_threads();
            });
        }
    });
}

#[test]
fn a_handle_answers_after_shutdown_and_sends_nothing() {
    let _alone = alone();
    let (a, mut events) = toy();
    a.shutdown();
    a.with(|toy, _| toy.send(addr(&a), b"ping"));
    assert_eq!(a.stats().datagrams_sent + a.stats().send_errors, 0);
    assert_eq!(events.next(), None);
}

#[test]
fn dropping_the_last_handle_ends_everything() {
    let _alone = alone();
    let before = descriptors();
    let Busy { handle, mut events, far_ends } = Busy::new();
    let clone = handle.clone();
    drop(handle);
    assert!(threads() > 0);
    drop(clone);
    await_no_threads();
    assert_eq!(events.next_timeout(Duration::ZERO), None);
    drop(far_ends);
    assert_eq!(descriptors(), before);
}

#[test]
fn a_machine_that_ends_takes_its_threads_and_sockets_along() {
    let _alone = alone();
    let before = descriptors();
    let Busy { handle, far_ends, .. } = Busy::new();
    handle.with(|toy, _| toy.end());
    await_no_threads();
    drop(far_ends);
    assert_eq!(descriptors(), before);
}

#[test]
fn a_machine_that_panics_takes_its_threads_and_sockets_along() {
    let _alone = alone();
    let before = descriptors();
    let Busy { handle, far_ends, .. } = Busy::new();
    UdpSocket::bind(localhost()).unwrap().send_to(b"panic", ip(&handle)).unwrap();
    await_no_threads();
    drop(far_ends);
    assert_eq!(descriptors(), before);
}

#[test]
fn an_ended_stream_leaves_no_thread_and_no_descriptor() {
    let _alone = alone();
    let ((a, mut events), (b, _)) = (toy(), toy());
    let before = descriptors();
    for _ in 0..10 {
        let stream = a.with(|toy, _| toy.dial(addr(&b), vec![1; 1_000]));
        assert_eq!(next(&mut events), Seen::Connected(stream));
        assert_eq!(next(&mut events), Seen::Received(stream, vec![1; 1_000]));
    }
    eventually("only the two drivers are left", || threads() == 2 && descriptors() == before);
}

#[test]
fn an_aborted_stream_leaves_no_thread_and_no_descriptor() {
    let _alone = alone();
    let (a, mut events) = toy();
    let before = descriptors();
    let peer = TcpStream::connect(ip(&a)).unwrap();
    let Seen::Accepted(stream) = next(&mut events) else { panic!("not accepted") };
    a.with(|toy, now| toy.abort_at(now, stream));
    drop(peer);
    eventually("only the driver is left", || threads() == 1 && descriptors() == before);
}

#[test]
fn a_refused_dial_leaves_no_thread_and_no_descriptor() {
    let _alone = alone();
    let (a, mut events) = toy();
    let before = descriptors();
    let nobody = Addr::from(std::net::SocketAddr::from(([127, 0, 0, 1], 1)));
    let stream = a.with(|toy, _| toy.dial(nobody, vec![1]));
    assert_eq!(next(&mut events), Seen::Failed(stream));
    eventually("only the driver is left", || threads() == 1 && descriptors() == before);
}

/// A machine with a thread blocked in everything that a thread can block in.
struct Busy {
    handle: Handle<Toy>,
    events: adapter_std::Events<Toy>,
    far_ends: FarEnds,
}

#[allow(dead_code, reason = "they are there to be there")]
struct FarEnds {
    silent: TcpStream,
    deaf: TcpListener,
    full: (Socket, Vec<Socket>),
}

impl Busy {
    fn new() -> Self {
        let (handle, mut events): Running = toy();
        let silent = TcpStream::connect(ip(&handle)).unwrap();
        assert_eq!(next(&mut events), Seen::Accepted(StreamId::Accepted(1)));

        let deaf = TcpListener::bind(localhost()).unwrap();
        let to_deaf = Addr::from(deaf.local_addr().unwrap());
        let writing = handle.with(|toy, _| toy.dial(to_deaf, vec![0; 32 << 20]));
        assert_eq!(next(&mut events), Seen::Connected(writing));

        let full = full_backlog();
        let to_full = Addr::from(full.0.local_addr().unwrap().as_socket().unwrap());
        handle.with(|toy, _| toy.dial(to_full, vec![]));
        assert_eq!(events.next_timeout(Duration::from_millis(20)), None, "this dial must hang");
        Self { handle, events, far_ends: FarEnds { silent, deaf, full } }
    }
}

/// A listener that has no room for another connection, so that dialling it hangs.
fn full_backlog() -> (Socket, Vec<Socket>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&localhost().into()).unwrap();
    listener.listen(0).unwrap();
    let to = listener.local_addr().unwrap();
    let dial = || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&to);
        socket
    };
    let waiting = (0..4).map(|_| dial()).collect();
    (listener, waiting)
}

/// Threads and descriptors belong to the process, so these tests take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The system still lists a thread for a moment after it was joined.
fn await_no_threads() {
    eventually("all threads end", || threads() == 0);
}

fn threads() -> usize {
    let names = fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let names = names.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("swim-")).count()
}

fn descriptors() -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    let targets = descriptors.filter_map(|fd| fs::read_link(fd.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}
