//! Datagrams, deadlines and events.

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use swim_core::Addr;
use swim_driver::{Limits, Sockets};

use crate::adapter::Adapter;
use crate::toy::Seen;
use crate::world::{Behaviour, PATIENCE, addr, eventually, ip, localhost, next, start, toy};

/// All of them.
pub(crate) const ALL: &[(&str, Behaviour)] = &[
    ("two_machines_exchange_datagrams", two_machines_exchange_datagrams),
    (
        "datagrams_that_the_socket_refuses_are_dropped_and_counted",
        datagrams_that_the_socket_refuses_are_dropped_and_counted,
    ),
    ("a_destination_where_nobody_listens_stops_nothing", a_destination_where_nobody_listens_stops_nothing),
    ("a_deadline_that_a_command_moves_closer_is_served", a_deadline_that_a_command_moves_closer_is_served),
    ("an_alarm_never_rings_early", an_alarm_never_rings_early),
    ("an_idle_driver_sleeps", an_idle_driver_sleeps),
    ("a_datagram_takes_one_turn", a_datagram_takes_one_turn),
    ("looking_at_the_machine_does_not_wake_the_driver", looking_at_the_machine_does_not_wake_the_driver),
    ("events_wait_no_longer_than_asked", events_wait_no_longer_than_asked),
    (
        "events_go_on_until_the_machine_has_ended_and_told_everything",
        events_go_on_until_the_machine_has_ended_and_told_everything,
    ),
    ("a_waiting_iterator_ends_when_the_machine_ends", a_waiting_iterator_ends_when_the_machine_ends),
    ("a_machine_that_panics_is_not_driven_on", a_machine_that_panics_is_not_driven_on),
    ("a_command_that_panics_ends_the_driver_at_once", a_command_that_panics_ends_the_driver_at_once),
    (
        "a_flood_starves_neither_its_user_nor_its_deadlines",
        a_flood_starves_neither_its_user_nor_its_deadlines,
    ),
];

/// Those that need IPv6.
pub(crate) const OF_IPV6: &[(&str, Behaviour)] = &[
    ("an_ipv6_socket_reaches_ipv4_addresses", an_ipv6_socket_reaches_ipv4_addresses),
    ("a_link_local_address_is_reached_as_others_tell_it", a_link_local_address_is_reached_as_others_tell_it),
];

fn two_machines_exchange_datagrams(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    for n in 0..100 {
        a.with(|toy, _| toy.send(addr(&b), format!("ping {n}").as_bytes()));
        assert_eq!(next(&mut events), Seen::Datagram(addr(&b), format!("pong {n}").into()));
    }
    assert_eq!(b.stats().datagrams_received, 100);
    assert_eq!(b.stats().datagrams_sent, 100);
}

fn an_ipv6_socket_reaches_ipv4_addresses(on: Adapter) {
    let sockets = Sockets::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).expect("a free port");
    let (six, mut events) = start(on, sockets, Limits::default());
    let (four, _) = toy(on);
    six.with(|toy, _| toy.send(addr(&four), b"ping"));
    assert_eq!(next(&mut events), Seen::Datagram(addr(&four), b"pong".to_vec()));
}

/// Without its scope, which means nothing to other hosts. Hosts without such an address prove nothing here.
fn a_link_local_address_is_reached_as_others_tell_it(on: Adapter) {
    let Some(own) = link_local() else { return };
    let toy = || start(on, Sockets::bind(own).expect("a free port"), Limits::default());
    let ((a, mut events), (b, _)) = (toy(), toy());
    let told = addr(&b).as_ref().to_addr();
    a.with(|toy, _| toy.send(told.clone(), b"ping"));
    assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
    let stream = a.with(|toy, _| toy.dial(told, vec![7]));
    assert_eq!(next(&mut events), Seen::Connected(stream));
    assert_eq!(next(&mut events), Seen::Received(stream, vec![7]));
}

/// A link-local address of this host, with its scope and any port.
fn link_local() -> Option<SocketAddr> {
    let lines = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    let mut addrs = lines.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let ip = Ipv6Addr::from(u128::from_str_radix(words.next()?, 16).ok()?);
        let scope = u32::from_str_radix(words.next()?, 16).ok()?;
        ip.is_unicast_link_local().then(|| SocketAddrV6::new(ip, 0, 0, scope).into())
    });
    addrs.find(|addr| UdpSocket::bind(addr).is_ok())
}

