//! What values a setting may have.

use swim_core::{Bound, ConfigError};

use crate::config::setting::Setting;
use crate::config::settings::Settings;

/// What is allowed, in words: what the protocol refuses tells its bounds.
pub(crate) fn range(setting: &Setting) -> String {
    if !setting.range.is_empty() {
        return setting.range.into();
    }
    let refused = |texts: [&str; 2]| {
        texts.into_iter().find_map(|text| {
            let mut settings = Settings::default();
            (setting.set)(&mut settings, &[text]).ok()?;
            match settings.protocol.validate() {
                Err(ConfigError::Below { min, .. }) => Some(bound(min)),
                Err(ConfigError::Above { max, .. }) => Some(bound(max)),
                _ => None,
            }
        })
    };
    let least = refused(["0", "0s"]).unwrap_or_else(|| "0".into());
    let greatest = refused(["4294967295", "1000days"]).unwrap_or_else(|| "any".into());
    format!("{least} to {greatest}")
}

fn bound(bound: Bound) -> String {
    match bound {
        Bound::Time(time) => humantime::format_duration(time).to_string(),
        Bound::Count(count) => count.to_string(),
    }
}
