//! A node in one thread that blocks, with nothing but `swim-core`: every step of the contract by hand. It does one
//! thing after the other; what it is late for takes longer and nothing else.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use swim_core::{
    ClusterId, Config, Fact, Instant, Keyring, Local, Machine, Name, Node, StreamId, StreamInput, Transmit,
};

/// How long it waits at one place while something may happen at another.
const GLANCE: Duration = Duration::from_millis(1);

struct Alice {
    node: Node,
    began: std::time::Instant,
    streams: BTreeMap<StreamId, TcpStream>,
}

#[allow(clippy::disallowed_methods, reason = "this program has a clock of its own")]
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let bobs = adapter_std::Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let (bob, _events) = adapter_std::spawn(node("bob", bobs.local_addr())?, bobs)?; // somebody to meet
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let udp = UdpSocket::bind(listener.local_addr()?)?;
    listener.set_nonblocking(true)?;
    let alice = node("alice", &udp.local_addr()?.into())?;
    let mut alice = Alice { node: alice, began: std::time::Instant::now(), streams: BTreeMap::new() };
    alice.node.join(alice.now(), std::slice::from_ref(bob.local_addr()));

    let (mut datagram, mut bytes, mut accepted) = (vec![0; 65_535], Vec::new(), 0);
    while let Some(deadline) = alice.node.poll_timeout() {
        // Wait, but not for long: somebody may want to connect, or say more.
        let longest = if alice.streams.is_empty() { 50 * GLANCE } else { GLANCE };
        udp.set_read_timeout(Some(deadline.since(alice.now()).clamp(GLANCE, longest)))?;
        // Feed.
        if let Ok((len, from)) = udp.recv_from(&mut datagram) {
            alice.node.handle_datagram(alice.now(), &from.into(), &mut datagram[..len]);
        }
        if let Ok((socket, from)) = listener.accept() {
            accepted += 1;
            alice.tell(StreamId::Accepted(accepted), StreamInput::Accepted { from: from.into() });
            alice.open(StreamId::Accepted(accepted), socket)?;
        }
        let open: Vec<_> = alice.streams.keys().copied().collect();
        open.into_iter().for_each(|stream| alice.read(stream));
        // The deadline, then what to send.
        alice.node.handle_timeout(alice.now());
        while let Some(transmit) = alice.node.poll_transmit(&mut bytes) {
            match transmit {
                Transmit::Datagram { to } => drop(to.as_ip().map(|to| udp.send_to(&bytes, to))),
                Transmit::Connect { stream, to } => {
                    let dialled = TcpStream::connect_timeout(&to.as_ip().ok_or("no IP")?, 2_000 * GLANCE);
                    let opened = dialled.and_then(|socket| alice.open(stream, socket));
                    alice.tell(stream, opened.map_or(StreamInput::Failed, |()| StreamInput::Connected));
                }
                Transmit::Write { stream } => {
                    let Some(mut socket) = alice.streams.get(&stream) else { continue };
                    let written = socket.write_all(&bytes);
                    alice.tell(stream, written.map_or(StreamInput::Failed, |()| StreamInput::Written));
                }
                Transmit::Finish { stream: stream @ StreamId::Dialed(_) } => {
                    let _ = alice.streams.get(&stream).map(|socket| socket.shutdown(Shutdown::Write));
                }
                // Whoever answers finishes last.
                Transmit::Finish { stream } | Transmit::Abort { stream } => _ = alice.streams.remove(&stream),
            }
        }
        // Forward.
        while let Some(event) = alice.node.poll_event() {
            println!("{:?}", event.fact);
            if matches!(&event.fact, Fact::Joined { member } if member.name.as_str() == "bob") {
                alice.node.leave(alice.now());
            }
        }
    }
    Ok(())
}

impl Alice {
    fn now(&self) -> Instant {
        Instant::ZERO + self.began.elapsed()
    }

    fn tell(&mut self, stream: StreamId, input: StreamInput<'_>) {
        if let (StreamInput::Failed, _) | (StreamInput::Finished, StreamId::Dialed(_)) = (&input, stream) {
            self.streams.remove(&stream);
        }
        self.node.handle_stream(self.now(), stream, input);
    }

    fn open(&mut self, stream: StreamId, socket: TcpStream) -> std::io::Result<()> {
        socket.set_nonblocking(false).and_then(|()| socket.set_read_timeout(Some(GLANCE)))?;
        self.streams.insert(stream, socket);
        Ok(())
    }

    fn read(&mut self, stream: StreamId) {
        let mut buffer = [0; 4_096];
        let Some(mut socket) = self.streams.get(&stream) else { return };
        let input = match socket.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => StreamInput::Failed,
            Ok(0) => StreamInput::Finished,
            Ok(len) => StreamInput::Data(&mut buffer[..len]),
        };
        self.tell(stream, input);
    }
}

fn node(name: &str, addr: &swim_core::Addr) -> Result<Node, Box<dyn Error>> {
    let (cluster, name) = (ClusterId::from_name("blocking"), Name::new(name)?);
    let local = Local { cluster, name, addr: addr.clone(), epoch: adapter_std::epoch_now() };
    Ok(Node::new(Config::local(), local, Keyring::plain(), adapter_std::seed()?, Instant::ZERO)?)
}
