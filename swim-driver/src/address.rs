//! Addresses as the operating system writes them.

use std::ffi::OsStr;
use std::io;
use std::net::{SocketAddr, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::net::{SocketAddrAny, SocketAddrUnix};
use socket2::{Domain, SockAddr};
use swim_core::Addr;

/// What follows the name of a Unix datagram socket in the name of the listener beside it: one name in the file
/// system can belong to one socket only.
const LISTENER_SUFFIX: &[u8] = b".stream";
/// The longest name of a member's Unix sockets, in bytes: `sun_path` has 108, one of them for a NUL.
pub const UNIX_NAME_MAX: usize = 107 - LISTENER_SUFFIX.len();

/// The address of the listener that belongs to a datagram socket. Fails where the name has become too long.
pub(crate) fn listener_of(addr: &Addr) -> io::Result<Addr> {
    let extended = |name: &[u8]| [name, LISTENER_SUFFIX].concat();
    let listener = match addr {
        Addr::Ip(_) => return Ok(addr.clone()),
        Addr::UnixPath(path) => Addr::unix_path(&extended(path)),
        Addr::UnixAbstract(name) => Addr::unix_abstract(&extended(name)),
    };
    listener.map_err(|_| io::ErrorKind::InvalidFilename.into())
}

pub(crate) fn domain(addr: &Addr) -> Domain {
    addr.as_ip().map_or(Domain::UNIX, Domain::for_address)
}

/// `addr` for a socket of this domain: an IPv6 socket knows IPv4 addresses in their mapped form only.
pub(crate) fn to_system(addr: &Addr, domain: Domain) -> io::Result<SockAddr> {
    match addr {
        Addr::Ip(SocketAddr::V4(v4)) if domain == Domain::IPV6 => {
            Ok(SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0).into())
        }
        Addr::Ip(ip) => Ok((*ip).into()),
        Addr::UnixPath(path) => SockAddr::unix(path_of(path)),
        Addr::UnixAbstract(name) => SockAddr::unix(path_of(&[&[0], &name[..]].concat())),
    }
}

/// A link-local address as it is told by others does not say on which link it is: it can only be that of `own`.
pub(crate) fn on_own_link(own: &Addr, addr: &Addr) -> Addr {
    match (own, addr) {
        (Addr::Ip(SocketAddr::V6(own)), Addr::Ip(SocketAddr::V6(v6)))
            if v6.ip().is_unicast_link_local() && v6.scope_id() == 0 =>
        {
            Addr::Ip(SocketAddrV6::new(*v6.ip(), v6.port(), 0, own.scope_id()).into())
        }
        _ => addr.clone(),
    }
}

/// `None` for a Unix socket without a name.
pub(crate) fn from_system(addr: SocketAddrAny) -> Option<Addr> {
    if let Ok(ip) = SocketAddr::try_from(addr.clone()) {
        return Some(ip.into());
    }
    let unix = SocketAddrUnix::try_from(addr).ok()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = unix.abstract_name() {
        return Addr::unix_abstract(name).ok();
    }
    Addr::unix_path(unix.path()?.to_bytes()).ok()
}

pub(crate) fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_local_address_without_a_link_is_on_the_own_one() {
        let ip = |text: &str| Addr::from(text.parse::<SocketAddr>().unwrap());
        let own = ip("[fe80::1%7]:1");
        assert_eq!(on_own_link(&own, &ip("[fe80::2]:2")), ip("[fe80::2%7]:2"));
        for other in ["[fe80::2%8]:2", "[2001:db8::2]:2", "192.0.2.2:2"] {
            assert_eq!(on_own_link(&own, &ip(other)), ip(other));
        }
        assert_eq!(on_own_link(&ip("192.0.2.1:1"), &ip("[fe80::2]:2")), ip("[fe80::2]:2"));
    }

    #[test]
    fn a_listener_is_beside_its_datagram_socket_and_its_name_has_room() {
        let addr = Addr::unix_path(&[b'a'; UNIX_NAME_MAX]).unwrap();
        assert!(listener_of(&addr).unwrap().to_string().ends_with("aaa.stream"));
        assert!(listener_of(&Addr::unix_path(&[b'a'; UNIX_NAME_MAX + 1]).unwrap()).is_err());
        let ip = Addr::from(SocketAddr::from(([127, 0, 0, 1], 7)));
        assert_eq!(listener_of(&ip).unwrap(), ip);
    }
}
