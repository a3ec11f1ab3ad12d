//! Who is under attack: a member of a small cluster, or a loop that knows the forged datagram when it sees it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant as Clock};
use std::{io, thread};

use adapter_std::{Events, Handle, Sockets, spawn};
use swim_codec::Suite;
use swim_core::{Addr, Fact, Instant, Node};

use crate::sockets::flood::forged;
use crate::swim::{keyring, node};

const NODES: u32 = 5;

/// Somebody who answers questions at an address.
pub(crate) struct Victim {
    pub(crate) name: String,
    pub(crate) addr: SocketAddr,
    /// Under which it is asked and flooded.
    pub(crate) suite: Suite,
    /// Suspicions and deaths that its cluster told of; a loop has no cluster.
    pub(crate) accused: Option<[usize; 2]>,
    /// The first is the victim.
    members: Vec<(Handle<Node>, Events<Node>)>,
}

impl Victim {
    /// Sends back whatever is not the forged datagram, and ends each stream at once: what the kernel lets through, and how fast.
    pub(crate) fn bare_loop() -> io::Result<Self> {
        let suite = Suite::HmacSha256;
        let (socket, forged) = (UdpSocket::bind("127.0.0.1:0")?, forged(suite));
        let addr = socket.local_addr()?;
        let listener = TcpListener::bind(addr)?;
        // They end with the process at the latest.
        thread::spawn(move || listener.incoming().for_each(drop));
        thread::spawn(move || -> io::Result<()> {
            let mut buf = [0; 2_048];
            loop {
                let (len, from) = socket.recv_from(&mut buf)?;
                if buf[..len] != forged {
                    socket.send_to(&buf[..len], from)?;
                }
            }
        });
        Ok(Self { name: "bare loop".into(), addr, suite, accused: None, members: vec![] })
    }

    /// One of five members that know each other.
    #[allow(clippy::disallowed_methods, reason = "it waits for real nodes")]
    pub(crate) fn member(suite: Suite) -> io::Result<Self> {
        let mut members: Vec<(Handle<Node>, Events<Node>)> = Vec::new();
        for number in 0..NODES {
            let sockets =
                Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(io::Error::other)?;
            let addr = sockets.local_addr().clone();
            let seed = [number.to_le_bytes()[0]; 32];
            members.push(spawn(node(number, addr, keyring(suite), seed, Instant::ZERO), sockets)?);
            let first = members[0].0.local_addr().clone();
            members[number as usize].0.with(|node, now| node.join(now, &[first]));
        }
        let begun = Clock::now();
        while members.iter().any(|(handle, _)| handle.members().len() < NODES as usize) {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err(io::Error::other("the members do not meet"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        thread::sleep(Duration::from_secs(2));
        let addr = ip(members[0].0.local_addr())?;
        Ok(Self { name: suite.to_string(), addr, suite, accused: Some([0; 2]), members })
    }

    /// Streams that the first member has, as it counts them.
    pub(crate) fn streams(&self) -> usize {
        self.members.first().map_or(0, |(member, _)| member.with(|node, _| node.load().streams))
    }

    /// Takes note of what the members told since the last time.
    pub(crate) fn listen(&mut self) {
        let Some([suspected, failed]) = &mut self.accused else { return };
        for (_, events) in &mut self.members {
            while let Some(event) = events.try_next() {
                *suspected += usize::from(matches!(event.fact, Fact::Suspected { .. }));
                *failed += usize::from(matches!(event.fact, Fact::Failed { .. }));
            }
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.members.iter().for_each(|(handle, _)| handle.shutdown());
    }
}

fn ip(addr: &Addr) -> io::Result<SocketAddr> {
    addr.as_ip().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}
