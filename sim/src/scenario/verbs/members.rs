//! What happens to members, one after the other.

use super::super::command::{Act, Command, Step};
use super::super::reading::{each, keys, restart, steps, through};
use super::super::settings::settings;
use super::Verb;

pub(super) const VERBS: &[Verb] = &[
    Verb {
        name: "crash",
        usage: "crash NODES [every TIME]",
        about: "cuts their power, one after the other",
        read: |words| each(words, Step::Crash),
    },
    Verb {
        name: "restart",
        usage: "restart NODES [through NODES] [every TIME]",
        about: "starts them again with nothing left of their former lives, crashing those that run",
        read: restart,
    },
    Verb {
        name: "leave",
        usage: "leave NODES [every TIME]",
        about: "lets them say goodbye; their processes end four seconds later",
        read: |words| each(words, Step::Leave),
    },
    Verb {
        name: "set",
        usage: "set NODES KEY = VALUE",
        about: "sets a register of each of them",
        read: |words| {
            let (nodes, key) = (words.nodes()?, words.text("a key")?.into());
            words.need("=")?;
            Ok(Command::Act(Act::Set { nodes, key, value: words.text("a value")?.into() }))
        },
    },
    Verb {
        name: "remove",
        usage: "remove NODES KEY",
        about: "removes a register of each of them",
        read: |words| {
            Ok(Command::Act(Act::Remove { nodes: words.nodes()?, key: words.text("a key")?.into() }))
        },
    },
    Verb {
        name: "deafen",
        usage: "deafen NODES",
        about: "their applications take no events any more",
        read: |words| each(words, Step::Deafen),
    },
    Verb {
        name: "listen",
        usage: "listen NODES",
        about: "their applications take events again",
        read: |words| each(words, Step::Listen),
    },
    Verb {
        name: "bounce",
        usage: "bounce NODES down TIME [every TIME]",
        about: "cuts their power, and starts them again after that time with nothing left",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("down")?;
            let down = words.duration()?;
            steps(words, Step::Bounce { down }, nodes)
        },
    },
    Verb {
        name: "vanish",
        usage: "vanish NODES [every TIME]",
        about: "unplugs their computers: streams to them hang instead of failing, and they are isolated until `repair`",
        read: |words| each(words, Step::Vanish),
    },
    Verb {
        name: "move",
        usage: "move NODES [through NODES] [every TIME]",
        about: "starts them again at other addresses, with nothing left of their former lives",
        read: |words| {
            let (nodes, through) = (words.nodes()?, through(words)?);
            steps(words, Step::Move { through }, nodes)
        },
    },
    Verb {
        name: "save",
        usage: "save NODES [every TIME]",
        about: "writes a snapshot of each of them, over an older one",
        read: |words| each(words, Step::Save),
    },
    Verb {
        name: "recover",
        usage: "recover NODES [every TIME]",
        about: "starts them again with what was saved, crashing those that run",
        read: |words| each(words, Step::Recover),
    },
    Verb {
        name: "keys",
        usage: "keys NODES install N [hmac|chacha|aes] | keys NODES use N | keys NODES remove N",
        about: "does that with a key, of which a sealed cluster starts with key 1; who restarts keeps its keys",
        read: keys,
    },
    Verb {
        name: "reconfigure",
        usage: "reconfigure NODES with SETTING VALUE, …",
        about: "gives them other settings while they run, until they start again",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("with")?;
            Ok(Command::Act(Act::Reconfigure { nodes, settings: settings(words)? }))
        },
    },
];
