//! A failing run as a file that a person can read and `sim replay` runs again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Violation;
use crate::swarm::Plan;

/// The version of this simulator.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a replay file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Which version of the simulator wrote it.
    pub version: String,
    /// The rule that was broken.
    pub rule: String,
    /// The run.
    pub plan: Plan,
}

impl Replay {
    /// The run of this plan, which broke that rule.
    #[must_use]
    pub fn new(plan: Plan, rule: &str) -> Self {
        Self { version: VERSION.to_owned(), rule: rule.to_owned(), plan }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Says in words where the text is wrong, and which version wrote it where that is another one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let replay: Self = toml::from_str(text).map_err(|error| match written_by(text) {
            Some(version) if version != VERSION => {
                format!("written by version {version}, this is {VERSION}: {}", error.message())
            }
            Some(_) => error.message().replace('\n', ", "),
            None => NEITHER.into(),
        })?;
        replay.plan.validate()?;
        Ok(replay)
    }

    /// Which other version wrote the file, if one did: its run may be another one here.
    #[must_use]
    pub fn other_version(&self) -> Option<&str> {
        (self.version != VERSION).then_some(&self.version)
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self, violation: &Violation) -> String {
        format!("# {}\n# Run it again: sim replay FILE\n\n{self}", violation.to_string().replace('\n', " "))
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&toml::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// What is said of a file of another kind.
const NEITHER: &str = "this is neither a run of a sweep nor a trace";

fn written_by(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    Some(table.get("version")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::Class;

    #[test]
    fn what_is_written_is_read_again() {
        for seed in 0..50 {
            let replay = Replay::new(Plan::draw(seed, Some(Class::S)), "S1");
            assert_eq!(Replay::parse(&replay.to_string()), Ok(replay));
        }
    }

    #[test]
    fn a_file_that_is_wrong_is_refused_in_words() {
        let text = Replay::new(Plan::draw(1, Some(Class::S)), "S1").to_string();
        let refused = |text: String, part: &str| {
            let error = Replay::parse(&text).expect_err("refused");
            assert!(error.contains(part), "{error:?} does not say {part:?}");
        };
        refused(text.replace("nodes = ", "knots = "), "knots");
        refused(text.replace("loss = ", "loss = 1000"), "loss");
        let newer = text.replace(VERSION, "99.0.0").replace("nodes = ", "knots = ");
        refused(newer, "written by version 99.0.0");
        for other in ["\0\0", "# A page\n\nof text", "name = 'alice'"] {
            refused(other.into(), NEITHER);
        }
    }
}
