//! How long things may take: what the protocol promises of `Config::lan()` in the worst case, and half as much more
//! for a real machine.

use std::time::Duration;

use crate::rig::HOSTS;

/// A crash: every probe of a round goes elsewhere, the suspicion has one accuser, and the news gets lost and comes with
/// the next comparison of tables. (2(n − 1) − 1) + 1 probe intervals, 24 s of suspicion, 30 s.
pub(crate) const DETECTED: Duration = promised(2 * (HOSTS as u64 - 1) + 24 + 30);
/// All nodes start at once.
pub(crate) const FORMED: Duration = promised(30);
/// A node is back after a crash; no sooner than if all had started anew.
pub(crate) const RETURNED: Duration = promised(30);
/// After a partition, of whatever length, all see all alive.
pub(crate) const HEALED: Duration = promised(60);
/// What one says reaches all, at the latest when tables are compared: 30 s, as often as log2 of the members and one.
pub(crate) const TOLD: Duration = promised(30 * 4);

const fn promised(seconds: u64) -> Duration {
    Duration::from_millis(seconds * 1_500)
}
