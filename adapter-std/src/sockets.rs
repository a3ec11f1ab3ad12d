//! The two sockets of a member, and how to reach another one.

use std::fmt;
use std::io;
use std::net::{SocketAddr, SocketAddrV6, TcpListener, TcpStream, UdpSocket};

use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use swim_core::Addr;

/// How many ports are tried when any will do; another program may hold a port for TCP that is free for UDP.
const PORTS_TRIED: usize = 16;

/// A UDP socket and a TCP listener on the same address and port.
#[derive(Debug)]
pub struct Sockets {
    pub(crate) udp: UdpSocket,
    pub(crate) tcp: TcpListener,
    pub(crate) local_addr: SocketAddr,
}

/// Which socket could not be had, where, and why.
#[derive(Debug)]
pub enum BindError {
    /// The UDP socket.
    Udp {
        /// The address asked for.
        addr: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// The TCP listener.
    Tcp {
        /// The address asked for. If any port would do, the last one tried.
        addr: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
}

impl Sockets {
    /// Binds both. Port 0 means any port that is free for both. A port that a killed process used a moment ago
    /// is free.
    pub fn bind(addr: SocketAddr) -> Result<Self, BindError> {
        let attempts = if addr.port() == 0 { PORTS_TRIED } else { 1 };
        let mut bound = Self::bind_once(addr);
        for _ in 1..attempts {
            if !matches!(&bound, Err(BindError::Tcp { error, .. }) if error.kind() == io::ErrorKind::AddrInUse)
            {
                break;
            }
            bound = Self::bind_once(addr);
        }
        bound
    }

    /// Where both listen; never port 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    fn bind_once(addr: SocketAddr) -> Result<Self, BindError> {
        let (udp, local_addr) = bind_udp(addr).map_err(|error| BindError::Udp { addr, error })?;
        let tcp = bind_tcp(local_addr).map_err(|error| BindError::Tcp { addr: local_addr, error })?;
        Ok(Self { udp, tcp, local_addr })
    }
}

fn bind_udp(addr: SocketAddr) -> io::Result<(UdpSocket, SocketAddr)> {
    let udp = UdpSocket::bind(addr)?;
    udp.set_nonblocking(true)?;
    let local_addr = udp.local_addr()?;
    Ok((udp, local_addr))
}

fn bind_tcp(addr: SocketAddr) -> io::Result<TcpListener> {
    let tcp = TcpListener::bind(addr)?;
    tcp.set_nonblocking(true)?;
    Ok(tcp)
}

/// Sends a datagram at once or not at all.
pub(crate) fn send(udp: &UdpSocket, local: SocketAddr, to: &Addr, datagram: &[u8]) -> io::Result<()> {
    udp.send_to(datagram, seen_from(local, ip(to)?))?;
    Ok(())
}

/// A TCP socket on its way to `to`: non-blocking, and not connected yet.
pub(crate) fn dial(to: &Addr) -> io::Result<TcpStream> {
    let to = ip(to)?;
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&to.into()) {
        Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => Err(error),
        Ok(()) | Err(_) => Ok(socket.into()),
    }
}

fn ip(addr: &Addr) -> io::Result<SocketAddr> {
    addr.as_ip().ok_or_else(|| io::ErrorKind::Unsupported.into())
}

/// `to` as a socket bound to `local` must say it: an IPv6 socket knows IPv4 addresses in their mapped form only.
fn seen_from(local: SocketAddr, to: SocketAddr) -> SocketAddr {
    match (local, to) {
        (SocketAddr::V6(_), SocketAddr::V4(v4)) => {
            SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0).into()
        }
        (SocketAddr::V4(_) | SocketAddr::V6(_), _) => to,
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp { addr, .. } => write!(f, "cannot bind a UDP socket to {addr}"),
            Self::Tcp { addr, .. } => write!(f, "cannot listen for TCP connections on {addr}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Udp { error, .. } | Self::Tcp { error, .. } => Some(error),
        }
    }
}
