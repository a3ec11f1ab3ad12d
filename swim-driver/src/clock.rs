//! The only place that reads a clock or asks for entropy.

use std::io;
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

/// Milliseconds since 1970: an epoch larger than any that this machine used before, as long as its clock is not
/// set back by more than it was down. Zero before 1970.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the adapters' epoch")]
pub fn epoch_now() -> Epoch {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).ok().and_then(Epoch::new).unwrap_or(Epoch::MAX)
}

/// A seed for a machine's generator from the operating system's entropy; an error if there is none.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}
