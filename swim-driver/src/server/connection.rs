//! The client's side: one socket that talks to one server.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{SocketAddrAny, SocketAddrUnix};
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

/// A socket connected to a server, so that nobody else can send to it; read when it is ready.
pub struct Connection {
    socket: Arc<Socket>,
    local_addr: Option<Addr>,
    peer_addr: Addr,
    to: SocketAddrAny,
    inlet: Inlet,
    _file: Option<SocketFile>,
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
                rustix::net::connect(&self.socket, &self.to)?;
                Ok(ancillary::send(&self.socket, None, &datagram)?)
            }
            sent => Ok(sent?),
        }
    }

    /// The next datagram, if there is one now.
    pub fn try_recv(&mut self) -> Result<Option<Datagram>, RecvError> {
        loop {
            match self.inlet.receive(&self.socket) {
                Received::Datagram { datagram, .. } => return datagram.map(Some),
                Received::Empty => return Ok(None),
                Received::Error => {}
                Received::Broken => return Err(RecvError::Closed),
            }
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
