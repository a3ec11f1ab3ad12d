//! Settings of a node: the command line over the environment over a file over the defaults.
//!
//! `table` lists them all; everything else here works on that list.

mod addresses;
mod environment;
mod example;
mod file;
mod keys;
mod layer;
mod load;
mod options;
mod protocol;
mod range;
#[cfg(test)]
mod reference;
pub(crate) mod registers;
mod setting;
mod settings;
mod show;
mod table;
mod until;
mod value;

use swim_core::Instant;

pub(crate) use addresses::{check_own, check_peers, unreachable};
pub(crate) use environment::warn_of_typos;
pub(crate) use keys::{describe, fingerprints, keyring};
pub(crate) use layer::Origin;
pub(crate) use load::Source;
pub(crate) use options::Options;
pub(crate) use setting::{Change, Section, Setting};
pub(crate) use settings::{PlainFrames, Settings};
pub(crate) use table::all_settings;
pub(crate) use value::{refusal, word};

use crate::cli::ConfigArgs;
use crate::files;
use crate::output::Output;
use crate::problem::Problem;

/// `swim config`.
pub(crate) fn run(args: &ConfigArgs) -> Result<(), Problem> {
    let mut output = Output::open();
    if args.what.example {
        return output.line(example::text().trim_end());
    }
    let source = Source::new(&args.options, args.file.as_ref());
    let loaded = source.load()?;
    warn_of_typos();
    if args.what.show {
        return output.line(show::text(&loaded).trim_end());
    }
    let subject = source.file().map_or_else(|| "the environment".into(), |file| file.display().to_string());
    output.line(&verdict(&loaded.settings, &subject)?)
}

/// Reads the keys as well, and says what a node would still need.
fn verdict(settings: &Settings, subject: &str) -> Result<String, Problem> {
    let has_keys = !settings.key_files.is_empty() || !settings.secrets.is_empty();
    if has_keys || settings.plain {
        keyring(settings, Instant::ZERO)?;
    }
    check(settings)?;
    let wanting = [
        (settings.name.is_none(), "name"),
        (settings.bind.is_none(), "bind"),
        (!has_keys && !settings.plain, "key_file"),
    ];
    let missing: Vec<_> = wanting.into_iter().filter(|(wanting, _)| *wanting).map(|(_, key)| key).collect();
    Ok(match missing.as_slice() {
        [] => format!("{subject} is fine, and all that a node needs is given"),
        missing => format!("{subject} is fine; a node also needs: {}", missing.join(", ")),
    })
}

/// Refuses settings with which no node could start, as far as that can be told without starting one.
pub(crate) fn check(settings: &Settings) -> Result<(), Problem> {
    check_own(settings)?;
    settings.bind.as_ref().map_or(Ok(()), |bind| check_peers(settings, bind))?;
    files::check(settings)
}

/// What a node cannot do without was not given.
pub(crate) fn missing(key: &str) -> Problem {
    Problem::usage(format!("no {key} given. Give {}", Origin::every_way(key)))
}
