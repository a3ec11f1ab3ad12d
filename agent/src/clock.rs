//! The only place that reads a clock.

use std::time::{Duration, Instant};

/// Time since this program started.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: monotonic() }
    }

    pub(crate) fn now(self) -> Duration {
        monotonic() - self.started
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the program's clock")]
fn monotonic() -> Instant {
    Instant::now()
}
