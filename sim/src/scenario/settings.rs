//! Settings of the nodes, where a scenario wants other ones than a preset has.

use std::time::Duration;

use swim_core::Config;

use super::problem::Problem;
use super::words::Words;

/// One of the fields of [`Config`] with that name, and what it shall be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting {
    ProbeInterval(Duration),
    ProbeTimeout(Duration),
    HealInterval(Duration),
    Tombstone(Duration),
    MaxMembers(u32),
    MaxEvents(u32),
}

/// `tombstone 30 s, max_events 16`.
pub(super) fn settings(words: &mut Words<'_>) -> Result<Vec<Setting>, Problem> {
    let mut settings = vec![setting(words)?];
    while words.eat(",") {
        settings.push(setting(words)?);
    }
    Ok(settings)
}

/// The configuration with these settings, all of which are in their ranges.
pub(super) fn changed(config: &Config, settings: &[Setting]) -> Result<Config, Problem> {
    let mut config = config.clone();
    settings.iter().for_each(|setting| setting.apply(&mut config));
    config.validate().map_err(|error| Problem::Setting { text: error.to_string() })?;
    Ok(config)
}

fn setting(words: &mut Words<'_>) -> Result<Setting, Problem> {
    type Read = fn(&mut Words<'_>) -> Result<Setting, Problem>;
    const NAMES: [(&str, Read); 6] = [
        ("probe_interval", |words| words.duration().map(Setting::ProbeInterval)),
        ("probe_timeout", |words| words.duration().map(Setting::ProbeTimeout)),
        ("heal_interval", |words| words.duration().map(Setting::HealInterval)),
        ("tombstone", |words| words.duration().map(Setting::Tombstone)),
        ("max_members", |words| words.count().map(Setting::MaxMembers)),
        ("max_events", |words| words.count().map(Setting::MaxEvents)),
    ];
    words.one_of(&NAMES)?(words)
}

impl Setting {
    fn apply(self, config: &mut Config) {
        match self {
            Self::ProbeInterval(time) => config.probe_interval = time,
            Self::ProbeTimeout(time) => config.probe_timeout = time,
            Self::HealInterval(time) => config.heal_interval = time,
            Self::Tombstone(time) => config.tombstone = time,
            Self::MaxMembers(count) => config.max_members = count,
            Self::MaxEvents(count) => config.max_events = count,
        }
    }
}
