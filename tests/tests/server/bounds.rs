//! What is dropped, and counted.

use std::time::Duration;

use swim_driver::server::Options;

use crate::list;
use crate::world::{Peer, World, echo, eventually, gate, open};

pub(crate) const BEHAVIOURS: &[(&str, crate::Behaviour)] =
    list![a_full_queue_drops_and_counts, too_many_clients_are_turned_away_and_counted,];

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
