//! The behaviours, by name. A comment cites the capability of the systems that this replaces, where there is one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use swim_core::{Fact, Key, Keyring, Node};
use swim_driver::Sockets;

use crate::world::{Member, Settings, World};

pub(crate) type Behaviour = fn(&World);

pub(crate) const BEHAVIOURS: &[(&str, Behaviour)] = &[
    ("nodes_that_join_through_one_find_each_other", nodes_that_join_through_one_find_each_other),
    ("a_register_set_by_one_is_seen_by_all_who_watch", a_register_set_by_one_is_seen_by_all_who_watch),
    ("who_is_shut_down_is_seen_to_fail", who_is_shut_down_is_seen_to_fail),
    ("who_leaves_is_seen_to_leave", who_leaves_is_seen_to_leave),
    (
        "who_restarts_where_it_was_is_back_with_a_later_life",
        who_restarts_where_it_was_is_back_with_a_later_life,
    ),
    ("who_has_left_may_come_back_elsewhere", who_has_left_may_come_back_elsewhere),
    ("who_has_another_key_does_not_get_in", who_has_another_key_does_not_get_in),
    ("what_no_datagram_holds_crosses_over_a_stream", what_no_datagram_holds_crosses_over_a_stream),
    ("a_slow_consumer_gets_a_thousand_events_in_order", a_slow_consumer_gets_a_thousand_events_in_order),
    (
        "a_consumer_that_is_too_slow_is_told_how_much_it_missed",
        a_consumer_that_is_too_slow_is_told_how_much_it_missed,
    ),
    ("the_last_handle_leaves_politely_if_it_is_told_to", the_last_handle_leaves_politely_if_it_is_told_to),
    ("the_last_handle_ends_at_once_otherwise", the_last_handle_ends_at_once_otherwise),
    ("all_threads_may_use_handles_at_once", all_threads_may_use_handles_at_once),
    (
        "events_end_with_the_machine_and_handles_still_answer",
        events_end_with_the_machine_and_handles_still_answer,
    ),
    (
        "whoever_waits_for_the_end_is_told_when_nothing_is_open",
        whoever_waits_for_the_end_is_told_when_nothing_is_open,
    ),
];

/// Those that only IPv4 addresses can show.
pub(crate) const OF_IPV4: &[(&str, Behaviour)] =
    &[("an_address_may_be_advertised_that_is_not_bound", an_address_may_be_advertised_that_is_not_bound)];

/// Those that only IPv6 addresses can show.
pub(crate) const OF_IPV6: &[(&str, Behaviour)] =
    &[("one_socket_serves_both_families", one_socket_serves_both_families)];

/// S32: datagrams and streams at one address.
fn nodes_that_join_through_one_find_each_other(world: &World) {
    for member in world.cluster(["a", "b", "c"]) {
        assert_eq!(member.handle.names(), ["a", "b", "c"]);
        assert_eq!(member.addr(), member.handle.local_addr());
    }
}

fn a_register_set_by_one_is_seen_by_all_who_watch(world: &World) {
    let members = world.cluster(["a", "b", "c"]);
    members[0].handle.set("role", b"web");
    for member in &members {
        let seen = member
            .handle
            .watch_until(|roster| roster.get("a").is_some_and(|entry| entry.registers.contains_key("role")));
        assert_eq!(seen.get("a").unwrap().registers["role"][..], *b"web");
        assert_eq!(seen.len(), 3);
    }
}

fn who_is_shut_down_is_seen_to_fail(world: &World) {
    let [crashed, mut b, mut c] = world.cluster(["a", "b", "c"]);
    crashed.handle.shutdown();
    for member in [&mut b, &mut c] {
        let fact = member.wait_for(|fact| matches!(fact, Fact::Failed { .. } | Fact::Left { .. }));
        assert!(matches!(fact, Fact::Failed { .. }), "{fact:?}");
    }
}

fn who_leaves_is_seen_to_leave(world: &World) {
    let [mut leaver, mut b, mut c] = world.cluster(["a", "b", "c"]);
    assert!(leaver.handle.leave());
    leaver.wait_for(|fact| matches!(fact, Fact::HasLeft));
    assert_eq!(leaver.events.next(), None);
    for member in [&mut b, &mut c] {
        let fact = member.wait_for(|fact| matches!(fact, Fact::Failed { .. } | Fact::Left { .. }));
        assert!(matches!(fact, Fact::Left { .. }), "{fact:?}");
        assert_eq!(member.handle.names(), ["b", "c"]);
    }
}

