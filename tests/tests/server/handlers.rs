//! What handlers may rely on. A comment cites the capability of the system that this replaces.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::net::sockopt::{set_socket_send_buffer_size, socket_send_buffer_size};
use swim_driver::server::{Encode, Json, Postcard, RecvError, SendError};

use crate::list;
use crate::log;
use crate::world::{Peer, World, echo, eventually, gate, open};

pub(crate) const BEHAVIOURS: &[(&str, crate::Behaviour)] = list![
    one_handler_serves_request_after_request,
    a_handler_begins_before_anything_is_parsed,
    returning_before_the_first_recv_refuses_the_datagram,
    a_client_has_one_handler_at_a_time_and_others_do_not_wait_for_it,
    what_a_handler_left_goes_to_the_next_one_in_order,
    what_cannot_be_parsed_is_an_error_and_the_conversation_goes_on,
    a_handler_that_fails_or_panics_takes_nobody_with_it,
    a_handler_that_panics_without_its_peer_is_counted_and_logged,
    a_handler_that_has_dropped_its_peer_is_still_the_only_one_of_its_client,
    nothing_within_the_time_given_is_an_error_and_the_first_recv_never_waits,
    a_handler_knows_who_speaks_and_where,
    senders_can_be_kept_by_address,
    state_is_shared_and_what_is_local_stays_local,
    bodies_may_be_bytes_json_postcard_or_ones_own,
    empty_and_large_datagrams_are_delivered,
];

/// E01, E04, E10, E22: an address, options and one handler make a server; each `recv` is the next request.
fn one_handler_serves_request_after_request(world: &World) {
    let begun = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&begun);
    let server = world.serve(move |peer| {
        counter.fetch_add(1, Ordering::Relaxed);
        echo(peer)
    });
    let mut client = world.client(&server);
    for number in 0..100u8 {
        assert_eq!(client.ask(&[number]), [number]);
    }
    assert_eq!(begun.load(Ordering::Relaxed), 1);
    assert_eq!(server.stats().received, 100);
}

/// E05.
fn a_handler_begins_before_anything_is_parsed(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        peer.send(&b"I see you"[..])?;
        let parsed = peer.recv::<Json<u32>>().await;
        assert!(matches!(parsed, Err(RecvError::Parse(_))), "{parsed:?}");
        peer.send(&b"nonsense"[..])?;
        Ok(())
    });
    let mut client = world.client(&server);
    client.send(b"no JSON");
    assert_eq!(client.recv::<Vec<u8>>(), b"I see you");
    assert_eq!(client.recv::<Vec<u8>>(), b"nonsense");
}

/// E06.
fn returning_before_the_first_recv_refuses_the_datagram(world: &World) {
    let begun = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&begun);
    let server = world.serve(move |peer| {
        let is_first = counter.fetch_add(1, Ordering::Relaxed) == 0;
        async move { if is_first { Ok(()) } else { echo(peer).await } }
    });
    let mut client = world.client(&server);
    client.send(b"refused");
    eventually(|| server.stats().refused == 1);
    assert_eq!(client.ask(b"served"), b"served");
    assert_eq!((server.stats().refused, begun.load(Ordering::Relaxed)), (1, 2));
}

/// E07.
fn a_client_has_one_handler_at_a_time_and_others_do_not_wait_for_it(world: &World) {
    let (gate, passage) = gate();
    let server = world.serve(move |mut peer: Peer| {
        let passage = passage.clone();
        async move {
            let first: Vec<u8> = peer.recv().await?;
            if first == b"slow" {
                passage.recv().await?;
            }
            peer.send(first)?;
            echo(peer).await
        }
    });
    let (mut slow, mut quick) = (world.client(&server), world.client(&server));
    slow.send(b"slow");
    slow.send(b"more");
    eventually(|| server.stats().received == 2);
    assert_eq!(quick.ask(b"quick"), b"quick");
    assert!(matches!(slow.recv_within::<Vec<u8>>(Duration::ZERO), Err(RecvError::Timeout)));
    open(&gate);
    assert_eq!(slow.recv::<Vec<u8>>(), b"slow");
    assert_eq!(slow.recv::<Vec<u8>>(), b"more");
}

