//! The computer that a machine runs on: its clock, its speed, and whether it runs at all.

use std::ops::RangeInclusive;
use std::time::Duration;

use swim_core::Instant;

/// A clock of its own: what the machine believes the time to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// When it showed `shown`.
    since: Instant,
    shown: Instant,
    /// How far it goes in a thousand seconds, in seconds.
    rate: u32,
}

/// The rate of a clock that goes right.
const RIGHT: u32 = 1_000;

impl Default for Clock {
    fn default() -> Self {
        Self { since: Instant::ZERO, shown: Instant::ZERO, rate: RIGHT }
    }
}

impl Clock {
    /// What it shows.
    pub(crate) fn show(&self, now: Instant) -> Instant {
        self.shown + scale(now.since(self.since), self.rate, RIGHT)
    }

    /// When it will show that much; `None` if it stands still.
    pub(crate) fn when(&self, shown: Instant) -> Option<Instant> {
        let ahead = shown.since(self.shown);
        if ahead.is_zero() {
            return Some(self.since);
        }
        // Rounded up, so that it shows no less when the time has come.
        let rounding = if self.rate == RIGHT { Duration::ZERO } else { Duration::from_nanos(1) };
        (self.rate > 0).then(|| self.since + scale(ahead, RIGHT, self.rate) + rounding)
    }

    pub(crate) fn run_at(&mut self, now: Instant, rate: u32) {
        *self = Self { since: now, shown: self.show(now), rate };
    }

    pub(crate) fn set(&mut self, now: Instant, shown: Instant) {
        *self = Self { since: now, shown, ..*self };
    }
}

/// The same as a duration when the clock goes right: without this, rounding would.
fn scale(duration: Duration, by: u32, of: u32) -> Duration {
    if by == of {
        return duration;
    }
    let nanos = duration.as_nanos() * u128::from(by) / u128::from(of.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// When a driver takes what its machine has to send, and how much of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// All of it, after each call.
    #[default]
    AtOnce,
    /// So many outputs, at least one, each time it wakes the machine, for which that one asks as long as something waits.
    WhenWoken {
        /// All without a number.
        at_most: Option<u32>,
    },
}

impl Flush {
    /// How many outputs it takes after a call that woke the machine, or did not.
    pub(crate) fn takes(self, woken: bool) -> usize {
        match self {
            Self::AtOnce => usize::MAX,
            Self::WhenWoken { at_most } if woken => at_most.map_or(usize::MAX, |most| most.max(1) as usize),
            Self::WhenWoken { .. } => 0,
        }
    }
}

/// How a node's computer behaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) clock: Clock,
    /// How long it works on each input, and does nothing else.
    pub(crate) service: Duration,
    /// How much later than asked it wakes its machine.
    pub(crate) late: Option<RangeInclusive<Duration>>,
    pub(crate) flush: Flush,
    pub(crate) paused: bool,
    pub(crate) busy_until: Instant,
}

impl Host {
    /// Whether what arrives now must wait.
    pub(crate) fn is_busy(&self, now: Instant) -> bool {
        self.paused || self.busy_until > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn a_clock_that_goes_right_shows_the_time() {
        let clock = Clock::default();
        assert_eq!((clock.show(at(5)), clock.when(at(5))), (at(5), Some(at(5))));
    }

    #[test]
    fn a_fast_clock_is_ahead_and_its_deadlines_come_early() {
        let mut clock = Clock::default();
        clock.run_at(at(10), 2_000);
        assert_eq!(clock.show(at(15)), at(20));
        let due = clock.when(at(20)).expect("it runs");
        assert!(clock.show(due) >= at(20) && due <= at(15) + Duration::from_nanos(1));
    }

    #[test]
    fn a_clock_that_stands_still_never_comes_to_a_deadline() {
        let mut clock = Clock::default();
        clock.run_at(at(10), 0);
        assert_eq!((clock.show(at(99)), clock.when(at(11)), clock.when(at(9))), (at(10), None, Some(at(10))));
    }

    #[test]
    fn a_clock_that_is_set_goes_on_from_there() {
        let mut clock = Clock::default();
        clock.set(at(100), at(3));
        assert_eq!(clock.show(at(101)), at(4));
    }
}
