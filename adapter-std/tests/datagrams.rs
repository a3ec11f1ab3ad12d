//! Datagrams, deadlines and events.

mod common;

use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use adapter_std::{Sockets, spawn};
use common::{PATIENCE, Seen, Toy, addr, eventually, ip, localhost, next, toy};
use swim_core::Addr;

#[test]
fn two_machines_exchange_datagrams() {
    let ((a, mut events), (b, _)) = (toy(), toy());
    for n in 0..100 {
        a.with(|toy, _| toy.send(addr(&b), format!("ping {n}").as_bytes()));
        assert_eq!(next(&mut events), Seen::Datagram(addr(&b), format!("pong {n}").into()));
    }
    assert_eq!(b.stats().datagrams_received, 100);
    assert_eq!(b.stats().datagrams_sent, 100);
}

#[test]
fn an_ipv6_socket_reaches_ipv4_addresses() {
    let Ok(sockets) = Sockets::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))) else { return };
    let (six, mut events) = spawn(Toy::default(), sockets).unwrap();
    let (four, _) = toy();
    six.with(|toy, _| toy.send(addr(&four), b"ping"));
    assert_eq!(next(&mut events), Seen::Datagram(addr(&four), b"pong".to_vec()));
}

#[test]
fn datagrams_that_the_socket_refuses_are_dropped_and_counted() {
    let ((a, mut events), (b, _)) = (toy(), toy());
    a.with(|toy, _| {
        toy.send(addr(&b), &vec![0; 70_000]);
        toy.send(Addr::unix_path(b"/nowhere").unwrap(), b"ping");
        toy.send(addr(&b), b"ping");
    });
    assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
    assert_eq!(a.stats().send_errors, 2);
    assert_eq!(a.stats().datagrams_sent, 1);
}

#[test]
fn a_destination_where_nobody_listens_stops_nothing() {
    let ((a, mut events), (b, _)) = (toy(), toy());
    let gone = Addr::from(UdpSocket::bind(localhost()).unwrap().local_addr().unwrap());
    for _ in 0..10 {
        a.with(|toy, _| toy.send(gone.clone(), b"ping"));
    }
    a.with(|toy, _| toy.send(addr(&b), b"ping"));
    assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
}

#[test]
fn a_deadline_that_a_command_moves_closer_is_served() {
    let (a, mut events) = toy();
    eventually("the driver goes to sleep", || a.stats().turns > 0);
    a.with(|toy, now| toy.alarm_at(now + Duration::from_millis(20)));
    assert_eq!(next(&mut events), Seen::Alarm);
}

#[test]
fn an_alarm_never_rings_early() {
    let (a, mut events) = toy();
    let due = a.with(|toy, now| {
        toy.alarm_at(now + Duration::from_millis(20));
        now + Duration::from_millis(20)
    });
    assert_eq!(next(&mut events), Seen::Alarm);
    assert!(a.with(|_, now| now) >= due);
}

#[test]
fn an_idle_driver_sleeps() {
    let (a, mut events) = toy();
    assert_eq!(events.next_timeout(Duration::from_millis(300)), None);
    assert!(a.stats().turns <= 2, "{:?}", a.stats());
}

#[test]
fn looking_at_the_machine_does_not_wake_the_driver() {
    let (a, mut events) = toy();
    for _ in 0..1_000 {
        a.with(|_, _| ());
    }
    assert_eq!(events.next_timeout(Duration::from_millis(100)), None);
    assert!(a.stats().turns <= 2, "{:?}", a.stats());
}

#[test]
fn events_wait_no_longer_than_asked() {
    let (_a, mut events) = toy();
    assert_eq!(events.try_next(), None);
    assert_eq!(events.next_timeout(Duration::from_millis(1)), None);
}

#[test]
fn events_go_on_until_the_machine_has_ended_and_told_everything() {
    let ((a, events), (b, _)) = (toy(), toy());
    b.with(|toy, _| (0..3).for_each(|n| toy.send(addr(&a), &[n])));
    eventually("all three arrive", || a.stats().datagrams_received == 3);
    a.with(|toy, _| toy.end());
    let told: Vec<Seen> = events.collect();
    assert_eq!(told, [0, 1, 2].map(|n| Seen::Datagram(addr(&b), vec![n])));
}

#[test]
fn a_waiting_iterator_ends_when_the_machine_ends() {
    let (a, mut events) = toy();
    let waiter = std::thread::spawn(move || events.next());
    a.with(|toy, _| toy.end());
    assert_eq!(waiter.join().unwrap(), None);
}

#[test]
fn a_machine_that_panics_is_not_driven_on() {
    let ((a, mut events), (b, _)) = (toy(), toy());
    b.with(|toy, _| toy.send(addr(&a), b"panic"));
    assert_eq!(events.next(), None);
    a.with(|toy, _| toy.send(addr(&b), b"ping"));
    assert_eq!(a.stats().datagrams_sent, 0);
    a.shutdown();
}

#[test]
fn a_flood_starves_neither_its_user_nor_its_deadlines() {
    let (a, mut events) = toy();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let flooder = UdpSocket::bind(localhost()).unwrap();
            while !over.load(Relaxed) {
                let _ = flooder.send_to(b"ping", ip(&a));
            }
        });
        eventually("the flood arrives", || a.stats().datagrams_received > 1_000);
        for _ in 0..10 {
            a.with(|toy, now| toy.alarm_at(now + Duration::from_millis(1)));
            assert_eq!(events.next_timeout(PATIENCE), Some(Seen::Alarm));
        }
        over.store(true, Relaxed);
    });
}
