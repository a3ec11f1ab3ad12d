//! Nodes and their streams.

use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use swim_core::Addr;

use crate::places::Transport;
use crate::world::{Cast, Member, World};
use crate::{assert_empty, eventually};

/// How many ways there are for a node to end. In so many rounds each of a cluster's nodes ends in each of them.
pub(crate) const ENDINGS: usize = 3;

/// Ends clusters of three over each kind of socket, on each adapter and on all three.
pub(crate) fn cycle(round: usize) {
    for transport in [Transport::Udp, Transport::UnixPath, Transport::UnixAbstract] {
        for cast in Cast::ALL {
            let world = World::new(transport, cast);
            live_and_end(&world, round);
            assert_empty(&world.places.folder);
        }
    }
}

/// Lets three nodes meet, which takes streams, and opens streams to all that are still there when they end.
fn live_and_end(world: &World, round: usize) {
    let mut members = world.cluster(["a", "b", "c"]);
    for member in &members {
        assert_eq!(member.handle.members().len(), 3);
        assert!(member.handle.stats().streams_opened > 0, "a node joined without a stream");
    }
    let idle_streams = members.each_ref().map(idle_stream);
    members.rotate_left(round);
    let [leaver, stopped, dropped] = members;
    assert!(leaver.handle.leave(), "the others are there to hear it");
    stopped.handle.shutdown();
    drop(dropped);
    drop(idle_streams);
}

/// A stream that a node has accepted, and that nobody uses.
fn idle_stream(member: &Member) -> OwnedFd {
    let opened = || member.handle.stats().streams_opened;
    let before = opened();
    let stream = connect(&member.handle.local_addr());
    eventually(|| opened() > before, || "a stream is not accepted".into());
    stream
}

fn connect(to: &Addr) -> OwnedFd {
    let listener = |name: &[u8]| [name, b".stream"].concat();
    let unix = match to {
        Addr::Ip(ip) => return TcpStream::connect(ip).unwrap().into(),
        Addr::UnixPath(path) => SocketAddr::from_pathname(str::from_utf8(&listener(path)).unwrap()),
        Addr::UnixAbstract(name) => SocketAddr::from_abstract_name(listener(name)),
    };
    UnixStream::connect_addr(&unix.unwrap()).unwrap().into()
}
