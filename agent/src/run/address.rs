//! Where a node listens, and where the others are told to send to.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use adapter_std::{BindError, Sockets};
use swim_core::Addr;

use crate::config::{Settings, unreachable};
use crate::discovery::{Backoff, ConfigError, find_own, look_up};
use crate::place::Place;
use crate::problem::Problem;
use crate::run::start::Halt;
use crate::run::voice::Voice;
use crate::signals::Signals;

/// Looks for the addresses of one node.
pub(crate) struct Search<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) voice: &'a Voice,
    pub(crate) signals: &'a Signals,
}

impl Search<'_> {
    pub(crate) fn bind(&self, place: &Place) -> Result<Sockets, Halt> {
        let dns = &self.settings.dns;
        let addr = match place {
            Place::Host(host) => {
                self.until_found(&host.to_string(), |backoff| look_up(host, dns, true, backoff))?.into()
            }
            Place::Unix(addr) => addr.clone(),
        };
        let bound = match self.settings.socket_mode {
            Some(mode) => Sockets::bind_with_mode(addr, mode),
            None => Sockets::bind(addr),
        };
        Ok(bound.map_err(|error| unbound(&error, place))?)
    }

    /// Where the others are told to send to.
    pub(crate) fn advertised(&self, bound: &Addr) -> Result<Addr, Halt> {
        let Settings { advertise, discover, dns, .. } = self.settings;
        let addr = match (bound.as_ip(), advertise) {
            (None, Some(Place::Unix(addr))) => return Ok(addr.clone()),
            (None, _) => return Ok(bound.clone()),
            (Some(bound), Some(Place::Host(host))) => {
                let found = self
                    .until_found(&host.to_string(), |backoff| look_up(host, dns, bound.is_ipv6(), backoff));
                let mut addr = found?;
                if addr.port() == 0 {
                    addr.set_port(bound.port());
                }
                addr
            }
            (Some(bound), _) if bound.ip().is_unspecified() && !discover.is_empty() => {
                self.until_found("own address", |backoff| find_own(discover, dns, bound, backoff))?
            }
            (Some(bound), _) => bound,
        };
        // A name may lead there, too.
        if addr.ip().is_unspecified() {
            return Err(unreachable(addr.ip()).into());
        }
        Ok(addr.into())
    }

    /// Tries until it works, or never can.
    fn until_found(
        &self,
        target: &str,
        mut find: impl FnMut(&mut Backoff) -> Result<SocketAddr, ConfigError>,
    ) -> Result<SocketAddr, Halt> {
        let mut backoff = Backoff::new();
        loop {
            match find(&mut backoff) {
                Ok(addr) => return Ok(addr),
                Err(ConfigError::Permanent(why)) => return Err(Problem::failed(why).into()),
                Err(ConfigError::Transient { why, retry_in }) => {
                    self.voice.not_found(target, &why, retry_in);
                    if self.signals.hang_up_within(retry_in) {
                        return Err(Halt::HungUp);
                    }
                }
            }
        }
    }
}

fn unbound(error: &BindError, place: &Place) -> Problem {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    let advice = match (error.kind(), place.is_unix()) {
        (io::ErrorKind::AddrInUse, false) => ". Choose another port, or port 0 for any that is free",
        (io::ErrorKind::AddrInUse, true) => ". Another process listens there: choose another name",
        (io::ErrorKind::AddrNotAvailable, _) => {
            ". Bind to an address of this machine, and use --advertise for one that leads to it"
        }
        (io::ErrorKind::PermissionDenied, false) => ". Choose a port above 1023",
        (io::ErrorKind::PermissionDenied, true) => ". Choose a folder that this user may write to",
        (io::ErrorKind::NotFound, true) => ". Make its folder first",
        (io::ErrorKind::AlreadyExists, true) => ". Remove it, or choose another path",
        _ => "",
    };
    Problem::failed(format!("{error}{cause}{advice}"))
}
