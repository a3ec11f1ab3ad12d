//! Settings of the nodes, where a scenario wants other ones than a preset has.

use swim_core::Config;

use super::problem::Problem;
use super::words::Words;

/// `tombstone 30 s, max_events 16`: the names are those of the fields of [`Config`].
pub(super) fn settings(words: &mut Words<'_>, mut config: Config) -> Result<Config, Problem> {
    loop {
        setting(words, &mut config)?;
        if !words.eat(",") {
            break;
        }
    }
    config.validate().map_err(|error| Problem::Setting { text: error.to_string() })?;
    Ok(config)
}

fn setting(words: &mut Words<'_>, config: &mut Config) -> Result<(), Problem> {
    let field = words.one_of(&[
        ("probe_interval", Field::ProbeInterval),
        ("probe_timeout", Field::ProbeTimeout),
        ("heal_interval", Field::HealInterval),
        ("tombstone", Field::Tombstone),
        ("max_members", Field::MaxMembers),
        ("max_events", Field::MaxEvents),
    ])?;
    match field {
        Field::ProbeInterval => config.probe_interval = words.duration()?,
        Field::ProbeTimeout => config.probe_timeout = words.duration()?,
        Field::HealInterval => config.heal_interval = words.duration()?,
        Field::Tombstone => config.tombstone = words.duration()?,
        Field::MaxMembers => config.max_members = words.count()?,
        Field::MaxEvents => config.max_events = words.count()?,
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Field {
    ProbeInterval,
    ProbeTimeout,
    HealInterval,
    Tombstone,
    MaxMembers,
    MaxEvents,
}