fn who_restarts_where_it_was_is_back_with_a_later_life(world: &World) {
    let [killed, mut b, mut c] = world.cluster(["a", "b", "c"]);
    let (place, first_life) = (killed.addr(), killed.handle.members()[0].epoch);
    killed.handle.shutdown();
    let mut again = world.node_with("a", Settings { bind: Some(place), ..Settings::default() });
    again.join(&b.addr());
    again.wait_for_members(3);
    for member in [&mut b, &mut c] {
        member.wait_for(|fact| matches!(fact, Fact::Restarted { .. } | Fact::Joined { .. }));
        assert!(member.handle.with(|node| node.member("a").unwrap().epoch()) > first_life);
    }
}

fn who_has_left_may_come_back_elsewhere(world: &World) {
    let [leaver, mut b, mut c] = world.cluster(["a", "b", "c"]);
    assert!(leaver.handle.leave());
    b.wait_for(|fact| matches!(fact, Fact::Left { .. }));
    c.wait_for(|fact| matches!(fact, Fact::Left { .. }));
    let mut again = world.node("a");
    again.join(&b.addr());
    again.wait_for_members(3);
    for member in [&mut b, &mut c] {
        member.wait_for_members(3);
        assert_eq!(member.handle.with(|node| node.member("a").unwrap().addr()), again.addr());
    }
}

fn who_has_another_key_does_not_get_in(world: &World) {
    let [a, b] = world.cluster(["a", "b"]);
    let keyring = Keyring::sealed(Key::from_bytes([9; 32]));
    let mut eve = world.node_with("eve", Settings { keyring, ..Settings::default() });
    eve.join(&a.addr());
    for _ in 0..2 {
        eve.wait_for(|fact| matches!(fact, Fact::JoinFailed { .. }));
    }
    assert_eq!(eve.handle.names(), ["eve"]);
    for member in [a, b] {
        assert_eq!(member.handle.names(), ["a", "b"]);
    }
}

/// S33.
fn what_no_datagram_holds_crosses_over_a_stream(world: &World) {
    let rich = world.node("rich");
    for number in 0..15u8 {
        rich.handle.set(&number.to_string(), &[number; 500]);
    }
    let poor = world.node("poor");
    poor.join(&rich.addr());
    let all =
        poor.handle.watch_until(|roster| roster.get("rich").is_some_and(|entry| entry.registers.len() == 15));
    for number in 0..15u8 {
        assert_eq!(all.get("rich").unwrap().registers[number.to_string().as_str()][..], [number; 500]);
    }
    assert!(poor.handle.stats().streams_opened > 0);
}

fn a_slow_consumer_gets_a_thousand_events_in_order(world: &World) {
    let mut member = world.node("a");
    for number in 0..1_000u32 {
        member.handle.set("count", &number.to_le_bytes());
    }
    for number in 0..1_000u32 {
        let fact = member.wait_for(|fact| matches!(fact, Fact::Updated { .. } | Fact::Lagged { .. }));
        let Fact::Updated { value: Some(value), .. } = fact else { panic!("{fact:?}") };
        assert_eq!(value[..], number.to_le_bytes());
    }
}

fn a_consumer_that_is_too_slow_is_told_how_much_it_missed(world: &World) {
    let mut settings = Settings::default();
    settings.config.max_events = 16;
    let mut member = world.node_with("a", settings);
    for number in 0..1_000u32 {
        member.handle.set("count", &number.to_le_bytes());
    }
    // The first event is that the node itself is there.
    let told = (0..16).filter(|_| member.events.next().is_some()).count();
    let Fact::Lagged { missed } = member.events.next().unwrap().fact else { panic!("no word of the loss") };
    assert_eq!(told as u64 + missed, 1_001);
    member.handle.set("count", b"last");
    let last = member.wait_for(|_| true);
    assert!(matches!(&last, Fact::Updated { value: Some(value), .. } if value[..] == *b"last"), "{last:?}");
}

