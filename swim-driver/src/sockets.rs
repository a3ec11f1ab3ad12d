//! The two sockets of a member.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use socket2::{Domain, Socket, Type};
use swim_core::Addr;

use crate::address::{self, UNIX_NAME_MAX};
use crate::server::OptionsError;
use crate::socket_file::SocketFile;

/// How many ports are tried when any will do; another program may hold a port for TCP that is free for UDP.
const PORTS_TRIED: usize = 16;
/// Bytes of datagrams that the system keeps until they are received. What it gives by itself is full in two milliseconds of
/// a flood, which is less than a thread may have to wait for a processor; many systems allow less than this.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 128;

/// A datagram socket and a listener for streams at one address: UDP and TCP on the same port, or two Unix sockets, the
/// listener's name being the other's and `.stream`.
#[derive(Debug)]
pub struct Sockets {
    /// First, so that they are removed while the sockets are open: then nobody takes them over.
    _files: [Option<SocketFile>; 2],
    pub(crate) datagrams: Arc<Socket>,
    pub(crate) listener: Arc<Socket>,
    local_addr: Addr,
    mode: Option<u32>,
}

/// Why there are no sockets at an address.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// The name of a Unix socket is too long.
    TooLong {
        /// The address asked for.
        addr: Addr,
        /// How many bytes it may have: [`UNIX_NAME_MAX`].
        max: usize,
    },
    /// The path of a Unix socket belongs to a file that is no socket.
    NotASocket {
        /// Where it is.
        addr: Addr,
    },
    /// A server's option is out of its range.
    Options(OptionsError),
    /// The datagram socket cannot be had: UDP or Unix.
    Datagrams {
        /// The address asked for.
        addr: Addr,
        /// What the operating system says.
        error: io::Error,
    },
    /// The listener cannot be had: TCP or Unix.
    Streams {
        /// The address asked for. If any port would do, the last one tried.
        addr: Addr,
        /// What the operating system says.
        error: io::Error,
    },
}

impl Sockets {
    /// Binds both.
    ///
    /// Port 0 means any port that is free for both; a port that a killed process used a moment ago is free. The
    /// unspecified IPv6 address means every address of both families. A Unix path is best absolute, because the
    /// others are told it as it is; a file that a dead process left there is taken over, and removed again in the end.
    pub fn bind(addr: impl Into<Addr>) -> Result<Self, BindError> {
        Self::bind_as(&addr.into(), None)
    }

    /// As [`bind`](Self::bind), with these permissions for the files of Unix sockets, whatever the umask: `0o600` lets
    /// only processes of the same user send. Addresses without a file have no permissions.
    pub fn bind_with_mode(addr: impl Into<Addr>, mode: u32) -> Result<Self, BindError> {
        Self::bind_as(&addr.into(), Some(mode))
    }

    /// Where both listen; never port 0.
    #[must_use]
    pub fn local_addr(&self) -> &Addr {
        &self.local_addr
    }

    fn bind_as(addr: &Addr, mode: Option<u32>) -> Result<Self, BindError> {
        let any_port = addr.as_ip().is_some_and(|ip| ip.port() == 0);
        let attempts = if any_port { PORTS_TRIED } else { 1 };
        let mut bound = Self::bind_once(addr, mode);
        for _ in 1..attempts {
            match &bound {
                Err(BindError::Streams { error, .. }) if error.kind() == io::ErrorKind::AddrInUse => {
                    bound = Self::bind_once(addr, mode);
                }
                _ => break,
            }
        }
        bound
    }

    fn bind_once(addr: &Addr, mode: Option<u32>) -> Result<Self, BindError> {
        let too_long = |_| BindError::TooLong { addr: addr.clone(), max: UNIX_NAME_MAX };
        address::listener_of(addr).map_err(too_long)?;
        let (datagrams, file, local_addr) = bind_datagrams(addr, mode)?;
        // A system that refuses keeps what it keeps by itself.
        let _ = datagrams.set_recv_buffer_size(RECEIVE_BUFFER);
        let listening = address::listener_of(&local_addr)
            .and_then(|addr| open(&addr, Type::STREAM, mode))
            .and_then(|(listener, file)| listener.listen(BACKLOG).map(|()| (listener, file)));
        let (listener, listener_file) = listening.map_err(|error| BindError::streams(&local_addr, error))?;
        Ok(Self {
            datagrams: Arc::new(datagrams),
            listener: Arc::new(listener),
            local_addr,
            mode,
            _files: [file, listener_file],
        })
    }

