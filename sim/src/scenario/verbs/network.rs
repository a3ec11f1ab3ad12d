//! What happens on the network.

use super::super::command::{Act, Command};
use super::super::reading::{KINDS, flap, streams};
use super::Verb;

pub(super) const VERBS: &[Verb] = &[
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
        name: "isolate",
        usage: "isolate NODES",
        about: "each of them is cut off from everybody",
        read: |words| Ok(Command::Act(Act::Isolate(words.nodes()?))),
    },
    Verb {
        name: "ring",
        usage: "ring N",
        about: "every node reaches only the next N nodes on either side, the last being next to n0",
        read: |words| Ok(Command::Act(Act::Ring { reach: words.some(u32::MAX)? })),
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
        about: "ends all partitions, makes all links as at first, and nothing is duplicated, corrupted or in bursts",
        read: |_| Ok(Command::Act(Act::Repair)),
    },
    Verb {
        name: "block",
        usage: "block NODES | NODES [| NODES …]",
        about: "no datagrams get from one group to another, only streams, until `repair`",
        read: |words| Ok(Command::Act(Act::Block(words.groups()?))),
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
        name: "bursts",
        usage: "bursts good TIME bad TIME",
        about: "each link is good and bad in turns, for so long on average, and loses all while it is bad",
        read: |words| {
            words.need("good")?;
            let good = words.period()?;
            words.need("bad")?;
            Ok(Command::Act(Act::Bursts { good, bad: words.period()? }))
        },
    },
    Verb {
        name: "bridge",
        usage: "bridge NODES | NODES [| NODES …] over NODES",
        about: "a partition in which those after `over`, who are in no group then, reach everybody",
        read: |words| {
            let groups = words.groups()?;
            words.need("over")?;
            let over = words.nodes()?;
            Ok(Command::Act(Act::Partition(groups.iter().map(|group| group.without(&over)).collect())))
        },
    },
    Verb {
        name: "clog",
        usage: "clog NODES within TIME",
        about: "isolates them one after the other, and lets them back in another order, all within that time",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("within")?;
            Ok(Command::Act(Act::Clog { nodes, within: words.period()? }))
        },
    },
    Verb {
        name: "hold",
        usage: "hold NODES -> NODES",
        about: "keeps the datagrams that these send to those, until `release`",
        read: |words| {
            let from = words.nodes()?;
            words.need("->")?;
            Ok(Command::Act(Act::Hold { from, to: words.nodes()? }))
        },
    },
    Verb {
        name: "release",
        usage: "release",
        about: "sends on what was held, in order, and holds nothing any more",
        read: |_| Ok(Command::Act(Act::Release)),
    },
    Verb {
        name: "nat",
        usage: "nat NODES for TIME",
        about: "what reaches these answers what they sent less than that time ago, until `repair`",
        read: |words| {
            let nodes = words.nodes()?;
            words.need("for")?;
            Ok(Command::Act(Act::Nat { nodes, memory: words.duration()? }))
        },
    },
    Verb {
        name: "mute",
        usage: "mute KIND SHARE %",
        about: "that share of the datagrams that begin with such a message is lost, until `repair`",
        read: |words| Ok(Command::Act(Act::Mute { kind: words.one_of(KINDS)?, share: words.share()? })),
    },
    Verb {
        name: "streams",
        usage: "streams [reset SHARE %] [pieces N] [stalled SHARE % by TIME] [boastful SHARE %]",
        about: "how streams fail: after that share of the pieces of so many bytes, which come later, and which frames announce 4 GB, until `repair`",
        read: streams,
    },
];
