//! Giving a running cluster its first key.

use crate::limits::PLAIN_MAX;

/// What a keyring with keys does with plain frames.
///
/// A cluster that runs without keys gets one in three rounds over all members: a keyring with
/// [`SendPlain`](Self::SendPlain), so that everybody has the key; then [`AcceptPlain`](Self::AcceptPlain), so that
/// everybody uses it; then [`Strict`](Self::Strict). Members that are one round apart understand each other.
///
/// Until then any plain frame is believed, so the way there has an end: on the caller's clock, in nanoseconds, and
/// from then on the keyring is strict, whether the rounds were done or not. An end more than
/// [`PLAIN_MAX`](crate::limits::PLAIN_MAX) away is brought forward to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Sends plain frames, opens both kinds.
    SendPlain {
        /// When it becomes strict.
        until: u64,
    },
    /// Sends sealed frames, opens both kinds.
    AcceptPlain {
        /// When it becomes strict.
        until: u64,
    },
    /// Sends and opens sealed frames only.
    Strict,
}

impl Mode {
    /// When it becomes strict; `None` if it is.
    #[must_use]
    pub const fn until(self) -> Option<u64> {
        match self {
            Self::SendPlain { until } | Self::AcceptPlain { until } => Some(until),
            Self::Strict => None,
        }
    }

    /// The mode once it is `now`.
    pub(crate) fn at(self, now: u64) -> Self {
        let latest = now.saturating_add(PLAIN_MAX);
        match self {
            Self::SendPlain { until } | Self::AcceptPlain { until } if until <= now => Self::Strict,
            Self::SendPlain { until } => Self::SendPlain { until: until.min(latest) },
            Self::AcceptPlain { until } => Self::AcceptPlain { until: until.min(latest) },
            Self::Strict => Self::Strict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_with_a_far_end_ends_within_thirty_days() {
        for mode in [Mode::SendPlain { until: u64::MAX }, Mode::AcceptPlain { until: u64::MAX }] {
            let mode = mode.at(7);
            assert_eq!(mode.until(), Some(7 + PLAIN_MAX));
            assert_eq!(mode.at(6 + PLAIN_MAX), mode);
            assert_eq!(mode.at(7 + PLAIN_MAX), Mode::Strict);
        }
    }
}
