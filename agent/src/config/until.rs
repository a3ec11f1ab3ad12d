//! A moment in the calendar.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adapter_std::epoch_now;

use crate::config::value::refusal;

pub(crate) fn parse(text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339_weak(text)
        .map_err(|_| refusal(text, "write a time in UTC, such as 2030-01-31T12:00:00Z"))
}

pub(crate) fn show(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// How long it is until then; nothing if it is over.
pub(crate) fn remaining(time: SystemTime) -> Duration {
    let now = UNIX_EPOCH + Duration::from_millis(epoch_now().get());
    time.duration_since(now).unwrap_or_default()
}
