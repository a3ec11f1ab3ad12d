//! Finding one host.

use std::net::SocketAddr;

use crate::discovery::backoff::Backoff;
use crate::discovery::error::ConfigError;
use crate::discovery::resolver::{LookupError, Resolver};
use crate::place::Host;

/// The first address of a place, if possible one that a socket of this kind can use.
pub(crate) fn look_up(
    place: &Host,
    dns: &[SocketAddr],
    ipv6: bool,
    backoff: &mut Backoff,
) -> Result<SocketAddr, ConfigError> {
    let ips = Resolver::open(dns).and_then(|resolver| resolver.ips(&place.name));
    let chosen = ips.and_then(|ips| {
        let usable = ips.iter().find(|ip| ipv6 || ip.is_ipv4()).or(ips.first());
        usable.map(|&ip| (ip, place.port).into()).ok_or(LookupError::NoAddress)
    });
    chosen.map_err(|error| ConfigError::of_host(place, error, backoff))
}
