//! Every setting, in the order in which they are applied and told.

use std::net::SocketAddr;
use std::path::PathBuf;

use swim_core::{InvalidKey, Name};

use crate::config::protocol::PROTOCOL;
use crate::config::setting::{Change, Section, Setting, Shape};
use crate::config::settings::Settings;
use crate::config::value::{
    choice, count, flag, one, parse, parse_all, quote, quote_all, quote_time, refusal, time, word,
};
use crate::config::{registers, until};
use crate::place::parse_peer;

/// Every setting.
pub(crate) fn all_settings() -> impl Iterator<Item = &'static Setting> + Clone {
    OUTSIDE.iter().chain(PROTOCOL)
}

/// The setting with this key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    all_settings().find(|setting| setting.key == key)
}

/// What most settings have in common.
pub(super) const COMMON: Setting = Setting {
    key: "",
    section: Section::Node,
    option: None,
    metavar: "",
    help: "",
    sample: "",
    range: "",
    shape: Shape::One,
    change: Change::Restart,
    set: |_, _| Ok(()),
    show: |_| None,
};

/// All but those of the protocol.
const OUTSIDE: &[Setting] = &[
    Setting {
        key: "name",
        option: Some("name"),
        metavar: "NAME",
        help: "What the others call this node; unique in the cluster",
        sample: "\"alice\"",
        range: "1 to 255 bytes",
        set: |settings, values| {
            let name = one(values);
            settings.name = Some(Name::new(name).map_err(|why| why.to_string())?);
            Ok(())
        },
        show: |settings| settings.name.as_ref().map(quote),
        ..COMMON
    },
    Setting {
        key: "cluster",
        option: Some("cluster"),
        metavar: "NAME",
        help: "Which cluster this node belongs to; nodes of different clusters ignore each other",
        range: "any text of at least 1 byte",
        set: |settings, values| {
            one(values).clone_into(&mut settings.cluster);
            let refused = || "a cluster has a name of at least 1 byte: leave it out for 'swim'".into();
            (!settings.cluster.is_empty()).then_some(()).ok_or_else(refused)
        },
        show: |settings| Some(quote(&settings.cluster)),
        ..COMMON
    },
    Setting {
        key: "registers",
        option: Some("set"),
        metavar: "KEY=VALUE",
        help: "Values of this node for all others to see",
        sample: "{ role = \"web\" }",
        range: "keys of 1 to 64 bytes, values of at most 512",
        shape: Shape::Pairs,
        change: Change::Reload,
        set: |settings, values| registers::parse(values).map(|registers| settings.registers = registers),
        show: registers::show,
        ..COMMON
    },
    Setting {
        key: "adapter",
        section: Section::Network,
        option: Some("adapter"),
        metavar: "ADAPTER",
        help: "What carries the protocol: std uses plain threads, tokio and smol their tasks",
        range: "std, tokio, smol",
        set: |settings, values| choice(one(values)).map(|adapter| settings.adapter = adapter),
        show: |settings| Some(quote(word(&settings.adapter))),
        ..COMMON
    },
    Setting {
        key: "bind",
        section: Section::Network,
        option: Some("bind"),
        metavar: "HOST:PORT",
        help: "Where to listen, for UDP and TCP alike; port 0 takes any free port. Or unix:/PATH or unix:@NAME, for \
               nodes of one machine",
        sample: "\"0.0.0.0:7946\"",
        range: "an address of this machine, or a Unix socket",
        set: |settings, values| parse(one(values)).map(|place| settings.bind = Some(place)),
        show: |settings| settings.bind.as_ref().map(quote),
        ..COMMON
    },
    Setting {
        key: "socket_mode",
        section: Section::Network,
        option: Some("socket-mode"),
        metavar: "MODE",
        help: "Who may use the files of a Unix socket: 600 lets only this user send; as the umask says if not given",
        sample: "\"600\"",
        range: "three octal digits",
        set: set_socket_mode,
        show: |settings| settings.socket_mode.map(|mode| quote(format_args!("{mode:03o}"))),
        ..COMMON
    },
    Setting {
        key: "advertise",
        section: Section::Network,
        option: Some("advertise"),
        metavar: "HOST:PORT",
        help: "Where the others reach this node, if that is not where it listens; port 0 means the port it listens on. \
               Or a Unix socket, if it listens on one",
        sample: "\"10.0.0.5:7946\"",
        range: "an address that the others can send to",
        set: |settings, values| parse(one(values)).map(|place| settings.advertise = Some(place)),
        show: |settings| settings.advertise.as_ref().map(quote),
        ..COMMON
    },
    Setting {
        key: "peers",
        section: Section::Finding,
        option: Some("join"),
        metavar: "HOST:PORT",
        help: "Members to join through; one that answers is enough. Names are looked up again and again. Or Unix \
               sockets, as unix:/PATH or unix:@NAME",
        sample: "[\"10.0.0.6:7946\", \"db-1.example.org:7946\"]",
        range: "any number",
        shape: Shape::List,
        change: Change::Reload,
        set: |settings, values| {
            let parsed = values.iter().map(|text| parse_peer(text).map_err(|why| refusal(text, why)));
            parsed.collect::<Result<_, _>>().map(|peers| settings.peers = peers)
        },
        show: |settings| quote_all(&settings.peers),
    },
    Setting {
        key: "discover",
        section: Section::Finding,
        option: Some("discover"),
        metavar: "NAME",
        help: "Names of which DNS tells all members: NAME or NAME:PORT for addresses, without a port the one this node \
               listens on; _SERVICE._PROTOCOL.NAME for SRV records. This node's own address is found among the \
               answers, and advertised where neither bind nor advertise says one",
        sample: "[\"tasks.web\", \"_swim._udp.example.org\"]",
        range: "any number",
        shape: Shape::List,
        change: Change::Reload,
        set: |settings, values| parse_all(values).map(|services| settings.discover = services),
        show: |settings| quote_all(&settings.discover),
    },
    Setting {
        key: "dns",
        section: Section::Finding,
        option: Some("dns"),
        metavar: "IP:PORT",
        help: "Name servers to ask; without any, those of /etc/resolv.conf",
        sample: "[\"127.0.0.53:53\"]",
        range: "any number",
        shape: Shape::List,
        change: Change::Reload,
        set: |settings, values| {
            let parsed = values.iter().map(|text| {
                let server: Option<SocketAddr> =
                    text.parse().ok().filter(|addr: &SocketAddr| addr.port() != 0);
                server.ok_or_else(|| refusal(text, "write it as IP:PORT, such as 127.0.0.53:53"))
            });
            parsed.collect::<Result<_, _>>().map(|servers| settings.dns = servers)
        },
        show: |settings| quote_all(&settings.dns),
    },
    Setting {
        key: "plain",
        section: Section::Authentication,
        option: Some("plain"),
        help: "Run without a key and without any authentication: whoever can send to this port can forge anything",
        range: "true or false",
        shape: Shape::Flag,
        change: Change::Reload,
        set: |settings, values| flag(one(values)).map(|plain| settings.plain = plain),
        show: |settings| Some(settings.plain.to_string()),
        ..COMMON
    },
    Setting {
        key: "key_file",
        section: Section::Authentication,
        option: Some("key-file"),
        metavar: "FILE",
        help: "Files with the keys that all nodes of the cluster share, see `swim keygen`; the first one seals, all open",
        sample: "[\"cluster.key\"]",
        range: "1 to 8 files",
        shape: Shape::List,
        change: Change::Reload,
        set: |settings, values| {
            settings.key_files = values.iter().map(PathBuf::from).collect();
            Ok(())
        },
        show: |settings| quote_all(settings.key_files.iter().map(|file| file.display())),
    },
    Setting {
        key: "secret",
        section: Section::Authentication,
        help: "The keys themselves instead of their files, as `swim keygen` prints them; never on the command line, \
               where others see it",
        sample: "[\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]",
        range: "1 to 8 keys of 64 hexadecimal digits",
        shape: Shape::List,
        change: Change::Reload,
        set: |settings, values| {
            // The text is a secret, so it does not appear in what is told.
            let parsed = values.iter().map(|text| text.parse().map_err(|why: InvalidKey| why.to_string()));
            parsed.collect::<Result<_, _>>().map(|secrets| settings.secrets = secrets)
        },
        show: |settings| quote_all(settings.secrets.iter().map(|key| format!("key {}", key.fingerprint()))),
        ..COMMON
    },
    Setting {
        key: "plain_frames",
        section: Section::Authentication,
        option: Some("plain-frames"),
        metavar: "WHAT",
        help: "What to do with frames that are not sealed, while a cluster without keys gets its first one: refuse \
               them, accept them, or also send them",
        range: "refuse, accept, send",
        change: Change::Reload,
        set: |settings, values| choice(one(values)).map(|what| settings.plain_frames = what),
        show: |settings| Some(quote(word(&settings.plain_frames))),
        ..COMMON
    },
    Setting {
        key: "plain_until",
        section: Section::Authentication,
        option: Some("plain-until"),
        metavar: "TIME",
        help: "When plain frames are refused in any case",
        sample: "\"2030-01-31T12:00:00Z\"",
        range: "a time in UTC; needed unless plain_frames is refuse",
        change: Change::Reload,
        set: |settings, values| until::parse(one(values)).map(|time| settings.plain_until = Some(time)),
        show: |settings| settings.plain_until.map(|time| quote(until::show(time))),
        ..COMMON
    },
    Setting {
        key: "state",
        section: Section::State,
        option: Some("state"),
        metavar: "FILE",
        help: "Where to keep what this node knows, for its next start; it finds its cluster from it without peers",
        sample: "\"/var/lib/swim/state\"",
        range: "a file in a folder that this program may write to",
        set: |settings, values| {
            settings.state = Some(one(values).into());
            Ok(())
        },
        show: |settings| settings.state.as_ref().map(|file| quote(file.display())),
        ..COMMON
    },
    Setting {
        key: "state_interval",
        section: Section::State,
        option: Some("state-interval"),
        metavar: "TIME",
        help: "How often the state is written, beside at the start and when leaving",
        range: "1s to 1day",
        set: set_state_interval,
        show: |settings| Some(quote_time(settings.state_interval)),
        ..COMMON
    },
    Setting {
        key: "record",
        section: Section::State,
        option: Some("record"),
        metavar: "FILE",
        help: "Where to record all that this node is told and answers, for `sim replay`. A file of an earlier start is \
               kept beside it, as FILE.last",
        sample: "\"/var/lib/swim/trace\"",
        range: "a file in a folder that this program may write to",
        set: |settings, values| {
            settings.record = Some(one(values).into());
            Ok(())
        },
        show: |settings| settings.record.as_ref().map(|file| quote(file.display())),
        ..COMMON
    },
    Setting {
        key: "record_limit",
        section: Section::State,
        option: Some("record-limit"),
        metavar: "MIB",
        help: "How large the record may get, in MiB; then it stops, and the node goes on",
        range: "1 to 1048576",
        set: set_record_limit,
        show: |settings| Some(settings.record_limit.to_string()),
        ..COMMON
    },
];

fn set_socket_mode(settings: &mut Settings, values: &[&str]) -> Result<(), String> {
    let text = one(values);
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| text.len() == 3 && *mode <= 0o777);
    let mode = mode.ok_or_else(|| refusal(text, "write three octal digits, such as 600"))?;
    settings.socket_mode = Some(mode);
    Ok(())
}

fn set_record_limit(settings: &mut Settings, values: &[&str]) -> Result<(), String> {
    let limit = count(one(values), u32::MAX)?;
    if !(1..=1_048_576).contains(&limit) {
        return Err(refusal(one(values), "it must be at least 1 and at most 1048576, in MiB"));
    }
    settings.record_limit = limit;
    Ok(())
}

fn set_state_interval(settings: &mut Settings, values: &[&str]) -> Result<(), String> {
    let interval = time(one(values))?;
    if !(1..=86_400).contains(&interval.as_secs()) {
        return Err(refusal(one(values), "it must be at least 1s and at most 1day"));
    }
    settings.state_interval = interval;
    Ok(())
}
