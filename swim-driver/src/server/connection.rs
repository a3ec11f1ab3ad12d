//! The client's side: one socket that talks to one server.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SocketAddrAny, SocketAddrUnix};
use socket2::{Domain, Socket, Type};
use swim_core::Addr;

use super::ancillary::{self, Inlet, Received};
use super::body::Encode;
use super::datagram::Datagram;
use super::error::{RecvError, SendError};
use super::options::Options;
use crate::address;
use crate::socket_file::SocketFile;
use crate::sockets;

/// More datagrams than any socket keeps.
const QUEUE_MAX: usize = 1 << 16;

/// A socket connected to a server, which hears nobody else; read when it is ready.
pub struct Connection {
    /// First, so that it is removed while the socket is open: then nobody takes it over.
    _file: Option<SocketFile>,
    socket: Arc<Socket>,
    local_addr: Option<Addr>,
    peer_addr: Addr,
    to: SocketAddrAny,
    inlet: Inlet,
}

impl Connection {
    /// Connects to the server at this address, which must be there, from `local`, which the server sees as the client's
    /// address; `None`: the system chooses one, for Unix sockets on Linux only. Of the options, those of the file and
    /// of what comes count.
    pub fn open(local: Option<&Addr>, server: &Addr, options: Options) -> io::Result<Self> {
        options.check_what_comes().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let (socket, file) = match local {
            Some(local) => sockets::open(local, Type::DGRAM, options.mode)?,
            None => (unbound(server)?, None),
        };
        if options.credentials && server.as_ip().is_none() {
            rustix::net::sockopt::set_socket_passcred(&socket, true)?;
        }
        let to = ancillary::address_for(address::domain(local.unwrap_or(server)), server)?;
        rustix::net::connect(&socket, &to)?;
        forget_all(&socket);
        Ok(Self {
            local_addr: address::from_system(rustix::net::getsockname(&socket)?),
            socket: Arc::new(socket),
            peer_addr: server.clone(),
            to,
            inlet: Inlet::new(&options),
            _file: file,
        })
    }

    /// What to wait for, until it can be read.
    #[must_use]
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Where the server listens.
    #[must_use]
    pub fn peer_addr(&self) -> &Addr {
        &self.peer_addr
    }

    /// Where answers are sent to: what the server sees as the client's address.
    #[must_use]
    pub fn local_addr(&self) -> Option<&Addr> {
        self.local_addr.as_ref()
    }

    /// Sends at once or not at all. To a server that was started again since, too.
    pub fn send(&self, body: impl Encode) -> Result<(), SendError> {
        let datagram = body.encode().map_err(SendError::Encode)?;
        match ancillary::send(&self.socket, None, &datagram) {
            Err(Errno::CONNREFUSED | Errno::NOTCONN) => {
                self.connect_again()?;
                Ok(ancillary::send(&self.socket, None, &datagram)?)
            }
            sent => Ok(sent?),
        }
    }

    /// The next datagram, if there is one now.
    pub fn try_recv(&mut self) -> Result<Option<Datagram>, RecvError> {
        if !self.is_connected() {
            forget_all(&self.socket);
            return Ok(None);
        }
        loop {
            match self.inlet.receive(&self.socket) {
                Received::Datagram { datagram, .. } => return datagram.map(Some),
                Received::Empty => return Ok(None),
                Received::Error => {}
                Received::Broken => return Err(RecvError::Closed),
            }
        }
    }

    fn connect_again(&self) -> Result<(), Errno> {
        let was_connected = self.is_connected();
        rustix::net::connect(&self.socket, &self.to)?;
        if !was_connected {
            forget_all(&self.socket);
        }
        Ok(())
    }

    /// A Unix socket is not, once it has been told that its server is gone: anybody can send to it then.
    fn is_connected(&self) -> bool {
        rustix::net::getpeername(&self.socket).is_ok()
    }
}

/// Drops what is there, which others sent while the socket was not connected: its server has not been asked anything since.
fn forget_all(socket: &Socket) {
    for _ in 0..QUEUE_MAX {
        if rustix::net::recv(socket, &mut [0; 1], RecvFlags::empty()) == Err(Errno::AGAIN) {
            return;
        }
    }
}

/// A socket that the system names: IP sockets when they connect, Unix sockets when they are asked to.
fn unbound(to: &Addr) -> io::Result<Socket> {
    let domain = address::domain(to);
    let socket = Socket::new(domain, Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    if domain == Domain::UNIX {
        rustix::net::bind(&socket, &SocketAddrUnix::new_unnamed())?;
    }
    Ok(socket)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer_addr", &self.peer_addr).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};

    use super::*;

    #[test]
    fn what_came_before_the_socket_was_connected_is_dropped() -> io::Result<()> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let (server, other) =
            (UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?);
        for n in 0..3 {
            other.send_to(&[n; 100], socket.local_addr()?)?;
        }
        socket.connect(server.local_addr()?)?;
        let mut buffer = [0];
        assert_eq!(socket.recv(&mut buffer)?, 1, "what came before is kept by the system");
        let socket = Socket::from(socket);
        forget_all(&socket);
        server.send_to(b"!", socket.local_addr()?.as_socket().expect("an address"))?;
        assert_eq!(UdpSocket::from(socket).recv(&mut buffer).map(|_| buffer)?, *b"!");
        Ok(())
    }
}
