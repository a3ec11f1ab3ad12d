//! Every command: its name, its form, and what it does.

use super::command::{Act, Command, Question, Step};
use super::problem::Problem;
use super::reading::{cluster, each, expect, flap, lie, restart, run, who};
use super::words::Words;

/// One command of the language.
#[derive(Debug)]
pub struct Verb {
    /// Its first word.
    pub name: &'static str,
    /// Its form: words in capitals stand for something, brackets are optional.
    pub usage: &'static str,
    /// What it does.
    pub about: &'static str,
    pub(super) read: fn(&mut Words<'_>) -> Result<Command, Problem>,
}

/// All commands, in the order in which a newcomer needs them.
pub const VERBS: &[Verb] = &[
    Verb {
        name: "cluster",
        usage: "cluster N [local|lan|wan] [with SETTING VALUE, …]",
        about: "so many nodes, n0 and so on, start within a second and join through n0 to n2",
        read: cluster,
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
        name: "add",
        usage: "add N",
        about: "starts so many more nodes within a second",
        read: |words| Ok(Command::Act(Act::Add(words.count()?))),
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
        name: "links",
        usage: "links [TIME [to TIME]] [loss SHARE %]",
        about: "how all links behave: one-way latency and lost datagrams",
        read: |words| Ok(Command::Act(Act::Links(words.link()?))),
    },
    Verb {
        name: "link",
        usage: "link NODES -> NODES [TIME [to TIME]] [loss SHARE %]",
        about: "how the links from these to those behave",
        read: |words| {
            let from = words.nodes()?;
            words.need("->")?;
            let to = words.nodes()?;
            Ok(Command::Act(Act::Link { from, to, link: words.link()? }))
        },
    },
    Verb {
        name: "partition",
        usage: "partition NODES | NODES [| NODES …]",
        about: "nodes of different groups cannot reach each other; those in no group reach everybody",
        read: |words| Ok(Command::Act(Act::Partition(words.groups()?))),
    },
    Verb {
        name: "oneway",
        usage: "oneway NODES -> NODES",
        about: "nothing that these send reaches those; the way back stays open",
        read: |words| {
            let from = words.nodes()?;
            words.need("->")?;
            Ok(Command::Act(Act::Oneway { from, to: words.nodes()? }))
        },
    },
    Verb {
        name: "block",
        usage: "block NODES | NODES [| NODES …]",
        about: "no datagrams get from one group to another, only streams, until `repair`",
        read: |words| Ok(Command::Act(Act::Block(words.groups()?))),
    },
    Verb {
        name: "isolate",
        usage: "isolate NODES",
        about: "each of them is cut off from everybody",
        read: |words| Ok(Command::Act(Act::Isolate(words.nodes()?))),
    },
    Verb {
        name: "ring",
        usage: "ring N",
        about: "every node reaches only the next N nodes on either side, the last being next to n0",
        read: |words| Ok(Command::Act(Act::Ring { reach: words.count()? })),
    },
    Verb {
        name: "flap",
        usage: "flap NODES | NODES [| NODES …] every TIME for TIME",
        about: "a partition that comes and goes, so long each, and is gone at the end",
        read: flap,
    },
    Verb {
        name: "repair",
        usage: "repair",
        about: "ends all partitions, makes all links as at first, and nothing is duplicated, corrupted, boastful or in bursts",
        read: |_| Ok(Command::Act(Act::Repair)),
    },
    Verb {
        name: "duplicate",
        usage: "duplicate SHARE % within TIME",
        about: "that share of the datagrams arrives a second time, up to so much later",
        read: |words| {
            let share = words.share()?;
            words.need("within")?;
            Ok(Command::Act(Act::Duplicate { share, within: words.duration()? }))
        },
    },
    Verb {
        name: "corrupt",
        usage: "corrupt SHARE %",
        about: "a bit of that share of the datagrams arrives flipped",
        read: |words| Ok(Command::Act(Act::Corrupt { share: words.share()? })),
    },
    Verb {
        name: "boast",
        usage: "boast SHARE %",
        about: "that share of what is written on streams announces a frame of four gigabytes",
        read: |words| Ok(Command::Act(Act::Boast { share: words.share()? })),
    },
    Verb {
        name: "bursts",
        usage: "bursts good TIME bad TIME",
        about: "each link is good and bad in turns, for so long on average, and loses all while it is bad",
        read: |words| {
            words.need("good")?;
            let good = words.duration()?;
            words.need("bad")?;
            Ok(Command::Act(Act::Bursts { good, bad: words.duration()? }))
        },
    },
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
        read: |words| Ok(Command::Act(Act::Replay(words.count()?))),
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
        read: |words| Ok(Command::Act(Act::Foreigners(words.count()?))),
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
            let count = words.count()?;
            words.need("to")?;
            Ok(Command::Act(Act::Garbage { count, nodes: words.nodes()? }))
        },
    },
];
