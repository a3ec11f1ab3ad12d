//! The settings of the protocol. Their ranges are the protocol's own.

use crate::config::setting::{Change, Section, Setting};
use crate::config::table::COMMON;
use crate::config::value::{choice, count, one, quote, quote_time, time, word};

/// A time of the protocol.
macro_rules! protocol_time {
    ($field:ident, $option:literal, $help:literal) => {
        Setting {
            key: stringify!($field),
            section: Section::Protocol,
            option: Some($option),
            metavar: "TIME",
            help: $help,
            change: Change::Reload,
            set: |settings, values| time(one(values)).map(|time| settings.protocol.$field = time),
            show: |settings| Some(quote_time(settings.protocol.$field)),
            ..COMMON
        }
    };
}

/// A number of the protocol.
macro_rules! protocol_count {
    ($field:ident, $type:ty, $option:literal, $help:literal) => {
        Setting {
            key: stringify!($field),
            section: Section::Protocol,
            option: Some($option),
            metavar: "N",
            help: $help,
            change: Change::Reload,
            set: |settings, values| {
                count(one(values), <$type>::MAX).map(|count| settings.protocol.$field = count)
            },
            show: |settings| Some(settings.protocol.$field.to_string()),
            ..COMMON
        }
    };
}

/// The preset comes before the numbers that it presets.
pub(super) const PROTOCOL: &[Setting] = &[
    Setting {
        key: "preset",
        section: Section::Protocol,
        option: Some("preset"),
        metavar: "PRESET",
        help: "How far apart the nodes are, the same for all: local (one machine or rack), lan (one data centre) or \
               wan (across the internet). It presets all that follows",
        range: "local, lan, wan",
        change: Change::Reload,
        set: |settings, values| {
            settings.preset = choice(one(values))?;
            settings.protocol = settings.preset.config();
            Ok(())
        },
        show: |settings| Some(quote(word(&settings.preset))),
        ..COMMON
    },
    protocol_time!(probe_interval, "probe-interval", "Time from one probe to the next"),
    protocol_time!(
        probe_timeout,
        "probe-timeout",
        "How long to wait for a direct answer; below probe_interval"
    ),
    protocol_count!(
        indirect_probes,
        u8,
        "indirect-probes",
        "How many members are asked to probe a silent one"
    ),
    protocol_count!(
        suspicion_multiplier,
        u8,
        "suspicion-multiplier",
        "How many probe intervals a suspected member has to refute, at least"
    ),
    protocol_count!(
        suspicion_max_multiplier,
        u8,
        "suspicion-max-multiplier",
        "How many times longer it has while there is a single accuser"
    ),
    protocol_count!(
        health_max,
        u8,
        "health-max",
        "How far a node that doubts itself stretches its probes; 0 switches the doubt off"
    ),
    protocol_time!(gossip_interval, "gossip-interval", "Time from one gossip round to the next"),
    protocol_count!(gossip_fanout, u8, "gossip-fanout", "How many members hear from us in one gossip round"),
    protocol_count!(
        retransmit_multiplier,
        u8,
        "retransmit-multiplier",
        "How often news is repeated: this times the logarithm of the number of members"
    ),
    protocol_time!(
        gossip_to_dead,
        "gossip-to-dead",
        "How long after its death a member still gets some gossip"
    ),
    protocol_count!(
        datagram_limit,
        u16,
        "datagram-limit",
        "Largest datagram in bytes; larger things go over TCP"
    ),
    protocol_time!(
        heal_interval,
        "heal-interval",
        "Pause between attempts to reach members that are gone, and the longest between attempts to join"
    ),
    protocol_time!(tombstone, "tombstone", "How long a node remembers who failed or left"),
    protocol_time!(leave_timeout, "leave-timeout", "How long a leaving node keeps telling, at most"),
    protocol_time!(stream_timeout, "stream-timeout", "How long one exchange over TCP may take"),
    protocol_count!(
        streams_per_source,
        u8,
        "streams-per-source",
        "Streams from one address that are served at a time; raise it where many members share one"
    ),
    protocol_count!(
        newcomers_per_minute,
        u32,
        "newcomers-per-minute",
        "Members that one member may make known in a minute"
    ),
    protocol_count!(
        max_members,
        u32,
        "max-members",
        "Members that are remembered at most, the gone ones included"
    ),
    protocol_count!(max_events, u32, "max-events", "Events that wait to be told at most"),
];
