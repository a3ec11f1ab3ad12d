//! What happens to the computers that nodes run on.

use super::super::command::{Act, Command, Step};
use super::super::reading::{clock, each};
use super::Verb;

pub(super) const VERBS: &[Verb] = &[
    Verb {
        name: "pause",
        usage: "pause NODES [every TIME]",
        about: "they do nothing, as in a debugger, and what arrives waits for them",
        read: |words| each(words, Step::Pause),
    },
    Verb {
        name: "resume",
        usage: "resume NODES [every TIME]",
        about: "they go on, and find all that waited",
        read: |words| each(words, Step::Resume),
    },
    Verb {
        name: "slow",
        usage: "slow NODES by TIME",
        about: "they work so long on each input, and do nothing else meanwhile; by 0 s: no longer",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("by")?;
            Ok(Command::Act(Act::Slow { nodes, by: words.duration()? }))
        },
    },
    Verb {
        name: "late",
        usage: "late NODES by TIME",
        about: "their timers go off up to so much later; by 0 s: in time again",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("by")?;
            Ok(Command::Act(Act::Late { nodes, by: words.duration()? }))
        },
    },
    Verb {
        name: "batch",
        usage: "batch NODES within TIME [at most COUNT]",
        about: "what they send goes out when a timer goes off, up to so much later, as many datagrams and steps of streams \
                at a time; within 0 s: at once again",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("within")?;
            let within = words.duration()?;
            let at_most = if words.eat("at") {
                words.need("most")?;
                Some(words.some(u32::MAX)?)
            } else {
                None
            };
            Ok(Command::Act(Act::Batch { nodes, within, at_most }))
        },
    },
    Verb {
        name: "wake",
        usage: "wake NODES",
        about: "wakes them now, though they did not ask for it",
        read: |words| each(words, Step::Wake),
    },
    Verb {
        name: "clock",
        usage: "clock NODES rate SHARE % | clock NODES forward TIME | clock NODES back TIME",
        about: "their clocks go at that rate, 100 % being right and 0 % standing still, or are set",
        read: clock,
    },
];
