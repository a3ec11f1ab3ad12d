//! How the words of the longer commands are read.

use std::time::Duration;

use swim_core::{Config, State};

use super::command::{Act, Belief, Claim, Command, Mishap, Patience, Question, Step, Time};
use super::nodes::Nodes;
use super::problem::Problem;
use super::settings::settings;
use super::words::Words;
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
    let config = if words.eat("with") { settings(words, preset)? } else { preset };
    Ok(Command::Cluster { nodes, config: Box::new(config) })
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
    let every = if words.eat("every") { words.duration()? } else { Duration::ZERO };
    Ok(Command::Act(Act::Each { step, nodes, every }))
}

pub(super) fn restart(words: &mut Words<'_>) -> Result<Command, Problem> {
    let nodes = words.nodes()?;
    let through = if words.eat("through") { Some(words.nodes()?) } else { None };
    let every = if words.eat("every") { words.duration()? } else { Duration::ZERO };
    Ok(Command::Act(Act::Each { step: Step::Restart { through }, nodes, every }))
}

pub(super) fn flap(words: &mut Words<'_>) -> Result<Command, Problem> {
    let groups = words.groups()?;
    words.need("every")?;
    let every = words.duration()?;
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
    ("unborn-registers", Lie::UnbornRegister),
    ("absurd-stamps", Lie::AbsurdStamp),
    ("absurd-coordinates", Lie::AbsurdCoordinate),
    ("thefts", Lie::Theft),
    ("later-lives", Lie::LaterLife),
    ("digests", Lie::Digest),
    ("wants", Lie::Want),
    ("ping-requests", Lie::PingReq),
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
