//! Beginning and end.

use std::io::ErrorKind;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use smol::channel::unbounded;
use swim_driver::server::{Options, RecvError, SendError};

use crate::list;
use crate::patience::patiently;
use crate::world::{Peer, Server, World, echo, gate, open};

pub(crate) const BEHAVIOURS: &[(&str, crate::Behaviour)] = list![
    an_address_in_use_is_an_error_and_free_again_after_the_shutdown,
    shutdown_tells_the_handlers_and_drops_what_they_share,
    shutdown_waits_for_a_handler_that_has_dropped_its_peer,
    a_dropped_server_ends_and_its_handlers_learn_it,
];

/// E17: a second server, then one after the other; the socket is lent, and closed by its server alone.
fn an_address_in_use_is_an_error_and_free_again_after_the_shutdown(world: &World) {
    let server = world.serve(echo);
    let addr = server.local_addr().clone();
    let error = world.try_serve(&addr, Options::default(), echo).err().expect("it is in use");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(!server.has_ended());
    assert_eq!(server.with_socket(|socket| socket_type(socket)), Some(Ok(SocketType::DGRAM)));
    server.shutdown();
    server.shutdown();
    assert!(server.has_ended());
    assert!(server.with_socket(|_| ()).is_none());
    assert_eq!(*server.local_addr(), addr);
    let again = world.try_serve(&addr, Options::default(), echo).expect("it is free");
    assert_eq!(world.client(&again).ask(b"hello"), b"hello");
}

/// E16, E17: what was there before the server is there for all of its life, and let go of at its end.
fn shutdown_tells_the_handlers_and_drops_what_they_share(world: &World) {
    let resource = Arc::new(());
    let (ended, ends) = unbounded();
    let server = world.serve({
        let resource = Arc::clone(&resource);
        move |mut peer: Peer| {
            let (resource, ended) = (Arc::clone(&resource), ended.clone());
            async move {
                peer.recv::<Vec<u8>>().await?;
                peer.send(&b"there"[..])?;
                let received = peer.recv::<Vec<u8>>().await;
                ended.send((received.err(), peer.send(&b"no"[..]).err())).await?;
                drop(resource);
                Err("nobody is told of what fails behind the end".into())
            }
        }
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"hello"), b"there");
    server.shutdown();
    let told = patiently(ends.recv()).expect("the handler has ended");
    assert!(matches!(told, (Some(RecvError::Closed), Some(SendError::Closed))), "{told:?}");
    assert_eq!(Arc::strong_count(&resource), 1);
    assert_eq!(server.stats().handlers_failed, 0);
    assert!(matches!(client.try_send(&b"anybody?"[..]), Err(SendError::Refused(_))) || is_udp(&server));
}

/// E17.
fn shutdown_waits_for_a_handler_that_has_dropped_its_peer(world: &World) {
    let (gate, passage) = gate();
    let server = world.serve(move |mut peer: Peer| {
        let passage = passage.clone();
        async move {
            peer.recv::<Vec<u8>>().await?;
            peer.send(&b"there"[..])?;
            drop(peer);
            passage.recv().await?;
            Ok(())
        }
    });
    assert_eq!(world.client(&server).ask(b"hello"), b"there");
    let (gone, is_gone) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            server.shutdown();
            gone.send(()).expect("somebody waits");
        });
        let early = is_gone.recv_timeout(Duration::from_millis(20));
        open(&gate);
        early.expect_err("the handler runs");
    });
}

/// E17.
fn a_dropped_server_ends_and_its_handlers_learn_it(world: &World) {
    let (ended, ends) = unbounded();
    let server = world.serve(move |mut peer: Peer| {
        let ended = ended.clone();
        async move {
            peer.recv::<Vec<u8>>().await?;
            peer.send(&b"there"[..])?;
            ended.send(peer.recv::<Vec<u8>>().await.err()).await?;
            Ok(())
        }
    });
    assert_eq!(world.client(&server).ask(b"hello"), b"there");
    drop(server);
    assert!(matches!(patiently(ends.recv()), Ok(Some(RecvError::Closed))));

    let server = world.serve(echo);
    server.end();
    server.gone();
}

/// Nobody refuses a datagram of UDP at once.
fn is_udp(server: &Server) -> bool {
    server.local_addr().as_ip().is_some()
}