fn datagrams_that_the_socket_refuses_are_dropped_and_counted(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    a.with(|toy, _| {
        toy.send(addr(&b), &vec![0; 70_000]);
        toy.send(Addr::unix_path(b"/nowhere").unwrap(), b"ping");
        toy.send(addr(&b), b"ping");
    });
    assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
    assert_eq!(a.stats().send_errors, 2);
    assert_eq!(a.stats().datagrams_sent, 1);
}

fn a_destination_where_nobody_listens_stops_nothing(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    let gone = Addr::from(UdpSocket::bind(localhost()).unwrap().local_addr().unwrap());
    for _ in 0..10 {
        a.with(|toy, _| toy.send(gone.clone(), b"ping"));
    }
    a.with(|toy, _| toy.send(addr(&b), b"ping"));
    assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
}

fn a_deadline_that_a_command_moves_closer_is_served(on: Adapter) {
    let (a, mut events) = toy(on);
    eventually("the driver goes to sleep", || a.stats().turns > 0);
    a.with(|toy, now| toy.alarm_at(now + Duration::from_millis(20)));
    assert_eq!(next(&mut events), Seen::Alarm);
}

fn an_alarm_never_rings_early(on: Adapter) {
    let (a, mut events) = toy(on);
    let due = a.with(|toy, now| {
        toy.alarm_at(now + Duration::from_millis(20));
        now + Duration::from_millis(20)
    });
    assert_eq!(next(&mut events), Seen::Alarm);
    assert!(a.with(|_, now| now) >= due);
}

fn an_idle_driver_sleeps(on: Adapter) {
    let (a, mut events) = toy(on);
    assert_eq!(events.next_timeout(Duration::from_millis(300)), None);
    assert!(a.stats().turns <= 2, "{:?}", a.stats());
}

/// But for a few: a driver may be woken for nothing.
fn a_datagram_takes_one_turn(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    for _ in 0..100 {
        a.with(|toy, _| toy.send(addr(&b), b"ping"));
        assert_eq!(next(&mut events), Seen::Datagram(addr(&b), b"pong".to_vec()));
    }
    assert!(a.stats().turns < 150 && b.stats().turns < 150, "{:?}, {:?}", a.stats(), b.stats());
}

fn looking_at_the_machine_does_not_wake_the_driver(on: Adapter) {
    let (a, mut events) = toy(on);
    for _ in 0..1_000 {
        a.with(|_, _| ());
    }
    assert_eq!(events.next_timeout(Duration::from_millis(100)), None);
    assert!(a.stats().turns <= 2, "{:?}", a.stats());
}

fn events_wait_no_longer_than_asked(on: Adapter) {
    let (_a, mut events) = toy(on);
    assert_eq!(events.try_next(), None);
    assert_eq!(events.next_timeout(Duration::from_millis(1)), None);
}

fn events_go_on_until_the_machine_has_ended_and_told_everything(on: Adapter) {
    let ((a, events), (b, _)) = (toy(on), toy(on));
    b.with(|toy, _| (0..3).for_each(|n| toy.send(addr(&a), &[n])));
    eventually("all three arrive", || a.stats().datagrams_received == 3);
    a.with(|toy, _| toy.end());
    let told: Vec<Seen> = events.collect();
    assert_eq!(told, [0, 1, 2].map(|n| Seen::Datagram(addr(&b), vec![n])));
}

fn a_waiting_iterator_ends_when_the_machine_ends(on: Adapter) {
    let (a, mut events) = toy(on);
    let waiter = std::thread::spawn(move || events.next());
    a.with(|toy, _| toy.end());
    assert_eq!(waiter.join().unwrap(), None);
}

fn a_machine_that_panics_is_not_driven_on(on: Adapter) {
    let ((a, mut events), (b, _)) = (toy(on), toy(on));
    b.with(|toy, _| toy.send(addr(&a), b"panic"));
    assert_eq!(events.next(), None);
    a.with(|toy, _| toy.send(addr(&b), b"ping"));
    assert_eq!(a.stats().datagrams_sent, 0);
    a.shutdown();
}

fn a_command_that_panics_ends_the_driver_at_once(on: Adapter) {
    let (a, mut events) = toy(on);
    let panic = || a.with::<()>(|_, _| resume_unwind(Box::new("as it was told to")));
    catch_unwind(AssertUnwindSafe(panic)).unwrap_err();
    eventually("its address is free, although nobody looks", || UdpSocket::bind(ip(&a)).is_ok());
    assert_eq!(events.next(), None);
    a.shutdown();
}

fn a_flood_starves_neither_its_user_nor_its_deadlines(on: Adapter) {
    let (a, mut events) = toy(on);
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
