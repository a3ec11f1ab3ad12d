//! What is dropped, and counted.

use std::io::ErrorKind;
use std::time::Duration;

use swim_driver::BindError;
use swim_driver::server::Options;

use crate::list;
use crate::world::{Peer, World, echo, eventually, gate, open};

pub(crate) const BEHAVIOURS: &[(&str, crate::Behaviour)] = list![
    a_full_queue_drops_and_counts,
    too_many_clients_are_turned_away_and_counted,
    options_out_of_their_range_are_errors_that_name_field_and_bound,
];

/// E07, with a bound.
fn a_full_queue_drops_and_counts(world: &World) {
    let (gate, passage) = gate();
    let options = Options { queue: 3, ..Options::default() };
    let server = world.serve_with(options, move |peer| {
        let passage = passage.clone();
        async move {
            passage.recv().await?;
            echo(peer).await
        }
    });
    let mut client = world.client(&server);
    for number in 0..10u8 {
        client.send(&[number]);
        eventually(|| server.stats().received > u64::from(number));
    }
    assert_eq!(server.stats().queues_full, 7);
    open(&gate);
    for number in 0..3u8 {
        assert_eq!(client.recv::<Vec<u8>>(), [number]);
    }
    assert_eq!(client.ask(b"room again"), b"room again");
}

fn too_many_clients_are_turned_away_and_counted(world: &World) {
    let options = Options { clients: 2, ..Options::default() };
    let server = world.serve_with(options, async |mut peer: Peer| {
        while peer.recv::<Vec<u8>>().await? != b"bye" {
            peer.send(&b"stay"[..])?;
        }
        Ok(())
    });
    let [mut first, mut second, mut third] = [(); 3].map(|()| world.client(&server));
    assert_eq!(first.ask(b"hello"), b"stay");
    assert_eq!(second.ask(b"hello"), b"stay");
    third.send(b"hello");
    eventually(|| server.stats().clients_full == 1);
    first.send(b"bye");
    eventually(|| {
        third.send(b"hello");
        third.recv_within::<Vec<u8>>(Duration::from_millis(10)).is_ok()
    });
}

/// E01.
fn options_out_of_their_range_are_errors_that_name_field_and_bound(world: &World) {
    let usual = Options::default();
    let of_servers = [
        (Options { clients: 0, ..usual }, "clients must be at least 1"),
        (Options { queue: 0, ..usual }, "queue must be at least 1"),
        (Options { queued_bytes: 999, datagram_limit: 1_000, ..usual }, "queued_bytes must be at least 1000"),
    ];
    let of_both = [
        (Options { datagram_limit: 0, ..usual }, "datagram_limit must be at least 1"),
        (Options { datagram_limit: usize::MAX, ..usual }, "datagram_limit must be at most 16777216"),
        (Options { descriptors: 254, ..usual }, "descriptors must be at most 253"),
    ];
    let place = world.place();
    for (options, expected) in of_servers.into_iter().chain(of_both) {
        let error = world.try_serve(&place, options, echo).err().expect("it is out of range");
        assert!(matches!(error, BindError::Options(_)), "{error:?}");
        assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::InvalidInput));
    }
    let server = world.serve_with(Options { descriptors: 253, ..usual }, echo);
    for (options, expected) in of_both {
        let error = world.try_client_with(&server, None, options).err().expect("it is out of range");
        assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::InvalidInput));
    }
}
