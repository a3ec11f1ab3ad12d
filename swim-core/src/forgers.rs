//! Where forged datagrams come from in numbers: a wrong tag costs as much to find out as a right one, so no more than
//! some are looked into.

use alloc::vec::Vec;
use core::time::Duration;

use swim_codec::Addr;

use crate::Instant;

/// Time in which a budget holds.
const PERIOD: Duration = Duration::from_secs(1);
/// Forgeries from one address in that time that are found out.
const FOUND_OUT: u32 = 64;
/// Addresses that are remembered; who forges from more of them is found out each time.
const PLACES: usize = 32;

/// The addresses from which forgeries came in this period, the first of them only, with their number.
#[derive(Default)]
pub(crate) struct Forgers {
    since: Instant,
    counts: Vec<(Addr, u32)>,
}

impl Forgers {
    pub(crate) fn note(&mut self, from: &Addr, now: Instant) {
        self.begin_period(now);
        if let Some((_, count)) = self.counts.iter_mut().find(|(addr, _)| addr == from) {
            *count = count.saturating_add(1);
        } else if self.counts.len() < PLACES {
            self.counts.push((from.clone(), 1));
        }
    }

    /// Whether so many forgeries came from there that what comes next need not be looked into.
    #[inline]
    pub(crate) fn include(&mut self, from: &Addr, now: Instant) -> bool {
        !self.counts.is_empty() && self.are_many_from(from, now)
    }

    fn are_many_from(&mut self, from: &Addr, now: Instant) -> bool {
        self.begin_period(now);
        self.counts.iter().any(|(addr, count)| *count >= FOUND_OUT && addr == from)
    }

    fn begin_period(&mut self, now: Instant) {
        if now.since(self.since) >= PERIOD {
            self.since = now;
            self.counts.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use super::*;

    fn addr(port: u16) -> Addr {
        SocketAddr::from(([10, 0, 0, 1], port)).into()
    }

    fn forge(forgers: &mut Forgers, port: u16, now: Instant) {
        (0..FOUND_OUT).for_each(|_| forgers.note(&addr(port), now));
    }

    #[test]
    fn each_address_has_a_budget_of_forgeries_that_is_renewed() {
        let mut forgers = Forgers::default();
        (1..FOUND_OUT).for_each(|_| forgers.note(&addr(1), Instant::ZERO));
        assert!(!forgers.include(&addr(1), Instant::ZERO));
        forgers.note(&addr(1), Instant::ZERO);
        assert!(forgers.include(&addr(1), Instant::ZERO + PERIOD / 2));
        assert!(!forgers.include(&addr(2), Instant::ZERO));
        assert!(!forgers.include(&addr(1), Instant::ZERO + PERIOD));
    }

    #[test]
    fn of_many_forgers_the_first_are_remembered() {
        let mut forgers = Forgers::default();
        (0..1_000).for_each(|port| forge(&mut forgers, port, Instant::ZERO));
        assert_eq!(forgers.counts.len(), PLACES);
        assert!(forgers.include(&addr(0), Instant::ZERO));
        assert!(!forgers.include(&addr(999), Instant::ZERO));
    }
}
