//! How long things really took, for people: nothing of it reaches a simulation.

use std::time::{Duration, Instant};

#[allow(clippy::disallowed_methods, reason = "the tool times itself")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Time that the main thread has had of a processor, where the kernel tells: what others do on this machine does not
/// count, unlike in the time on the wall.
pub(crate) fn processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
