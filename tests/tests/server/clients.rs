//! What clients may rely on.

use std::time::Duration;

use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use swim_driver::server::{Options, RecvError};

use crate::list;
use crate::world::{Peer, World, echo, eventually};

pub(crate) const BEHAVIOURS: &[(&str, crate::Behaviour)] = list![
    a_client_may_have_an_address_of_its_own,
    a_client_waits_no_longer_than_it_is_told,
    a_client_lends_its_socket,
    a_client_goes_on_with_a_server_that_was_started_again,
];

/// E21.
fn a_client_may_have_an_address_of_its_own(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        peer.recv::<Vec<u8>>().await?;
        let addr = peer.addr().expect("it has a name").to_string();
        Ok(peer.send(addr.into_bytes())?)
    });
    let local = world.place();
    let mut client = world.client_with(&server, Some(&local), Options::default());
    assert_eq!(client.ask(b"who am I?"), client.local_addr().to_string().as_bytes());
    assert!(local == *client.local_addr() || local.as_ip().is_some(), "a port is chosen");
    drop(client);
    drop(world.client_with(&server, Some(&local), Options::default()));
}

/// E21.
fn a_client_waits_no_longer_than_it_is_told(world: &World) {
    let server = world.serve(echo);
    let mut client = world.client(&server);
    for time in [Duration::ZERO, Duration::from_millis(5)] {
        assert!(matches!(client.recv_within::<Vec<u8>>(time), Err(RecvError::Timeout)));
    }
    assert_eq!(client.ask(b"hello"), b"hello");
}

/// E21.
fn a_client_lends_its_socket(world: &World) {
    let server = world.serve(echo);
    assert_eq!(socket_type(world.client(&server).socket()), Ok(SocketType::DGRAM));
}

/// E21: nothing has to be connected again.
fn a_client_goes_on_with_a_server_that_was_started_again(world: &World) {
    let server = world.serve(echo);
    let addr = server.local_addr().clone();
    let mut client = world.client(&server);
    assert_eq!(client.ask(b"before"), b"before");
    server.shutdown();
    let _again = world.try_serve(&addr, Options::default(), echo).expect("the address is free");
    // The first datagram may go to where the old server was.
    eventually(|| {
        client.try_send(&b"after"[..]).is_ok()
            && client.recv_within::<Vec<u8>>(Duration::from_secs(1)).is_ok()
    });
}