    /// How to have them again, should they break.
    pub(crate) fn plan(&self) -> Plan {
        Plan { addr: self.local_addr.clone(), mode: self.mode }
    }
}

/// All that it takes to bind once more.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) addr: Addr,
    mode: Option<u32>,
}

impl Plan {
    pub(crate) fn bind(&self) -> Result<Sockets, BindError> {
        Sockets::bind_as(&self.addr, self.mode)
    }
}

/// A datagram socket without a listener beside it, its file, and its address.
pub(crate) fn bind_datagrams(
    addr: &Addr,
    mode: Option<u32>,
) -> Result<(Socket, Option<SocketFile>, Addr), BindError> {
    let (socket, file) = open(addr, Type::DGRAM, mode).map_err(|error| BindError::datagrams(addr, error))?;
    let local_addr = actual(addr, &socket).map_err(|error| BindError::datagrams(addr, error))?;
    Ok((socket, file, local_addr))
}

pub(crate) fn open(addr: &Addr, kind: Type, mode: Option<u32>) -> io::Result<(Socket, Option<SocketFile>)> {
    let domain = address::domain(addr);
    let socket = Socket::new(domain, kind, None)?;
    socket.set_nonblocking(true)?;
    if domain == Domain::IPV6 {
        // Some systems cannot listen for both families at once, and then one is better than none.
        let _ = socket.set_only_v6(false);
    }
    if domain != Domain::UNIX && kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    let file = match addr {
        Addr::UnixPath(path) => Some(SocketFile::bind(&socket, address::path_of(path), mode)?),
        Addr::Ip(_) | Addr::UnixAbstract(_) => {
            socket.bind(&address::to_system(addr, domain)?)?;
            None
        }
    };
    Ok((socket, file))
}

/// The address with the port that the system chose.
fn actual(addr: &Addr, socket: &Socket) -> io::Result<Addr> {
    match addr {
        Addr::Ip(_) => {
            let ip = socket.local_addr()?.as_socket();
            ip.map(Addr::from).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
        }
        Addr::UnixPath(_) | Addr::UnixAbstract(_) => Ok(addr.clone()),
    }
}

impl BindError {
    fn datagrams(addr: &Addr, error: io::Error) -> Self {
        Self::not_a_socket(addr, &error).unwrap_or(Self::Datagrams { addr: addr.clone(), error })
    }

    fn streams(addr: &Addr, error: io::Error) -> Self {
        Self::not_a_socket(addr, &error).unwrap_or(Self::Streams { addr: addr.clone(), error })
    }

    fn not_a_socket(addr: &Addr, error: &io::Error) -> Option<Self> {
        (error.kind() == io::ErrorKind::AlreadyExists).then(|| Self::NotASocket { addr: addr.clone() })
    }

    /// What kind of error it is: with `AddrInUse`, for one, another port would do.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::TooLong { .. } => io::ErrorKind::InvalidFilename,
            Self::NotASocket { .. } => io::ErrorKind::AlreadyExists,
            Self::Options(_) => io::ErrorKind::InvalidInput,
            Self::Datagrams { error, .. } | Self::Streams { error, .. } => error.kind(),
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { addr, max } => {
                write!(f, "{addr} is too long: the name of a Unix socket has at most {max} bytes")
            }
            Self::NotASocket { addr } => write!(f, "{addr} is a file that is no socket"),
            Self::Options(error) => error.fmt(f),
            Self::Datagrams { addr: addr @ Addr::Ip(_), .. } => {
                write!(f, "cannot bind a UDP socket to {addr}")
            }
            Self::Streams { addr: addr @ Addr::Ip(_), .. } => {
                write!(f, "cannot listen for TCP connections on {addr}")
            }
            Self::Datagrams { addr, .. } => write!(f, "cannot bind a datagram socket to {addr}"),
            Self::Streams { addr, .. } => write!(f, "cannot listen for connections on {addr}.stream"),
        }
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooLong { .. } | Self::NotASocket { .. } | Self::Options(_) => None,
            Self::Datagrams { error, .. } | Self::Streams { error, .. } => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;

    #[test]
    fn more_waits_in_the_system_than_it_keeps_by_itself() -> io::Result<()> {
        let usual = Socket::new(Domain::IPV4, Type::DGRAM, None)?.recv_buffer_size()?;
        let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(io::Error::other)?;
        assert!(sockets.datagrams.recv_buffer_size()? > usual);
        Ok(())
    }
}
