//! Servers, their handlers, and the descriptors that clients send.

use std::error::Error;
use std::io::{PipeReader, Read, pipe};

use adapter_std::server::Client;
use smol::block_on;
use smol::channel::{Receiver, Sender, bounded};
use swim_core::Addr;
use swim_driver::server::{Datagram, Options, Peer, Server};

use crate::assert_empty;
use crate::patience::PATIENCE;
use crate::places::{Places, Transport};
use crate::runtime::runtime;

/// Serves once on each adapter. The client sends descriptors: one datagram is received for its bytes alone, two still
/// wait when the server ends, and another finds the queue full.
pub(crate) fn cycle() {
    let places = Places::new(Transport::UnixPath);
    let addr = places.next();
    let options = Options { queue: 2, descriptors: 4, ..Options::default() };

    let (gate, closed) = bounded(1);
    let handler = move |peer| attend_blocking(peer, &closed);
    let server = adapter_std::server::serve_with(addr.clone(), options, handler).unwrap();
    let pipes = fill(&addr);
    server.end();
    drop(gate);
    assert!(server.shutdown(PATIENCE));
    assert_are_closed(pipes);

    let (gate, closed) = bounded(1);
    let within = runtime().enter();
    let handler = move |peer| attend(peer, closed.clone());
    let server = adapter_tokio::server::serve_with(addr.clone(), options, handler).unwrap();
    drop(within);
    finish(&server, gate);

    let (gate, closed) = bounded(1);
    let handler = move |peer| attend(peer, closed.clone());
    let server = adapter_smol::server::serve_with(addr.clone(), options, handler).unwrap();
    finish(&server, gate);
    drop(server);
    assert_empty(&places.folder);
}

fn finish(server: &Server, gate: Sender<()>) {
    let pipes = fill(server.local_addr());
    server.end();
    drop(gate);
    block_on(server.shutdown());
    assert_are_closed(pipes);
}

async fn attend(mut peer: Peer, closed: Receiver<()>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let bytes: Vec<u8> = peer.recv().await?;
    peer.send(bytes)?;
    Ok(closed.recv().await?)
}

fn attend_blocking(
    mut peer: adapter_std::server::Peer,
    closed: &Receiver<()>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let bytes: Vec<u8> = peer.recv()?;
    peer.send(bytes)?;
    Ok(closed.recv_blocking()?)
}

/// Sends ends of pipes; answers with the others.
fn fill(addr: &Addr) -> Vec<PipeReader> {
    let mut client = Client::connect(addr.clone()).unwrap();
    let pipes = (0..4).map(|number| {
        let (reader, writer) = pipe().unwrap();
        let descriptors = vec![writer.try_clone().unwrap().into(), writer.into()];
        client.send(Datagram { descriptors, ..Datagram::new("here") }).unwrap();
        if number == 0 {
            client.recv_within::<Vec<u8>>(PATIENCE).unwrap();
        }
        reader
    });
    pipes.collect()
}

/// Reading ends when nobody can write any more.
fn assert_are_closed(pipes: Vec<PipeReader>) {
    for mut pipe in pipes {
        assert_eq!(pipe.read(&mut [0]).unwrap(), 0);
    }
}
