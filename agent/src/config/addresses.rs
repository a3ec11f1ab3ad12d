//! Which addresses go together: a node has sockets of one kind, and reaches only those of the same kind.

use std::net::IpAddr;

use swim_core::Addr;

use crate::config::settings::Settings;
use crate::place::Place;
use crate::problem::Problem;

/// Refuses a place to listen at that the others could never reach as it is advertised.
pub(crate) fn check_own(settings: &Settings) -> Result<(), Problem> {
    let Some(bind) = &settings.bind else { return Ok(()) };
    if let Some(place) = &settings.advertise
        && let Some(Mismatch { own, wanted }) = mismatch(bind, place)
    {
        return Err(Problem::usage(format!(
            "cannot advertise {place}, because bind {own}: write it as {wanted}, or leave it out"
        )));
    }
    if settings.socket_mode.is_some() && !matches!(bind, Place::Unix(Addr::UnixPath(_))) {
        return Err(Problem::usage("socket_mode is for the files of Unix sockets, and bind names no file"));
    }
    // What listens everywhere may find its own address by DNS.
    let told = settings.advertise.as_ref().or(settings.discover.is_empty().then_some(bind));
    match told.and_then(Place::ip).filter(IpAddr::is_unspecified) {
        Some(ip) => Err(unreachable(ip)),
        None => Ok(()),
    }
}

/// Refuses peers that a node which listens there could never reach.
pub(crate) fn check_peers(settings: &Settings, bind: &Place) -> Result<(), Problem> {
    for place in &settings.peers {
        if let Some(Mismatch { own, wanted }) = mismatch(bind, place) {
            return Err(Problem::usage(format!(
                "cannot join {place}, because bind {own}: write it as {wanted}"
            )));
        }
    }
    if bind.is_unix() && !settings.discover.is_empty() {
        return Err(Problem::usage(
            "discover finds IP addresses, and bind is a Unix socket: name the peers as unix:/PATH or unix:@NAME",
        ));
    }
    Ok(())
}

/// Nobody can send to an address that stands for all of a machine.
pub(crate) fn unreachable(ip: IpAddr) -> Problem {
    Problem::usage(format!(
        "others cannot send to {ip}. Add --advertise HOST:PORT with an address of this machine that they can reach"
    ))
}

/// What a node is, and what it would reach, in words.
struct Mismatch {
    own: &'static str,
    wanted: &'static str,
}

enum Kind {
    Unix,
    Ipv4,
    Ipv6,
    /// Both families, or a name that may lead to either.
    AnyIp,
}

fn mismatch(bind: &Place, other: &Place) -> Option<Mismatch> {
    let (own, wanted) = match (kind(bind), kind(other)) {
        (Kind::Unix, Kind::Ipv4 | Kind::Ipv6 | Kind::AnyIp) => {
            ("is a Unix socket", "unix:/PATH or unix:@NAME")
        }
        (Kind::Ipv4 | Kind::Ipv6 | Kind::AnyIp, Kind::Unix) => ("is an IP address", "HOST:PORT"),
        (Kind::Ipv4, Kind::Ipv6) => ("is an IPv4 address", "an IPv4 address, or bind to [::]:PORT for both"),
        (Kind::Ipv6, Kind::Ipv4) => ("is an IPv6 address", "an IPv6 address, or bind to [::]:PORT for both"),
        _ => return None,
    };
    Some(Mismatch { own, wanted })
}

fn kind(place: &Place) -> Kind {
    match (place, place.ip()) {
        (Place::Unix(_), _) => Kind::Unix,
        (_, Some(IpAddr::V4(_))) => Kind::Ipv4,
        (_, Some(IpAddr::V6(ip))) if !ip.is_unspecified() => Kind::Ipv6,
        _ => Kind::AnyIp,
    }
}
