//! The keys of the cluster.

use swim_core::{Instant, Key, Keyring, KeyringError, Mode};

use crate::config::settings::{PlainFrames, Settings};
use crate::config::until::remaining;
use crate::keyfile;
use crate::problem::{Problem, warn};

/// Reads the keys and says how to use them, from `now` on the node's clock. Running without authentication takes
/// more than forgetting an option.
pub(crate) fn keyring(settings: &Settings, now: Instant) -> Result<Keyring, Problem> {
    if settings.plain {
        return Ok(Keyring::plain());
    }
    let mut keys = keys(settings)?.into_iter();
    let sealing = keys.next().ok_or_else(no_key)?;
    let mut keyring = Keyring::with_mode(sealing, mode(settings, now)?);
    for key in keys {
        keyring.install(key).map_err(|error| refused(&error))?;
    }
    Ok(keyring)
}

fn refused(error: &KeyringError) -> Problem {
    Problem::usage(match error {
        KeyringError::AlreadyInstalled => "a key is given twice: remove one of the two".into(),
        error => format!("these keys cannot be used together: {error}"),
    })
}

/// How frames are sealed, in words.
pub(crate) fn describe(keyring: &Keyring) -> String {
    let Some(id) = keyring.key_ids().next() else { return "no authentication".into() };
    match keyring.mode() {
        Some(Mode::SendPlain { .. }) => format!("not sealed yet, but opens key {id}"),
        Some(Mode::AcceptPlain { .. }) => format!("sealed with key {id}, plain frames accepted"),
        Some(Mode::Strict) | None => format!("sealed with key {id}"),
    }
}

/// What tells one keyring from another, without a secret.
pub(crate) fn fingerprints(keyring: &Keyring) -> Vec<String> {
    keyring.keys().map(|key| key.fingerprint().to_string()).collect()
}

fn keys(settings: &Settings) -> Result<Vec<Key>, Problem> {
    let from_files = settings.key_files.iter().map(|file| keyfile::read(file));
    let themselves = settings.secrets.iter().cloned().map(Ok);
    from_files.chain(themselves).collect()
}

fn mode(settings: &Settings, now: Instant) -> Result<Mode, Problem> {
    let end = || {
        let until = settings.plain_until.ok_or_else(|| {
            Problem::usage(
                "plain_frames needs an end: say when plain frames are refused, such as plain_until = \
                 \"2030-01-31T12:00:00Z\"",
            )
        })?;
        let remaining = remaining(until);
        if remaining.is_zero() {
            // A node that was set up for the change must start after it, too.
            warn("plain_until is over, so plain frames are refused: take plain_frames and plain_until out");
        }
        Ok((now + remaining).as_nanos())
    };
    Ok(match settings.plain_frames {
        PlainFrames::Refuse => Mode::Strict,
        PlainFrames::Accept => Mode::AcceptPlain { until: end()? },
        PlainFrames::Send => Mode::SendPlain { until: end()? },
    })
}

fn no_key() -> Problem {
    Problem::usage(
        "no key given. Make one with `swim keygen FILE` and add --key-file FILE; \
         or add --plain to run without any authentication",
    )
}
