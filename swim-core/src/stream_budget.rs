//! What an inbound stream may cost: anybody who reaches this node can open one, and then say nothing.

use core::time::Duration;

use swim_codec::Addr;

use crate::{Config, Instant};

/// A stream that somebody else opened.
pub(crate) struct Inbound {
    from: Addr,
    since: Instant,
    /// In both directions, in bytes.
    carried: u64,
}

/// Bytes per second that a stream must carry on average, beyond the time that it has at first.
const RATE_MIN: u32 = 16 * 1024;
/// The time that it has at first, if that is longer than two probe timeouts: a handshake takes two round trips.
const FIRST_WAIT: Duration = Duration::from_secs(1);

impl Inbound {
    pub(crate) fn new(from: Addr, now: Instant) -> Self {
        Self { from, since: now, carried: 0 }
    }

    pub(crate) fn carry(&mut self, bytes: usize) {
        self.carried = self.carried.saturating_add(bytes as u64);
    }

    /// Streams from one host come from many ports.
    pub(crate) fn is_from(&self, addr: &Addr) -> bool {
        self.from.as_ip().map(|ip| ip.ip()) == addr.as_ip().map(|ip| ip.ip())
    }

    /// When it ends, unless it carries more before.
    pub(crate) fn deadline(&self, config: &Config) -> Instant {
        let first = FIRST_WAIT.max(config.probe_timeout * 2);
        let earned = Duration::from_secs(self.carried) / RATE_MIN;
        self.since + first.saturating_add(earned).min(config.stream_timeout)
    }

    /// Whether it had less time than any stream has.
    pub(crate) fn was_too_slow(&self, config: &Config, now: Instant) -> bool {
        now < self.since + config.stream_timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(ip: u8, port: u16) -> Addr {
        core::net::SocketAddr::from(([10, 0, 0, ip], port)).into()
    }

    #[test]
    fn what_a_stream_carries_earns_it_time_up_to_that_of_any_stream() {
        let config = Config::lan();
        let mut inbound = Inbound::new(addr(1, 7), Instant::ZERO);
        assert_eq!(inbound.deadline(&config), Instant::ZERO + FIRST_WAIT);
        inbound.carry(32 * 1024);
        assert_eq!(inbound.deadline(&config), Instant::ZERO + FIRST_WAIT * 3);
        inbound.carry(usize::MAX);
        inbound.carry(usize::MAX);
        assert_eq!(inbound.deadline(&config), Instant::ZERO + config.stream_timeout);
    }

    #[test]
    fn the_port_of_a_source_does_not_matter() {
        let inbound = Inbound::new(addr(1, 7), Instant::ZERO);
        assert!(inbound.is_from(&addr(1, 8)));
        assert!(!inbound.is_from(&addr(2, 7)));
    }
}
