//! What numbers of a plan may be that somebody wrote by hand, by what they are called.

use serde_json::Value;

/// The longest time, in seconds.
const DAY: u64 = 86_400;

/// Says which number of what has this name, or is in it, is above its range.
pub(super) fn check(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| check(name, value)),
        Value::Array(values) => values.iter().try_for_each(|value| check(name, value)),
        Value::Number(number) => match (most(name), number.as_u64()) {
            (Some(most), Some(number)) if number > most => {
                Err(format!("{name} must be at most {most}, not {number}"))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn most(name: &str) -> Option<u64> {
    match name {
        "percent" | "loss" | "reset" | "stalled" | "boastful" => Some(100),
        "core_s" => Some(DAY),
        // A clock may be set by years.
        "by_ms" => None,
        _ if name.ends_with("_ms") => Some(DAY * 1_000),
        _ => None,
    }
}