/// E07: a handler that ends is followed by another, and none of them overlap.
fn what_a_handler_left_goes_to_the_next_one_in_order(world: &World) {
    let active = Arc::new(AtomicUsize::new(0));
    let server = world.serve(move |mut peer: Peer| {
        let active = Arc::clone(&active);
        async move {
            assert_eq!(active.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
            let only: Vec<u8> = peer.recv().await?;
            peer.send(only)?;
            active.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let mut client = world.client(&server);
    for round in 0..20u8 {
        let numbers = [round, round + 100];
        numbers.iter().for_each(|&number| client.send(&[number]));
        for number in numbers {
            assert_eq!(client.recv::<Vec<u8>>(), [number]);
        }
    }
    assert_eq!(server.stats().handlers_failed, 0);
}

/// E08.
fn what_cannot_be_parsed_is_an_error_and_the_conversation_goes_on(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        loop {
            match peer.recv::<Json<u32>>().await {
                Ok(Json(number)) => peer.send(Json(number + 1))?,
                Err(error @ RecvError::Parse(_)) => peer.send(Json(error.to_string()))?,
                Err(error) => return Err(error.into()),
            }
        }
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"{"), br#""the datagram does not say what was expected""#);
    assert_eq!(client.ask(b"41"), b"42");
    assert_eq!(server.stats().handlers_failed, 0);
}

/// E08: what a handler does not catch is logged with its client's address.
fn a_handler_that_fails_or_panics_takes_nobody_with_it(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        let bytes: Vec<u8> = peer.recv().await?;
        match &bytes[..] {
            b"fail" => Err("as it was told to".into()),
            b"panic" => std::panic::resume_unwind(Box::new("as it was told to")),
            _ => Ok(peer.send(bytes)?),
        }
    });
    let mut client = world.client(&server);
    client.send(b"fail");
    eventually(|| server.stats().handlers_failed == 1);
    client.send(b"panic");
    eventually(|| server.stats().handlers_failed == 2);
    assert_eq!(client.ask(b"well"), b"well");
    assert_eq!(server.stats().handlers_failed, 2);
    let peer = format!("peer={}", client.local_addr());
    eventually(|| log::lines_with(&peer, "a handler failed") == 1);
    assert_eq!(log::lines_with(&peer, "as it was told to"), 1);
    eventually(|| log::lines_with(&peer, "a handler panicked") == 1);
}

/// E08.
fn a_handler_that_panics_without_its_peer_is_counted_and_logged(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        let bytes: Vec<u8> = peer.recv().await?;
        peer.send(bytes)?;
        drop(peer);
        std::panic::resume_unwind(Box::new("as it was told to"))
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"panic"), b"panic");
    eventually(|| server.stats().handlers_failed == 1);
    let peer = format!("peer={}", client.local_addr());
    eventually(|| log::lines_with(&peer, "a handler panicked") == 1);
    assert_eq!(client.ask(b"and again"), b"and again");
}

/// E07.
fn a_handler_that_has_dropped_its_peer_is_still_the_only_one_of_its_client(world: &World) {
    let (gate, passage) = gate();
    let server = world.serve(move |mut peer: Peer| {
        let passage = passage.clone();
        async move {
            let bytes: Vec<u8> = peer.recv().await?;
            peer.send(bytes)?;
            drop(peer);
            passage.recv().await?;
            Ok(())
        }
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"first"), b"first");
    client.send(b"second");
    let early = client.recv_within::<Vec<u8>>(Duration::from_millis(20));
    assert!(matches!(early, Err(RecvError::Timeout)), "{early:?}");
    open(&gate);
    assert_eq!(client.recv::<Vec<u8>>(), b"second");
    open(&gate);
}

/// E09.
fn nothing_within_the_time_given_is_an_error_and_the_first_recv_never_waits(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        let first: Vec<u8> = peer.recv_within(Duration::ZERO).await?;
        peer.send(first)?;
        for time in [Duration::ZERO, Duration::from_millis(5)] {
            let late = peer.recv_within::<Vec<u8>>(time).await;
            assert!(matches!(late, Err(RecvError::Timeout)), "{late:?}");
        }
        peer.send(&b"late"[..])?;
        let in_time: Vec<u8> = peer.recv_within(Duration::from_secs(600)).await?;
        peer.send(in_time)?;
        Ok(())
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"first"), b"first");
    assert_eq!(client.recv::<Vec<u8>>(), b"late");
    assert_eq!(client.ask(b"in time"), b"in time");
    eventually(|| server.stats().received == 2);
    assert_eq!(server.stats().handlers_failed, 0);
}

