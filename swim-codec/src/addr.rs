//! Where a member listens: an IP socket address or a Unix socket.

use alloc::sync::Arc;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::limits::UNIX_ADDR_MAX;

/// Where a member listens for datagrams and streams alike.
///
/// Cloning never allocates. Equality is what the protocol means by "the same address" for those that are made by
/// [`From`], read from a message or made [`canonical`](Self::canonical): an IPv4 address mapped into IPv6 is the plain one
/// then, and the flow label of IPv6 does not count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Addr {
    /// A UDP socket and a TCP listener on the same address and port.
    Ip(SocketAddr),
    /// A Unix socket in the file system: 1 to [`UNIX_ADDR_MAX`] bytes without NUL.
    UnixPath(Arc<[u8]>),
    /// A Unix socket in Linux's abstract name space: 1 to [`UNIX_ADDR_MAX`] bytes, any bytes.
    UnixAbstract(Arc<[u8]>),
}

/// The bytes given for a Unix address are empty, longer than [`UNIX_ADDR_MAX`], or a path that holds a NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUnixAddr;

impl Addr {
    /// A Unix socket in the file system.
    pub fn unix_path(path: &[u8]) -> Result<Self, InvalidUnixAddr> {
        AddrRef::UnixPath(path).check()?;
        Ok(Self::UnixPath(path.into()))
    }

    /// A Unix socket in Linux's abstract name space; `name` comes without the leading NUL.
    pub fn unix_abstract(name: &[u8]) -> Result<Self, InvalidUnixAddr> {
        AddrRef::UnixAbstract(name).check()?;
        Ok(Self::UnixAbstract(name.into()))
    }

    /// The IP socket address, where this is one.
    #[must_use]
    pub fn as_ip(&self) -> Option<SocketAddr> {
        match self {
            Self::Ip(addr) => Some(*addr),
            Self::UnixPath(_) | Self::UnixAbstract(_) => None,
        }
    }

    /// As it would be if it had been made by [`From`]: an [`Ip`](Self::Ip) may hold any other spelling, too.
    #[must_use]
    pub fn canonical(self) -> Self {
        match self {
            Self::Ip(addr) => addr.into(),
            Self::UnixPath(_) | Self::UnixAbstract(_) => self,
        }
    }

    /// The borrowed form that goes on the wire.
    #[must_use]
    pub fn as_ref(&self) -> AddrRef<'_> {
        match self {
            Self::Ip(addr) => match addr.ip().to_canonical() {
                IpAddr::V4(ip) => AddrRef::V4(ip.octets(), addr.port()),
                IpAddr::V6(ip) => AddrRef::V6(ip.octets(), addr.port()),
            },
            Self::UnixPath(path) => AddrRef::UnixPath(path),
            Self::UnixAbstract(name) => AddrRef::UnixAbstract(name),
        }
    }
}

impl From<SocketAddr> for Addr {
    /// Unmaps IPv4-in-IPv6, drops the flow label, keeps the scope of a link-local address.
    fn from(addr: SocketAddr) -> Self {
        let ip = addr.ip().to_canonical();
        Self::Ip(match (ip, addr) {
            (IpAddr::V6(ip), SocketAddr::V6(v6)) => SocketAddrV6::new(ip, v6.port(), 0, v6.scope_id()).into(),
            (ip, _) => SocketAddr::new(ip, addr.port()),
        })
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(addr) => addr.fmt(f),
            Self::UnixPath(path) => write!(f, "unix:{}", path.escape_ascii()),
            Self::UnixAbstract(name) => write!(f, "unix:@{}", name.escape_ascii()),
        }
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An [`Addr`] as a message carries it: borrowed from the datagram, without an IPv6 scope, which means nothing
/// to another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddrRef<'a> {
    /// IPv4 octets and port.
    V4([u8; 4], u16),
    /// IPv6 octets and port. That of an IPv4 address mapped into IPv6 is neither written nor read.
    V6([u8; 16], u16),
    /// See [`Addr::UnixPath`].
    UnixPath(&'a [u8]),
    /// See [`Addr::UnixAbstract`].
    UnixAbstract(&'a [u8]),
}

impl AddrRef<'_> {
    /// Lengths, forbidden bytes, and that it has no other spelling, before anything is kept.
    pub(crate) fn check(&self) -> Result<(), InvalidUnixAddr> {
        let valid = match self {
            Self::V4(..) => true,
            Self::V6(octets, _) => Ipv6Addr::from(*octets).to_ipv4_mapped().is_none(),
            Self::UnixPath(path) => unix_len_fits(path) && !path.contains(&0),
            Self::UnixAbstract(name) => unix_len_fits(name),
        };
        valid.then_some(()).ok_or(InvalidUnixAddr)
    }

    /// The owned form; allocates for Unix addresses only.
    #[must_use]
    pub fn to_addr(&self) -> Addr {
        match *self {
            Self::V4(octets, port) => SocketAddr::from((Ipv4Addr::from(octets), port)).into(),
            Self::V6(octets, port) => SocketAddr::from((Ipv6Addr::from(octets), port)).into(),
            Self::UnixPath(path) => Addr::UnixPath(path.into()),
            Self::UnixAbstract(name) => Addr::UnixAbstract(name.into()),
        }
    }
}

fn unix_len_fits(bytes: &[u8]) -> bool {
    (1..=UNIX_ADDR_MAX).contains(&bytes.len())
}

impl fmt::Display for InvalidUnixAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a Unix socket address has 1 to {UNIX_ADDR_MAX} bytes, a path none of them NUL")
    }
}

impl core::error::Error for InvalidUnixAddr {}
