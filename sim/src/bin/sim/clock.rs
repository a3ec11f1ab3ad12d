//! How long things really took, for people: nothing of it reaches a simulation.

use std::time::{Duration, Instant};

#[allow(clippy::disallowed_methods, reason = "the tool times itself")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Measures how long this thread works: what others do on the machine does not count, where the kernel tells.
pub(crate) struct Stopwatch {
    begin: Instant,
    worked: Option<Duration>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { begin: now(), worked: worked() }
    }

    pub(crate) fn seconds(&self) -> f64 {
        let worked = worked().zip(self.worked).map(|(now, begin)| now.saturating_sub(begin));
        worked.unwrap_or_else(|| self.begin.elapsed()).as_secs_f64()
    }
}

/// How long this thread has had a processor.
fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
