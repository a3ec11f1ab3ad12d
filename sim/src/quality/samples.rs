//! Times that were measured, some of which never came.

use std::time::Duration;

/// Samples in order; those that never came are last.
pub(super) struct Samples {
    sorted: Vec<Duration>,
    never: usize,
}

/// From so many on a 99th percentile is one.
const MANY: usize = 100;

impl FromIterator<Option<Duration>> for Samples {
    fn from_iter<I: IntoIterator<Item = Option<Duration>>>(samples: I) -> Self {
        let samples: Vec<_> = samples.into_iter().collect();
        let mut sorted: Vec<_> = samples.iter().copied().flatten().collect();
        sorted.sort_unstable();
        Self { never: samples.len() - sorted.len(), sorted }
    }
}

impl Samples {
    pub(super) fn len(&self) -> usize {
        self.sorted.len() + self.never
    }

    /// `None` if there are no samples, or some of them never came.
    pub(super) fn mean(&self) -> Option<Duration> {
        let count = u32::try_from(self.sorted.len()).ok().filter(|&count| count > 0 && self.never == 0)?;
        Some(self.sorted.iter().sum::<Duration>() / count)
    }

    /// The time within which so many of a thousand came; `None` if they never did.
    pub(super) fn within(&self, per_mille: usize) -> Option<Duration> {
        let rank = (self.len() * per_mille).div_ceil(1_000).max(1);
        self.sorted.get(rank - 1).copied()
    }

    pub(super) fn p50(&self) -> Option<Duration> {
        self.within(500)
    }

    pub(super) fn p99(&self) -> Option<Duration> {
        self.within(990)
    }

    pub(super) fn max(&self) -> Option<Duration> {
        self.within(1_000)
    }

    /// `p50 1.20 p99 2.30 max 4.50 s`; of few samples the 99th percentile would be the maximum.
    pub(super) fn summary(&self) -> String {
        let (half, most, all) = (figure(self.p50()), figure(self.p99()), figure(self.max()));
        if self.len() < MANY {
            format!("p50 {half} max {all} s")
        } else {
            format!("p50 {half} p99 {most} max {all} s")
        }
    }
}

/// Whether it came, and in time.
pub(super) fn at_most(time: Option<Duration>, bound: Duration) -> bool {
    time.is_some_and(|time| time <= bound)
}

/// Seconds with two digits after the point, or `never`.
pub(super) fn figure(time: Option<Duration>) -> String {
    time.map_or_else(|| "never".into(), |time| format!("{:.2}", time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_least_time_within_which_so_many_came() {
        let samples: Samples = (1..=100).rev().map(|ms| Some(Duration::from_millis(ms))).collect();
        assert_eq!(samples.p50(), Some(Duration::from_millis(50)));
        assert_eq!(samples.p99(), Some(Duration::from_millis(99)));
        assert_eq!(samples.max(), Some(Duration::from_millis(100)));
        assert_eq!(samples.mean(), Some(Duration::from_micros(50_500)));
    }

    #[test]
    fn few_samples_have_no_99th_percentile() {
        let summary = |count| (0..count).map(|_| Some(Duration::from_secs(1))).collect::<Samples>().summary();
        assert_eq!(
            (summary(99), summary(100)),
            ("p50 1.00 max 1.00 s".into(), "p50 1.00 p99 1.00 max 1.00 s".into())
        );
    }

    #[test]
    fn what_never_came_is_later_than_all_that_came() {
        let samples: Samples = [None, Some(Duration::from_secs(1))].into_iter().collect();
        assert_eq!((samples.p50(), samples.p99()), (Some(Duration::from_secs(1)), None));
        assert_eq!((samples.mean(), samples.len()), (None, 2));
        assert!(!at_most(samples.max(), Duration::MAX));
    }
}