/// E12.
fn a_handler_knows_who_speaks_and_where(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        peer.recv::<Vec<u8>>().await?;
        let addr = peer.addr().expect("it has a name");
        let room = peer.with_socket(|socket| socket_send_buffer_size(socket)).expect("it serves")?;
        peer.send(format!("{addr} at {} with room for {room}", peer.local_addr()).into_bytes())?;
        Ok(())
    });
    let mut client = world.client(&server);
    let room = server.with_socket(|socket| {
        set_socket_send_buffer_size(socket, 50_000).expect("an option");
        socket_send_buffer_size(socket).expect("an option")
    });
    let room = room.expect("it serves");
    assert!((50_000..=100_000).contains(&room), "{room}");
    let expected = format!("{} at {} with room for {room}", client.local_addr(), server.local_addr());
    assert_eq!(client.ask(b"who am I?"), expected.as_bytes());
    assert_eq!(client.peer_addr(), server.local_addr());
}

/// E11: an address is a client's identity, and all in a room can be told something.
fn senders_can_be_kept_by_address(world: &World) {
    let room = Arc::new(Mutex::new(BTreeMap::new()));
    let server = world.serve({
        let room = Arc::clone(&room);
        move |mut peer: Peer| {
            let room = Arc::clone(&room);
            async move {
                let said: Vec<u8> = peer.recv().await?;
                let mut room = room.lock().unwrap();
                let sender = peer.sender().expect("it has a name");
                room.insert(sender.addr().clone(), sender.clone());
                for member in room.values() {
                    member.send(&said[..])?;
                }
                Ok(())
            }
        }
    });
    let (mut a, mut b) = (world.client(&server), world.client(&server));
    assert_eq!(a.ask(b"first"), b"first");
    assert_eq!(a.ask(b"again"), b"again");
    assert_eq!(b.ask(b"both"), b"both");
    assert_eq!(a.recv::<Vec<u8>>(), b"both");
    server.shutdown();
    let kept = room.lock().unwrap();
    assert_eq!(kept.len(), 2);
    for member in kept.values() {
        assert!(matches!(member.send(&b"too late"[..]), Err(SendError::Closed)));
    }
}

/// E18.
fn state_is_shared_and_what_is_local_stays_local(world: &World) {
    let total = Arc::new(AtomicUsize::new(0));
    let server = world.serve(move |mut peer: Peer| {
        let total = Arc::clone(&total);
        async move {
            let mut own = 0usize;
            while let Ok(Json(number)) = peer.recv::<Json<usize>>().await {
                own += number;
                peer.send(Json((own, total.fetch_add(number, Ordering::Relaxed) + number)))?;
            }
            Ok(())
        }
    });
    let (mut a, mut b) = (world.client(&server), world.client(&server));
    assert_eq!(a.ask(b"1"), b"[1,1]");
    assert_eq!(b.ask(b"10"), b"[10,11]");
    assert_eq!(a.ask(b"2"), b"[3,13]");
}

/// E19: what is sent may be of another type than what is received.
fn bodies_may_be_bytes_json_postcard_or_ones_own(world: &World) {
    struct Shouted(String);
    impl Encode for Shouted {
        fn encode(self) -> Result<swim_driver::server::Datagram, Box<dyn std::error::Error + Send + Sync>> {
            self.0.to_uppercase().into_bytes().encode()
        }
    }
    let server = world.serve(async |mut peer: Peer| {
        let bytes: Vec<u8> = peer.recv().await?;
        peer.send(Shouted(String::from_utf8(bytes)?))?;
        let Json((a, b)) = peer.recv::<Json<(u8, u8)>>().await?;
        peer.send(Postcard(a.checked_add(b)))?;
        let Postcard(name) = peer.recv::<Postcard<String>>().await?;
        peer.send(Json([name]))?;
        let trailing = peer.recv::<Postcard<u8>>().await;
        assert!(matches!(trailing, Err(RecvError::Parse(_))), "{trailing:?}");
        peer.send(Vec::new())?;
        Ok(())
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"bytes"), b"BYTES");
    client.try_send(Json([1, 2])).unwrap();
    assert_eq!(client.recv::<Postcard<Option<u8>>>(), Postcard(Some(3)));
    client.try_send(Postcard("name")).unwrap();
    assert_eq!(client.recv::<Json<Vec<String>>>(), Json(vec!["name".to_owned()]));
    client.try_send(&[7, 7][..]).unwrap();
    assert_eq!(client.recv::<Vec<u8>>(), b"");
}

/// E20.
fn empty_and_large_datagrams_are_delivered(world: &World) {
    let server = world.serve(echo);
    let mut client = world.client(&server);
    assert_eq!(client.ask(b""), b"");
    let large = vec![7; 60_000];
    assert_eq!(client.ask(&large), large);
}
