//! Where something listens, as a user writes it.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use crate::problem::Problem;

/// A host and a port: `10.0.0.5:7001`, `[::1]:7001`, `db-1.example.org:7001`. A name is looked up when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    host: String,
    port: u16,
}

impl Place {
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Looks up what this place stands for.
    pub(crate) fn resolve(&self) -> Result<Resolved, Problem> {
        let text = self.to_string();
        let mut found = text.to_socket_addrs().map_err(|error| unknown(&text, &error.to_string()))?;
        let first = found.next().ok_or_else(|| unknown(&text, "the name has no address"))?;
        let resolved = Resolved { first, others: found.collect() };
        tracing::info!(place = %text, addrs = ?resolved.all().collect::<Vec<_>>(), "looked up");
        Ok(resolved)
    }
}

/// The addresses that a place stands for.
pub(crate) struct Resolved {
    pub(crate) first: SocketAddr,
    others: Vec<SocketAddr>,
}

impl Resolved {
    fn all(&self) -> impl Iterator<Item = SocketAddr> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// Those to which a socket on `local` can send: one for IPv4 knows no IPv6.
    pub(crate) fn usable_from(&self, local: SocketAddr) -> Vec<SocketAddr> {
        let usable: Vec<_> = self.all().filter(|addr| local.is_ipv6() || addr.is_ipv4()).collect();
        // Rather a failure that is told than an address that is silently left out.
        if usable.is_empty() { self.all().collect() } else { usable }
    }

    pub(crate) fn first_usable_from(&self, local: SocketAddr) -> SocketAddr {
        self.usable_from(local).first().copied().unwrap_or(self.first)
    }
}

fn unknown(place: &str, why: &str) -> Problem {
    Problem::failed(format!("cannot find {place}: {why}. Check the spelling, or give an IP address"))
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write it as HOST:PORT, such as 127.0.0.1:7001";
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        let port = port.parse().map_err(|_| FORM)?;
        let bracketed = host.starts_with('[') && host.ends_with(']');
        match host {
            "" => Err(FORM),
            _ if host.contains(':') && !bracketed => Err("write an IPv6 address in brackets: [::1]:7001"),
            _ => Ok(Self { host: host.into(), port }),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_port() {
        for text in ["127.0.0.1:7001", "[::1]:0", "db-1.example.org:65535"] {
            assert_eq!(text.parse::<Place>().expect(text).to_string(), text);
        }
        for text in ["", ":1", "127.0.0.1", "host:", "host:x", "host:65536", "::1:7001", "::1"] {
            assert!(text.parse::<Place>().is_err(), "{text} is no place");
        }
    }

    #[test]
    fn a_socket_for_ipv4_is_not_given_ipv6_addresses_unless_there_are_no_others() {
        let [v4, v6] = ["127.0.0.1:1", "[::1]:1"].map(|text| text.parse::<SocketAddr>().expect(text));
        let both = Resolved { first: v6, others: vec![v4] };
        assert_eq!(both.usable_from(v4), [v4]);
        assert_eq!(both.usable_from(v6), [v6, v4]);
        assert_eq!(Resolved { first: v6, others: vec![] }.first_usable_from(v4), v6);
    }
}
