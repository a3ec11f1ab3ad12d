//! How many members one member may make known in a minute: one that makes them up cannot fill the table at once.

use core::time::Duration;

use swim_codec::MemberId;

use crate::Instant;
use crate::rng::Rng;

/// Introducers that are told apart; those who share a place by chance share its budget.
const PLACES: usize = 256;
/// Time in which a budget holds.
const PERIOD: Duration = Duration::from_secs(60);

/// What was introduced in this period, by introducer.
pub(crate) struct Newcomers {
    since: Instant,
    counts: [u32; PLACES],
    /// Secret, so that nobody can choose whose budget to share.
    factor: u64,
}

impl Newcomers {
    pub(crate) fn new(now: Instant, rng: &mut Rng) -> Self {
        Self { since: now, counts: [0; PLACES], factor: rng.u64() | 1 }
    }

    /// Whether this introducer may introduce one more, which is counted.
    pub(crate) fn has_room(&mut self, introducer: MemberId, limit: u32, now: Instant) -> bool {
        if now.since(self.since) >= PERIOD {
            (self.since, self.counts) = (now, [0; PLACES]);
        }
        let mixed = u64::from_be_bytes(*introducer.as_bytes()).wrapping_mul(self.factor);
        let [place, ..] = mixed.to_be_bytes();
        let count = &mut self.counts[usize::from(place)];
        let has_room = *count < limit;
        *count += u32::from(has_room);
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_introducer_has_a_budget_of_its_own_that_is_renewed() {
        let mut newcomers = Newcomers::new(Instant::ZERO, &mut Rng::new([1; 32]));
        let [one, other] = [1, 2].map(|byte| MemberId::from_bytes([byte; 8]));
        let introduces =
            |newcomers: &mut Newcomers, who, now| (0..10).filter(|_| newcomers.has_room(who, 3, now)).count();
        assert_eq!(introduces(&mut newcomers, one, Instant::ZERO), 3);
        assert_eq!(introduces(&mut newcomers, other, Instant::ZERO), 3);
        assert_eq!(introduces(&mut newcomers, one, Instant::ZERO + PERIOD / 2), 0);
        assert_eq!(introduces(&mut newcomers, one, Instant::ZERO + PERIOD), 3);
    }
}
