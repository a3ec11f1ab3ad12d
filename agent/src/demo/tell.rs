//! Sightings in the words of the demo.

use anstyle::AnsiColor;
use swim_core::{Fact, Name};

use crate::demo::cast::Cast;
use crate::demo::cluster::Sighting;
use crate::demo::steps::Step;
use crate::text::{Line, assignment, count};

/// What a node saw, for people; and in which colour.
pub(crate) struct Words {
    pub(crate) color: AnsiColor,
    pub(crate) text: String,
}

/// `None` for what would only be noise.
pub(crate) fn words(step: Step, sighting: &Sighting, cast: &Cast, helpers: usize) -> Option<Words> {
    let observer = &sighting.observer;
    let (color, text) = match &sighting.fact {
        Fact::Joined { member }
            if step == Step::Restart && member.name == cast.victim && observer != &cast.victim =>
        {
            (AnsiColor::Green, format!("sees {} alive again", cast.victim))
        }
        Fact::Joined { .. } if sighting.members == cast.len() => {
            (AnsiColor::Green, format!("knows all {} members", cast.len()))
        }
        Fact::Joined { .. } | Fact::HasJoined { .. } => return None,
        // What a node does itself was told before it did it.
        Fact::Updated { member, .. } if member == observer => return None,
        Fact::Left { member } if member.name == *observer => return None,
        Fact::Updated { member, key, value } => {
            (AnsiColor::Cyan, format!("knows {} of {member}", assignment(key, value.as_deref())))
        }
        Fact::Suspected { member, by } => {
            (AnsiColor::Yellow, suspected(observer, by.as_ref(), &member.name, helpers))
        }
        Fact::Refuted { member } => (AnsiColor::Green, format!("hears that {} lives after all", member.name)),
        Fact::SelfRefuted { .. } => (AnsiColor::Yellow, "hears that it is suspected, and refutes".into()),
        Fact::Failed { member, by } => (AnsiColor::Red, failed(observer, by.as_ref(), &member.name)),
        Fact::Left { member } => (AnsiColor::Blue, format!("hears the goodbye of {}", member.name)),
        Fact::HasLeft => (AnsiColor::Blue, "has told enough of the others, and ends".into()),
        other => (AnsiColor::Magenta, Line::of(other).in_words()),
    };
    Some(Words { color, text })
}

fn suspected(observer: &Name, by: Option<&Name>, member: &Name, helpers: usize) -> String {
    match by {
        Some(by) if by == observer => {
            let helpers = count(helpers, "helper");
            format!("suspects {member}: no answer to its own ping, nor to that of {helpers}")
        }
        Some(by) => format!("hears that {by} suspects {member}"),
        None => format!("hears that {member} is suspected"),
    }
}

fn failed(observer: &Name, by: Option<&Name>, member: &Name) -> String {
    match by {
        Some(by) if by == observer => format!("declares {member} failed: it had its time to refute"),
        Some(by) => format!("hears that {by} declared {member} failed"),
        None => format!("hears that {member} failed"),
    }
}
