//! Who is against the cluster.

use super::super::command::{Act, Command};
use super::super::problem::Problem;
use super::super::reading::lie;
use super::Verb;

/// How many datagrams one command can send to a node.
const DATAGRAMS_MAX: u32 = 100_000;
/// How many it can send to all nodes together.
const DATAGRAMS_AT_ONCE: usize = 1_000_000;

pub(super) const VERBS: &[Verb] = &[
    Verb {
        name: "eavesdrop",
        usage: "eavesdrop",
        about: "somebody on the way writes every datagram down, until `repair`",
        read: |_| Ok(Command::Act(Act::Eavesdrop)),
    },
    Verb {
        name: "replay",
        usage: "replay N",
        about: "so many of the datagrams that were written down, any of them, arrive once more",
        read: |words| Ok(Command::Act(Act::Replay(words.some(DATAGRAMS_MAX)?))),
    },
    Verb {
        name: "lie",
        usage: "lie LIE [and LIE …] for TIME",
        about: "a hostile member, which is no node and answers nobody, says such things fifty times a second",
        read: lie,
    },
    Verb {
        name: "foreigners",
        usage: "foreigners N",
        about: "so many nodes of another cluster start, and try to join through ours",
        read: |words| Ok(Command::Act(Act::Foreigners(words.some(u32::MAX)?))),
    },
    Verb {
        name: "strangers",
        usage: "strangers NODES",
        about: "a node of another cluster starts at the address of each of them, which crash if they run",
        read: |words| Ok(Command::Act(Act::Strangers(words.nodes()?))),
    },
    Verb {
        name: "garbage",
        usage: "garbage N to NODES",
        about: "so many datagrams of random bytes arrive at each of them from nowhere",
        read: |words| {
            let count = words.some(DATAGRAMS_MAX)?;
            words.need("to")?;
            let nodes = words.nodes()?;
            if nodes.len() * count as usize > DATAGRAMS_AT_ONCE {
                return Err(Problem::Setting {
                    text: format!("at most {DATAGRAMS_AT_ONCE} datagrams at once"),
                });
            }
            Ok(Command::Act(Act::Garbage { count, nodes }))
        },
    },
];