fn the_last_handle_leaves_politely_if_it_is_told_to(world: &World) {
    let mut a = world.node("a");
    let settings = Settings { farewell: Some(Node::leave), ..Settings::default() };
    let mut polite = world.node_with("polite", settings);
    polite.join(&a.addr());
    a.wait_for_members(2);
    polite.wait_for_members(2);
    let another = polite.handle.clone();
    drop(polite);
    assert_eq!(another.members().len(), another.names().len());
    drop(another);
    let fact = a.wait_for(|fact| matches!(fact, Fact::Failed { .. } | Fact::Left { .. }));
    assert!(matches!(fact, Fact::Left { .. }), "{fact:?}");
}

fn the_last_handle_ends_at_once_otherwise(world: &World) {
    let [mut a, rude] = world.cluster(["a", "rude"]);
    let Member { handle, mut events } = rude;
    drop(handle);
    while events.next().is_some() {}
    let fact = a.wait_for(|fact| matches!(fact, Fact::Failed { .. } | Fact::Left { .. }));
    assert!(matches!(fact, Fact::Failed { .. }), "{fact:?}");
}

fn all_threads_may_use_handles_at_once(world: &World) {
    let [a, b] = world.cluster(["a", "b"]);
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            let handle = a.handle.clone();
            scope.spawn(move || {
                for turn in 0..50u8 {
                    handle.set(&thread.to_string(), &[turn]);
                }
            });
        }
    });
    b.handle.watch_until(|roster| {
        let registers = roster.get("a").map(|entry| &entry.registers);
        registers.is_some_and(|all| all.len() == 8 && all.values().all(|value| value[..] == [49]))
    });
}

fn events_end_with_the_machine_and_handles_still_answer(world: &World) {
    let [a, b] = world.cluster(["a", "b"]);
    let Member { handle, mut events } = a;
    handle.shutdown();
    while events.next().is_some() {}
    assert_eq!(handle.names(), ["a", "b"]);
    handle.shutdown();
    assert_eq!(b.handle.names().len(), 2);
}

/// By somebody else's hand, and by its own.
fn whoever_waits_for_the_end_is_told_when_nothing_is_open(world: &World) {
    let [a, b] = world.cluster(["a", "b"]);
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| a.handle.gone());
        let left = scope.spawn(|| b.handle.gone());
        assert!(!a.handle.has_ended() && !b.handle.has_ended());
        a.handle.end();
        assert!(a.handle.has_ended());
        b.handle.with_time(Node::leave);
        ended.join().expect("it is told");
        left.join().expect("it is told");
    });
    for member in [a, b] {
        assert!(member.handle.has_ended());
        member.handle.gone();
        drop(Sockets::bind(member.addr()).expect("the address is free"));
    }
}

/// S03: the address that is bound is not the one that others are told.
fn an_address_may_be_advertised_that_is_not_bound(world: &World) {
    let mut everywhere = world.node_with("everywhere", bound_to(Ipv4Addr::UNSPECIFIED.into()));
    assert_ne!(everywhere.handle.local_addr(), everywhere.addr());
    let mut other = world.node("other");
    other.join(&everywhere.addr());
    everywhere.wait_for_members(2);
    other.wait_for_members(2);
    let known = other.handle.with(|node| node.member("everywhere").unwrap().addr());
    assert_eq!(known, everywhere.addr());
}

fn one_socket_serves_both_families(world: &World) {
    let mut both = world.node_with("both", bound_to(Ipv6Addr::UNSPECIFIED.into()));
    let bind = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into());
    let mut four = world.node_with("four", Settings { bind, ..Settings::default() });
    let mut six = world.node_with("six", bound_to(Ipv6Addr::UNSPECIFIED.into()));
    four.join(&both.addr());
    let port = both.addr().as_ip().unwrap().port();
    six.join(&SocketAddr::from((Ipv6Addr::LOCALHOST, port)).into());
    for member in [&mut both, &mut four, &mut six] {
        member.wait_for_members(3);
    }
}

/// Bound there on any port, and reached by the others at 127.0.0.1.
fn bound_to(ip: IpAddr) -> Settings {
    let bind = Some(SocketAddr::from((ip, 0)).into());
    Settings { bind, advertised: Some(Ipv4Addr::LOCALHOST.into()), ..Settings::default() }
}
