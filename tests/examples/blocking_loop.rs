//! A node in one thread that blocks, with nothing but `swim-core`: every step of the contract by hand. It does one
//! thing after the other; what it is late for takes longer and nothing else.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use swim_core::{
    Addr, ClusterId, Config, Fact, Instant, Keyring, Local, Machine, Name, Node, StreamId, StreamInput,
    Transmit,
};

/// How long it waits for a datagram before it looks for connections.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a peer may keep it waiting.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let node = node("alice", &udp.local_addr()?.into())?;
    let mut alice = Alice { node, began: std::time::Instant::now(), streams: BTreeMap::new() };
    alice.node.join(alice.now(), std::slice::from_ref(bob.local_addr()));

    let (mut datagram, mut bytes, mut accepted) = (vec![0; 65_535], Vec::new(), 0);
    while let Some(deadline) = alice.node.poll_timeout() {
        // Wait.
        let left = deadline.since(alice.now()).clamp(Duration::from_millis(1), GLANCE);
        udp.set_read_timeout(Some(left))?;
        // Feed.
        if let Ok((len, from)) = udp.recv_from(&mut datagram) {
            alice.node.handle_datagram(alice.now(), &from.into(), &mut datagram[..len]);
        }
        if let Ok((socket, from)) = listener.accept() {
            accepted += 1;
            let stream = StreamId::Accepted(accepted);
            socket.set_nonblocking(false)?;
            alice.tell(stream, StreamInput::Accepted { from: from.into() });
            alice.open(stream, socket)?;
            alice.read(stream);
        }
        // The deadline, then what to send.
        alice.node.handle_timeout(alice.now());
        while let Some(transmit) = alice.node.poll_transmit(&mut bytes) {
            match transmit {
                // The protocol expects loss.
                Transmit::Datagram { to } => drop(to.as_ip().map(|to| udp.send_to(&bytes, to))),
                Transmit::Connect { stream, to } => {
                    let to = to.as_ip().ok_or("no IP address")?;
                    let dialled = TcpStream::connect_timeout(&to, PATIENCE);
                    let opened = dialled.and_then(|socket| alice.open(stream, socket));
                    alice.tell(stream, opened.map_or(StreamInput::Failed, |()| StreamInput::Connected));
                }
                Transmit::Write { stream } => {
                    let Some(mut socket) = alice.streams.get(&stream) else { continue };
                    let written = socket.write_all(&bytes);
                    alice.tell(stream, written.map_or(StreamInput::Failed, |()| StreamInput::Written));
                }
                Transmit::Finish { stream } => {
                    let Some(socket) = alice.streams.get(&stream) else { continue };
                    let _ = socket.shutdown(Shutdown::Write);
                    if let StreamId::Dialed(_) = stream {
                        alice.read(stream); // the answer
                    }
                    alice.streams.remove(&stream);
                }
                Transmit::Abort { stream } => drop(alice.streams.remove(&stream)),
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
        self.node.handle_stream(self.now(), stream, input);
    }

    fn open(&mut self, stream: StreamId, socket: TcpStream) -> std::io::Result<()> {
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        self.streams.insert(stream, socket);
        Ok(())
    }

    /// Reads until the peer has finished: an exchange goes one way, then the other.
    fn read(&mut self, stream: StreamId) {
        let mut buffer = vec![0; 65_536];
        loop {
            let Some(mut socket) = self.streams.get(&stream) else { return };
            match socket.read(&mut buffer) {
                Ok(0) => return self.tell(stream, StreamInput::Finished),
                Ok(len) => self.tell(stream, StreamInput::Data(&mut buffer[..len])),
                Err(_) => return self.tell(stream, StreamInput::Failed),
            }
        }
    }
}

fn node(name: &str, addr: &Addr) -> Result<Node, Box<dyn Error>> {
    let (cluster, name) = (ClusterId::from_name("blocking"), Name::new(name)?);
    let local = Local { cluster, name, addr: addr.clone(), epoch: adapter_std::epoch_now() };
    let seed = adapter_std::seed()?;
    Ok(Node::new(Config::local(), local, Keyring::plain(), seed, Instant::ZERO)?)
}
