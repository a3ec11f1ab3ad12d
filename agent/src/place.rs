//! Where something listens, as a user writes it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::str::FromStr;

use crate::discovery::check_host;

/// The longest path of a Unix socket.
const UNIX_PATH_MAX: usize = 107;
const FORM: &str = "write it as HOST:PORT, such as 127.0.0.1:7001";

/// A host and a port: `10.0.0.5:7001`, `[::1]:7001`, `db-1.example.org:7001`. A name is looked up when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// A name or an address, one of IPv6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Place {
    /// The address, if it needs no look-up.
    pub(crate) fn addr(&self) -> Option<SocketAddr> {
        self.host.parse().ok().map(|ip: IpAddr| (ip, self.port).into())
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Err(refuse_unix(path));
        }
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) => host,
            None if host.contains(':') => return Err("write an IPv6 address in brackets: [::1]:7001".into()),
            None => host,
        };
        if host.is_empty() {
            return Err(FORM.into());
        }
        check_host(host)?;
        Ok(Self { host: host.into(), port: parse_port(port)? })
    }
}

/// A place where another node listens.
pub(crate) fn parse_peer(text: &str) -> Result<Place, String> {
    let place: Place = text.parse()?;
    if place.port == 0 {
        return Err("port 0 stands for any port: give the one that the other node listens on".into());
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

/// The adapter that this program has knows IP only; what is wrong with the path itself is told first.
fn refuse_unix(path: &str) -> String {
    let len = path.len();
    if len > UNIX_PATH_MAX {
        return format!("a Unix socket has a path of at most {UNIX_PATH_MAX} bytes, this one has {len}");
    }
    if Path::new(path).is_dir() {
        return "this is a folder: a Unix socket is a file in it".into();
    }
    "the adapter std has no Unix sockets: write HOST:PORT".into()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_port() {
        for text in ["127.0.0.1:7001", "[::1]:0", "db-1.example.org:65535", "_swim.tasks:1"] {
            assert_eq!(text.parse::<Place>().expect(text).to_string(), text);
        }
        for text in
            ["", ":1", "127.0.0.1", "host:", "host:x", "host:65536", "::1:7001", "::1", "a b:1", "[]:1"]
        {
            assert!(text.parse::<Place>().is_err(), "{text} is no place");
        }
    }

    #[test]
    fn a_peer_has_a_port_of_its_own() {
        assert!(parse_peer("127.0.0.1:1").is_ok());
        assert!(parse_peer("127.0.0.1:0").is_err());
    }
}
