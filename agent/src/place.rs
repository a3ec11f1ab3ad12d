//! Where something listens, as a user writes it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::str::FromStr;

use adapter_std::UNIX_NAME_MAX;
use swim_core::Addr;

use crate::discovery::check_host;

const FORM: &str = "write it as HOST:PORT, such as 127.0.0.1:7001";
const UNIX_FORM: &str = "write it as unix:/PATH, or unix:@NAME for one without a file";

/// A host and a port, `10.0.0.5:7001`, `[::1]:7001`, `db-1.example.org:7001`, or a Unix socket, `unix:/run/swim.sock`,
/// `unix:@swim`. A name is looked up when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Host(Host),
    Unix(Addr),
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// A name or an address, one of IPv6 without its brackets.
    pub(crate) name: String,
    pub(crate) port: u16,
}

impl Place {
    /// The address, if it needs no look-up.
    pub(crate) fn addr(&self) -> Option<Addr> {
        match self {
            Self::Host(Host { name, port }) => {
                name.parse().ok().map(|ip: IpAddr| SocketAddr::from((ip, *port)).into())
            }
            Self::Unix(addr) => Some(addr.clone()),
        }
    }

    /// The IP address, if it needs no look-up.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.addr()?.as_ip().map(|addr| addr.ip().to_canonical())
    }

    pub(crate) fn is_unix(&self) -> bool {
        matches!(self, Self::Unix(_))
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(name) => parse_unix(name).map(Self::Unix),
            None => text.parse().map(Self::Host),
        }
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').ok_or_else(|| form_of(text))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) => host,
            None if is_ipv6(host) || is_ipv6(text) => {
                return Err("write an IPv6 address in brackets: [::1]:7001".into());
            }
            None if host.contains(':') || text.contains("://") => return Err(FORM.into()),
            None => host,
        };
        if host.is_empty() {
            return Err(FORM.into());
        }
        check_host(host)?;
        check_single(host)?;
        Ok(Self { name: host.into(), port: parse_port(port)? })
    }
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// A node is one, and has an address of its own.
fn check_single(host: &str) -> Result<(), String> {
    let stands_for_many = match host.parse().map(|ip: IpAddr| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
        Ok(IpAddr::V6(ip)) => ip.is_multicast(),
        Err(_) => false,
    };
    if stands_for_many {
        return Err("this address stands for many: write the one of a single node".into());
    }
    Ok(())
}

/// Who writes a path means a Unix socket.
fn form_of(text: &str) -> String {
    if text.starts_with(['/', '@']) { UNIX_FORM.into() } else { FORM.into() }
}

/// A place where another node listens.
pub(crate) fn parse_peer(text: &str) -> Result<Place, String> {
    let place: Place = text.parse()?;
    if matches!(place, Place::Host(Host { port: 0, .. })) {
        return Err("port 0 stands for any port: give the one that the other node listens on".into());
    }
    if place.ip().is_some_and(|ip| ip.is_unspecified()) {
        return Err("this stands for all addresses of this machine: give the one of the other node".into());
    }
    Ok(place)
}

pub(crate) fn parse_port(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(port) => Ok(port),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err("a port is at most 65535".into())
        }
        Err(_) => Err(FORM.into()),
    }
}

fn parse_unix(name: &str) -> Result<Addr, String> {
    let bytes = name.strip_prefix('@').unwrap_or(name).as_bytes();
    if bytes.is_empty() {
        return Err(UNIX_FORM.into());
    }
    if bytes.len() > UNIX_NAME_MAX {
        let len = bytes.len();
        return Err(format!(
            "the name of a Unix socket has at most {UNIX_NAME_MAX} bytes, this one has {len}"
        ));
    }
    let addr = match name.strip_prefix('@') {
        Some(name) => Addr::unix_abstract(name.as_bytes()),
        None => {
            check_path(name)?;
            Addr::unix_path(name.as_bytes())
        }
    };
    addr.map_err(|error| error.to_string())
}

fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("write the whole path, from / on: the others are told it as it stands here".into());
    }
    if Path::new(path).is_dir() {
        return Err("this is a folder: a Unix socket is a file in it".into());
    }
    Ok(())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Unix(Addr::UnixAbstract(name)) => write!(f, "unix:@{}", String::from_utf8_lossy(name)),
            Self::Unix(Addr::UnixPath(path)) => write!(f, "unix:{}", String::from_utf8_lossy(path)),
            Self::Unix(addr) => addr.fmt(f),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_port_or_a_unix_socket() {
        let hosts = ["127.0.0.1:7001", "[::1]:0", "db-1.example.org:65535", "_swim.tasks:1"];
        for text in hosts.into_iter().chain(["unix:/run/swim.sock", "unix:/run/ü", "unix:@swim", "unix:@/a"])
        {
            assert_eq!(text.parse::<Place>().expect(text).to_string(), text);
        }
        let hosts = [
            "",
            ":1",
            "127.0.0.1",
            "host:",
            "host:x",
            "host:65536",
            "::1:7001",
            "::1",
            "a b:1",
            "[]:1",
            "http://db:1",
        ];
        for text in hosts.into_iter().chain(["unix:", "unix:@", "unix:/", "unix:swim.sock", "unix:/\0"]) {
            assert!(text.parse::<Place>().is_err(), "{text} is no place");
        }
    }

    #[test]
    fn an_address_that_stands_for_many_is_no_place() {
        for text in ["224.0.0.1:1", "255.255.255.255:1", "[ff02::1]:1", "[::ffff:224.0.0.1]:1"] {
            assert!(text.parse::<Place>().is_err(), "{text} is no place");
        }
    }

    #[test]
    fn the_name_of_a_unix_socket_leaves_room_for_that_of_its_listener() {
        let name = |len: usize| format!("unix:@{}", "n".repeat(len)).parse::<Place>();
        assert!(name(UNIX_NAME_MAX).is_ok() && name(UNIX_NAME_MAX + 1).is_err());
    }

    #[test]
    fn a_peer_has_a_port_of_its_own() {
        assert!(parse_peer("127.0.0.1:1").is_ok());
        for text in ["127.0.0.1:0", "0.0.0.0:1", "[::]:1", "[::ffff:0.0.0.0]:1"] {
            assert!(parse_peer(text).is_err(), "{text} is no peer");
        }
    }
}
