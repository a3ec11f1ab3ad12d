//! What the demo measures.

use std::time::Duration;

use serde_json::{Value, json};
use swim_core::Fact;

use crate::demo::cast::Cast;
use crate::demo::steps::Step;
use crate::output::{readable, seconds};

/// How long each thing took, for what has happened so far.
#[derive(Default)]
pub(crate) struct Times {
    full_membership: Option<Duration>,
    register_everywhere: Option<Duration>,
    suspected: Option<Duration>,
    detection: Option<Duration>,
    all_informed: Option<Duration>,
    rejoin: Option<Duration>,
    leave: Option<Duration>,
}

impl Times {
    /// What counts is who was first to suspect the victim, and to declare it.
    pub(crate) fn note(&mut self, fact: &Fact, cast: &Cast, took: Duration) {
        match fact {
            Fact::Suspected { member, .. } if member.name == cast.victim => {
                self.suspected.get_or_insert(took);
            }
            Fact::Failed { member, .. } if member.name == cast.victim => {
                self.detection.get_or_insert(took);
            }
            _ => {}
        }
    }

    /// A step ended: everybody has seen it.
    pub(crate) fn end(&mut self, step: Step, took: Duration) {
        let time = match step {
            Step::Join => &mut self.full_membership,
            Step::Set => &mut self.register_everywhere,
            Step::Crash => &mut self.all_informed,
            Step::Restart => &mut self.rejoin,
            Step::Leave => &mut self.leave,
        };
        *time = Some(took);
    }

    /// In seconds; null for what did not happen.
    pub(crate) fn to_json(&self) -> Value {
        let seconds = |time: Option<Duration>| time.map(seconds);
        json!({
            "full_membership_s": seconds(self.full_membership),
            "register_everywhere_s": seconds(self.register_everywhere),
            "suspected_s": seconds(self.suspected),
            "detection_s": seconds(self.detection),
            "all_informed_s": seconds(self.all_informed),
            "rejoin_s": seconds(self.rejoin),
            "leave_s": seconds(self.leave),
        })
    }

    /// One row for each measure: what, how long, since when.
    pub(crate) fn rows(&self, cast: &Cast) -> Vec<String> {
        let Cast { seed, setter, victim, .. } = cast;
        let row = |what: &str, time: Option<Duration>, since: String| {
            let time = time.map_or_else(|| "-".into(), readable);
            format!("{what:<28}{time:>9}   {since}")
        };
        let killed = format!("after {victim} was killed");
        vec![
            row("everybody knew everybody", self.full_membership, format!("after the others called {seed}")),
            row("value known everywhere", self.register_everywhere, format!("after {setter} set it")),
            row("crash suspected", self.suspected, killed.clone()),
            row("crash declared", self.detection, killed.clone()),
            row("crash known everywhere", self.all_informed, killed),
            row("return known everywhere", self.rejoin, format!("after {victim} started again")),
            row("goodbye known everywhere", self.leave, format!("after {seed} began to leave")),
        ]
    }
}
