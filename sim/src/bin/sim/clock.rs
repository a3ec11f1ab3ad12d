//! How long things really took, for people: nothing of it reaches a simulation.

use std::time::Instant;

#[allow(clippy::disallowed_methods, reason = "the tool times itself")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
