//! Telling ourselves from the others among the answers.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use swim_core::Addr;

use crate::discovery::backoff::Backoff;
use crate::discovery::error::ConfigError;
use crate::discovery::resolver::Resolver;
use crate::discovery::round::members_of;
use crate::discovery::service::Service;

/// Where this node is.
#[derive(Clone)]
pub(crate) struct Own {
    pub(crate) bound: SocketAddr,
    pub(crate) advertised: Addr,
}

impl Own {
    /// A node that listens everywhere has several addresses, and some names tell more than one of them.
    pub(crate) fn is_at(&self, addr: SocketAddr) -> bool {
        Addr::from(addr) == self.advertised || is_bound_at(self.bound, addr)
    }
}

/// The address of this machine that DNS tells of a service, for a node that listens on all of them. A service may list a
/// node some time after its start.
pub(crate) fn find_own(
    services: &[Service],
    dns: &[SocketAddr],
    bound: SocketAddr,
    backoff: &mut Backoff,
) -> Result<SocketAddr, ConfigError> {
    let resolver = Resolver::open(dns).map_err(|error| ConfigError::transient(error.to_string(), backoff))?;
    let mut why = None;
    for service in services {
        match members_of(&resolver, service, bound) {
            Ok(addrs) => match addrs.into_iter().find(|&addr| is_bound_at(bound, addr)) {
                Some(addr) => return Ok(addr),
                None => why = Some(format!("{service}: no address of this machine is among the answers")),
            },
            Err(error) => why = Some(format!("{service}: {error}")),
        }
    }
    Err(match why {
        Some(why) => ConfigError::transient(why, backoff),
        None => ConfigError::Permanent("there is no service to discover".into()),
    })
}

fn is_bound_at(bound: SocketAddr, addr: SocketAddr) -> bool {
    bound.ip().is_unspecified() && addr.port() == bound.port() && is_of_this_machine(addr.ip())
}

/// Only the addresses of a machine can be bound there.
fn is_of_this_machine(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}
