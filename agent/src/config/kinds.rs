//! A node has sockets of one kind, and reaches only those of the same kind.

use crate::config::settings::Settings;
use crate::place::Place;
use crate::problem::Problem;

/// Refuses places that the node could never reach from where it listens.
pub(super) fn check(settings: &Settings) -> Result<(), Problem> {
    let Some(bind) = &settings.bind else { return Ok(()) };
    let unix = bind.is_unix();
    let other = |place: &&Place| place.is_unix() != unix;
    let (own, wanted) = match unix {
        true => ("is a Unix socket", "unix:/PATH or unix:@NAME"),
        false => ("is an IP address", "HOST:PORT"),
    };
    if let Some(place) = settings.advertise.iter().find(other) {
        return Err(Problem::usage(format!(
            "cannot advertise {place}, because bind {own}: write it as {wanted}, or leave it out"
        )));
    }
    if let Some(place) = settings.peers.iter().find(other) {
        return Err(Problem::usage(format!("cannot join {place}, because bind {own}: write it as {wanted}")));
    }
    if unix && !settings.discover.is_empty() {
        return Err(Problem::usage(
            "discover finds IP addresses, and bind is a Unix socket: name the peers as unix:/PATH or unix:@NAME",
        ));
    }
    if settings.socket_mode.is_some() && !matches!(bind, Place::Unix(swim_core::Addr::UnixPath(_))) {
        return Err(Problem::usage("socket_mode is for the files of Unix sockets, and bind names no file"));
    }
    Ok(())
}
