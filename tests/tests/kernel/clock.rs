//! The only clock of these tests.

use std::time::Instant;

#[allow(clippy::disallowed_methods, reason = "this is the tests' clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
