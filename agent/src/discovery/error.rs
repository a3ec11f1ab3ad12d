//! Why what the settings name was not found.

use std::time::Duration;

use crate::discovery::backoff::Backoff;
use crate::discovery::resolver::LookupError;
use crate::place::Host;

/// What the settings name was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigError {
    /// Only other settings help.
    Permanent(String),
    /// It may pass.
    Transient {
        why: String,
        /// When to try again.
        retry_in: Duration,
    },
}

impl ConfigError {
    /// Something that may pass.
    pub(crate) fn transient(why: String, backoff: &mut Backoff) -> Self {
        Self::Transient { why, retry_in: backoff.pause() }
    }

    /// A host was not found. What a name server knows of it will not change by waiting.
    pub(crate) fn of_host(host: &Host, error: LookupError, backoff: &mut Backoff) -> Self {
        match error {
            LookupError::NoSuchName | LookupError::NoAddress => Self::Permanent(format!(
                "cannot find {host}: {error}. Check the spelling, or give an IP address"
            )),
            LookupError::Untold(why) => Self::transient(why, backoff),
        }
    }
}
