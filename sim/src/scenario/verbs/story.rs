//! What a story is told with: time, expectations and answers.

use super::super::command::{Act, Command, Question};
use super::super::reading::{cluster, expect, run, who};
use super::Verb;

pub(super) const VERBS: &[Verb] = &[
    Verb {
        name: "cluster",
        usage: "cluster N [local|lan|wan] [sealed [hmac|chacha|aes]] [with SETTING VALUE, …]",
        about: "so many nodes, n0 and so on, start within a second and join through n0 to n2",
        read: cluster,
    },
    Verb {
        name: "add",
        usage: "add N",
        about: "starts so many more nodes within a second",
        read: |words| Ok(Command::Act(Act::Add(words.some(u32::MAX)?))),
    },
    Verb {
        name: "run",
        usage: "run TIME | run until TIME",
        about: "lets time pass; a time since the start after `until`",
        read: run,
    },
    Verb {
        name: "expect",
        usage: "expect CLAIM [within TIME | for TIME]",
        about: "must be true now, at some time until then, or about all of that time",
        read: expect,
    },
    Verb {
        name: "news",
        usage: "news [of NODES]",
        about: "tells what applications were told since the last change",
        read: |words| Ok(Command::Ask(Question::News(words.nodes_or_everyone("of")?))),
    },
    Verb {
        name: "members",
        usage: "members [of NODES]",
        about: "tells what they believe of all the others",
        read: |words| Ok(Command::Ask(Question::Members(words.nodes_or_everyone("of")?))),
    },
    Verb {
        name: "who",
        usage: "who believes NODES alive|suspect|dead|left|gone|unknown",
        about: "tells which nodes believe that of all these",
        read: who,
    },
    Verb {
        name: "registers",
        usage: "registers [of NODES]",
        about: "tells who reads what in their registers",
        read: |words| Ok(Command::Ask(Question::Registers(words.nodes_or_everyone("of")?))),
    },
    Verb {
        name: "events",
        usage: "events of NODES",
        about: "tells every event that their applications were told since the last change",
        read: |words| {
            words.need("of")?;
            Ok(Command::Ask(Question::Events(words.nodes()?)))
        },
    },
    Verb {
        name: "traffic",
        usage: "traffic",
        about: "tells what was sent since the last change",
        read: |_| Ok(Command::Ask(Question::Traffic)),
    },
    Verb {
        name: "drops",
        usage: "drops",
        about: "tells what nodes refused to believe since they started, and why",
        read: |_| Ok(Command::Ask(Question::Drops)),
    },
];
