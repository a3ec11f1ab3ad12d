//! How the words of the longer commands are read.

use std::time::Duration;

use swim_codec::Message;
use swim_core::{Config, State, Suite};

use super::command::{Act, Belief, Claim, Clock, Command, Mishap, OfKind, Patience, Question, Step, Time};
use super::keys::KeyStep;
use super::nodes::Nodes;
use super::problem::Problem;
use super::settings::{changed, settings};
use super::words::Words;
use crate::StreamFaults;
use crate::attack::Lie;

pub(super) fn cluster(words: &mut Words<'_>) -> Result<Command, Problem> {
    let nodes = words.count()?;
    let preset = if words.eat("wan") {
        Config::wan()
    } else if words.eat("local") {
        Config::local()
    } else {
        words.eat("lan");
        Config::lan()
    };
    let seal = if words.eat("sealed") { Some(suite(words)?.unwrap_or_default()) } else { None };
    let config = if words.eat("with") { changed(&preset, &settings(words)?)? } else { preset };
    Ok(Command::Cluster { nodes, config: Box::new(config), seal })
}

fn suite(words: &mut Words<'_>) -> Result<Option<Suite>, Problem> {
    const SUITES: [(&str, Suite); 3] =
        [("hmac", Suite::HmacSha256), ("chacha", Suite::ChaCha20Poly1305), ("aes", Suite::Aes256Gcm)];
    if words.is_over() || words.is_at("with") { Ok(None) } else { words.one_of(&SUITES).map(Some) }
}

/// As many keys as a keyring takes.
const NUMBERS: u32 = 8;

pub(super) fn keys(words: &mut Words<'_>) -> Result<Command, Problem> {
    let nodes = words.nodes()?;
    let step = words.one_of(&[
        ("install", KeyStep::Install(None)),
        ("use", KeyStep::Use),
        ("remove", KeyStep::Remove),
    ])?;
    let number = u8::try_from(words.some(NUMBERS)?).unwrap_or(u8::MAX);
    let step = if step == KeyStep::Install(None) { KeyStep::Install(suite(words)?) } else { step };
    Ok(Command::Act(Act::Keys { nodes, step, number }))
}

pub(super) fn run(words: &mut Words<'_>) -> Result<Command, Problem> {
    let time = if words.eat("until") { Time::Until(words.duration()?) } else { Time::For(words.duration()?) };
    Ok(Command::Time(time))
}

pub(super) fn who(words: &mut Words<'_>) -> Result<Command, Problem> {
    words.need("believes")?;
    Ok(Command::Ask(Question::Who { subjects: words.nodes()?, belief: belief(words)? }))
}

pub(super) fn each(words: &mut Words<'_>, step: Step) -> Result<Command, Problem> {
    let nodes = words.nodes()?;
    steps(words, step, nodes)
}

/// The end of a command that does something to one node after the other.
pub(super) fn steps(words: &mut Words<'_>, step: Step, nodes: Nodes) -> Result<Command, Problem> {
    let every = if words.eat("every") { words.duration()? } else { Duration::ZERO };
    Ok(Command::Act(Act::Each { step, nodes, every }))
}

pub(super) fn restart(words: &mut Words<'_>) -> Result<Command, Problem> {
    let (nodes, through) = (words.nodes()?, through(words)?);
    steps(words, Step::Restart { through }, nodes)
}

pub(super) fn through(words: &mut Words<'_>) -> Result<Option<Nodes>, Problem> {
    if words.eat("through") { words.nodes().map(Some) } else { Ok(None) }
}

pub(super) fn clock(words: &mut Words<'_>) -> Result<Command, Problem> {
    let nodes = words.nodes()?;
    let to = if words.eat("rate") {
        Clock::Rate(words.rate()?)
    } else if words.eat("forward") {
        Clock::Forward(words.duration()?)
    } else {
        words.need("back")?;
        Clock::Back(words.duration()?)
    };
    Ok(Command::Act(Act::Clock { nodes, to }))
}

pub(super) fn streams(words: &mut Words<'_>) -> Result<Command, Problem> {
    let mut faults = StreamFaults::default();
    if words.eat("reset") {
        faults.reset = words.share()?;
    }
    if words.eat("pieces") {
        faults.piece = words.some(u32::MAX)? as usize;
    }
    if words.eat("stalled") {
        faults.stalled = words.share()?;
        words.need("by")?;
        faults.stall = words.duration()?;
    }
    if words.eat("boastful") {
        faults.boastful = words.share()?;
    }
    if faults == StreamFaults::default() {
        return Err(words.unexpected("reset, pieces, stalled or boastful"));
    }
    Ok(Command::Act(Act::Streams(faults)))
}

