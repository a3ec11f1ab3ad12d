//! The only place that reads a clock or asks for entropy.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as StdInstant, SystemTime, UNIX_EPOCH};

use swim_core::{Epoch, Instant};

/// Time since a driver started, which is the machine's [`Instant::ZERO`].
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: StdInstant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: monotonic() }
    }

    /// The present, as the machine counts it.
    #[must_use]
    pub fn now(self) -> Instant {
        Instant::ZERO + (monotonic() - self.started)
    }

    /// A moment of the machine, as the operating system counts it; at most a day from now, for some systems cannot
    /// wait much longer.
    #[must_use]
    pub fn at(self, instant: Instant) -> StdInstant {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        self.started + instant.min(self.now() + DAY).since(Instant::ZERO)
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the adapters' clock")]
fn monotonic() -> StdInstant {
    StdInstant::now()
}

/// Milliseconds since 1970, or one more than the last answer in this process: an epoch larger than any that this
/// machine used before, as long as its clock is not set back by more than it was down.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the adapters' epoch")]
pub fn epoch_now() -> Epoch {
    /// Two lives of a name may begin within a millisecond, and must differ.
    static LAST: AtomicU64 = AtomicU64::new(0);
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
    let later_than = |last: u64| now.max(last.saturating_add(1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(later_than(last)));
    Epoch::new(later_than(last.unwrap_or_else(|last| last))).unwrap_or(Epoch::MAX)
}

/// A seed for a machine's generator from the operating system's entropy; an error if there is none.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_is_larger_than_the_one_before() {
        let epochs: Vec<Epoch> = (0..1_000).map(|_| epoch_now()).collect();
        assert!(epochs.is_sorted_by(|a, b| a < b), "{epochs:?}");
    }
}
