//! Looking up everything once.

use std::net::SocketAddr;

use crate::discovery::resolver::{LookupError, Resolver};
use crate::discovery::service::Service;
use crate::discovery::watch::Targets;
use crate::place::{Host, Place};

/// What one round found.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) addrs: Vec<SocketAddr>,
    pub(crate) failures: Vec<Failure>,
}

/// What could not be looked up, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) target: String,
    pub(crate) why: String,
}

impl Round {
    /// Looks up all targets for a node that is bound here.
    pub(crate) fn look_up(targets: &Targets, bound: SocketAddr) -> Self {
        let mut round = Self::default();
        let resolver = match Resolver::open(&targets.dns) {
            Ok(resolver) => resolver,
            Err(why) => {
                round.failures.push(Failure { target: "DNS".into(), why: why.to_string() });
                return round;
            }
        };
        for peer in &targets.peers {
            // A Unix socket has no name to look up.
            let Place::Host(Host { name, port }) = peer else { continue };
            let found = resolver.ips(name).map(|ips| ips.into_iter().map(|ip| (ip, *port).into()));
            round.take(peer.to_string(), found.map(|addrs| usable_from(bound, addrs)));
        }
        for service in &targets.services {
            round.take(service.to_string(), members_of(&resolver, service, bound));
        }
        round.addrs.sort_unstable();
        round.addrs.dedup();
        round
    }

    fn take(&mut self, target: String, found: Result<Vec<SocketAddr>, LookupError>) {
        tracing::debug!(target, ?found, "looked up");
        match found {
            Ok(addrs) => self.addrs.extend(addrs),
            Err(why) => self.failures.push(Failure { target, why: why.to_string() }),
        }
    }
}

/// Everybody who belongs to a service, ourselves included.
pub(crate) fn members_of(
    resolver: &Resolver,
    service: &Service,
    bound: SocketAddr,
) -> Result<Vec<SocketAddr>, LookupError> {
    let hosts = match service {
        Service::Hosts { name, port } => vec![(name.clone(), port.unwrap_or(bound.port()))],
        Service::Srv { name } => resolver.srv(name)?,
    };
    let (mut addrs, mut failure) = (Vec::new(), None);
    for (host, port) in hosts {
        match resolver.ips(&host) {
            Ok(ips) => addrs.extend(ips.into_iter().map(|ip| SocketAddr::new(ip, port))),
            Err(why) => failure = Some(why),
        }
    }
    // One host of a service that is gone does not hide the others.
    match failure {
        Some(why) if addrs.is_empty() => Err(why),
        _ => Ok(usable_from(bound, addrs)),
    }
}

/// Those to which a socket can send: one for IPv4 knows no IPv6.
pub(crate) fn usable_from(bound: SocketAddr, addrs: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let all: Vec<_> = addrs.into_iter().collect();
    let usable: Vec<_> = all.iter().copied().filter(|addr| bound.is_ipv6() || addr.is_ipv4()).collect();
    // Rather a failure that is told than an address that is silently left out.
    if usable.is_empty() { all } else { usable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_for_ipv4_is_not_given_ipv6_addresses_unless_there_are_no_others() {
        let [v4, v6] = ["127.0.0.1:1", "[::1]:1"].map(|text| text.parse::<SocketAddr>().expect(text));
        assert_eq!(usable_from(v4, [v6, v4]), [v4]);
        assert_eq!(usable_from(v6, [v6, v4]), [v6, v4]);
        assert_eq!(usable_from(v4, [v6]), [v6]);
    }
}