/// The messages with which a datagram can begin.
pub(super) const KINDS: &[(&str, OfKind)] = &[
    ("ping", |message| matches!(message, Message::Ping(_))),
    ("ping-req", |message| matches!(message, Message::PingReq(_))),
    ("ack", |message| matches!(message, Message::Ack(_))),
    ("nack", |message| matches!(message, Message::Nack(_))),
    ("claim", |message| matches!(message, Message::Claim(_))),
    ("register", |message| matches!(message, Message::Register(_))),
    ("sync", |message| matches!(message, Message::Sync(_))),
    ("digest", |message| matches!(message, Message::Digest(_))),
    ("want", |message| matches!(message, Message::Want(_))),
    ("challenge", |message| matches!(message, Message::Challenge(_))),
    ("echo", |message| matches!(message, Message::Echo(_))),
];

pub(super) fn flap(words: &mut Words<'_>) -> Result<Command, Problem> {
    let groups = words.groups()?;
    words.need("every")?;
    let every = words.period()?;
    words.need("for")?;
    Ok(Command::Act(Act::Flap { groups, every, during: words.duration()? }))
}

pub(super) fn lie(words: &mut Words<'_>) -> Result<Command, Problem> {
    let mut lies = vec![words.one_of(LIES)?];
    while words.eat("and") {
        lies.push(words.one_of(LIES)?);
    }
    words.need("for")?;
    Ok(Command::Act(Act::Lie { lies, during: words.duration()? }))
}

/// What the hostile member can say.
const LIES: &[(&str, Lie)] = &[
    ("suspicions", Lie::Suspicion),
    ("deaths", Lie::Death),
    ("farewells", Lie::Farewell),
    ("absurd-incarnations", Lie::AbsurdIncarnation),
    ("last-lives", Lie::LastLife),
    ("next-lives", Lie::NextLife),
    ("registers", Lie::Register),
    ("many-registers", Lie::ManyRegisters),
    ("unborn-registers", Lie::UnbornRegister),
    ("absurd-stamps", Lie::AbsurdStamp),
    ("far-stamps", Lie::FarStamp),
    ("own-far-stamps", Lie::OwnFarStamp),
    ("absurd-incarnations-in-its-name", Lie::InItsNameAbsurdIncarnation),
    ("late-lives-in-its-name", Lie::InItsNameLateLife),
    ("absurd-coordinates", Lie::AbsurdCoordinate),
    ("thefts", Lie::Theft),
    ("later-lives", Lie::LaterLife),
    ("digests", Lie::Digest),
    ("wants", Lie::Want),
    ("ping-requests", Lie::PingReq),
    ("many-ping-requests", Lie::ManyPingReqs),
    ("exchanges", Lie::OutOfPlace),
    ("versions", Lie::Version),
];

pub(super) fn expect(words: &mut Words<'_>) -> Result<Command, Problem> {
    let claim = claim(words)?;
    let patience = if words.eat("within") {
        Patience::Within(words.duration()?)
    } else if words.eat("for") {
        Patience::For(words.duration()?)
    } else {
        Patience::Now
    };
    Ok(Command::Expect { claim, patience })
}

fn claim(words: &mut Words<'_>) -> Result<Claim, Problem> {
    if words.eat("agreement") {
        return Ok(Claim::Agreement);
    }
    if words.eat("quiet") {
        return Ok(Claim::Quiet);
    }
    if words.eat("nobody") {
        let except = if words.eat("but") { words.nodes()? } else { Nodes::default() };
        let from = words.one_of(&[("suspected", Mishap::Suspected), ("buried", Mishap::Buried)])?;
        return Ok(Claim::Spared { from, except });
    }
    if words.eat("traffic") {
        words.need("below")?;
        return Ok(Claim::Traffic { bytes: words.count()? });
    }
    claim_about_nodes(words)
}

fn claim_about_nodes(words: &mut Words<'_>) -> Result<Claim, Problem> {
    let observers = words.nodes().map_err(|problem| match problem {
        Problem::Unexpected { .. } => words.unexpected(
            "agreement, quiet, nobody suspected, nobody but NODES buried, traffic below N, or nodes",
        ),
        problem => problem,
    })?;
    if words.eat("believe") || words.eat("believes") {
        return Ok(Claim::Belief { observers, subjects: words.nodes()?, belief: belief(words)? });
    }
    if words.eat("remember") || words.eat("remembers") {
        return Ok(Claim::Remembers { observers, most: words.count()? });
    }
    if !words.eat("reads") {
        words.need("read")?;
    }
    let (owners, key) = (words.nodes()?, words.text("a key")?.into());
    words.need("=")?;
    let value = if words.eat("nothing") { None } else { Some(words.text("a value")?.into()) };
    Ok(Claim::Reads { observers, owners, key, value })
}

fn belief(words: &mut Words<'_>) -> Result<Belief, Problem> {
    words.one_of(&[
        ("alive", Belief::Is(State::Alive)),
        ("suspect", Belief::Is(State::Suspect)),
        ("dead", Belief::Is(State::Dead)),
        ("left", Belief::Is(State::Left)),
        ("gone", Belief::Gone),
        ("unknown", Belief::Unknown),
    ])
}
