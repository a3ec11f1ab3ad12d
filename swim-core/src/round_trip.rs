//! How long one member's answers took: what its distance is taken to be, and how long to wait for the next one.

use core::time::Duration;

use crate::instant::nanos;

/// The latest round trips to one member, in 12 bytes.
pub(crate) struct RoundTrips {
    /// The two before the next, in seconds.
    latest: [f32; 2],
    mean: Ticks,
    /// How far from the mean they are, on average.
    deviation: Ticks,
}

/// Quarters of a millisecond, up to 16 s.
#[derive(Clone, Copy)]
struct Ticks(u16);

const TICK: Duration = Duration::from_micros(250);

impl Ticks {
    fn of(time: Duration) -> Self {
        Self(u16::try_from(nanos(time) / nanos(TICK)).unwrap_or(u16::MAX))
    }

    fn time(self) -> Duration {
        TICK * u32::from(self.0)
    }

    fn distance(self, other: Self) -> Self {
        Self(self.0.abs_diff(other.0))
    }

    /// Goes a part of the way to where a new measurement is.
    fn approach(&mut self, new: Self, part: u16) {
        let step = self.distance(new).0.div_ceil(part);
        self.0 = if new.0 > self.0 { self.0 + step } else { self.0 - step };
    }
}

impl RoundTrips {
    /// The first: as in RFC 6298, it may be half as much off.
    pub(crate) fn new(first: Duration) -> Self {
        Self { latest: [first.as_secs_f32(); 2], mean: Ticks::of(first), deviation: Ticks::of(first / 2) }
    }

    /// Takes one more in and answers the median of the latest three in seconds: one late packet is no distance.
    pub(crate) fn add(&mut self, time: Duration) -> f64 {
        let new = Ticks::of(time);
        self.deviation.approach(self.mean.distance(new), 4);
        self.mean.approach(new, 8);
        let [before, last] = self.latest;
        let mut sorted = [before, last, time.as_secs_f32()];
        self.latest = [last, sorted[2]];
        sorted.sort_unstable_by(f32::total_cmp);
        sorted[1].into()
    }

    /// An answer that takes longer than this is late (RFC 6298 §2: the mean and four times the deviation).
    pub(crate) fn late(&self) -> Duration {
        self.mean.time() + self.deviation.time() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn one_late_packet_is_filtered_out() {
        let mut trips = RoundTrips::new(5 * MS);
        let mut filtered = |ms| libm::round(trips.add(ms * MS) * 1e3);
        assert_eq!([5, 900, 5, 6, 900, 5].map(&mut filtered), [5.0, 5.0, 5.0, 6.0, 6.0, 6.0]);
    }

    #[test]
    fn steady_answers_are_soon_expected_in_their_time() {
        let mut trips = RoundTrips::new(40 * MS);
        assert_eq!(trips.late(), 120 * MS);
        for _ in 0..40 {
            trips.add(40 * MS);
        }
        assert!(trips.late() <= 42 * MS, "{:?}", trips.late());
    }

    #[test]
    fn answers_that_vary_are_given_as_much_more_time() {
        let mut trips = RoundTrips::new(40 * MS);
        for at in 0..100 {
            trips.add(if at % 2 == 0 { 20 * MS } else { 60 * MS });
        }
        assert!((100 * MS..140 * MS).contains(&trips.late()), "{:?}", trips.late());
    }

    #[test]
    fn a_member_that_becomes_slow_is_given_the_time_after_one_answer() {
        let mut trips = RoundTrips::new(MS);
        for _ in 0..40 {
            trips.add(MS);
        }
        trips.add(300 * MS);
        assert!(trips.late() >= 300 * MS, "{:?}", trips.late());
    }

    #[test]
    fn no_time_is_too_long_to_be_added() {
        let mut trips = RoundTrips::new(Duration::MAX);
        trips.add(Duration::ZERO);
        trips.add(Duration::MAX);
        assert!(trips.late() > Duration::from_secs(10));
        assert_eq!(size_of::<RoundTrips>(), 12);
    }
}
