//! A failing run as a file that a person can read and `sim replay` runs again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Violation;
use crate::swarm::Plan;

/// What files look like and plans mean. To be raised where a file of before would be refused, or another run.
const FORMAT: u32 = 2;
/// What this simulator was built from, if it is a release.
const COMMIT: &str = env!("SIM_COMMIT");
const UNKNOWN: &str = "unknown";

/// What a replay file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// What the file looks like and the plan means.
    pub format: u32,
    /// The commit of the simulator that wrote it, or `unknown`.
    pub commit: String,
    /// The rule that was broken.
    pub rule: String,
    /// The run.
    pub plan: Plan,
}

impl Replay {
    /// A file of more bytes is more than a person wants to read.
    pub const READABLE: usize = 10 * 1_024;

    /// The run of this plan, which broke that rule.
    #[must_use]
    pub fn new(plan: Plan, rule: &str) -> Self {
        Self { format: FORMAT, commit: COMMIT.to_owned(), rule: rule.to_owned(), plan }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Says in words where the text is wrong, and what wrote it where that is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let replay: Self = toml::from_str(text).map_err(|error| match origin(text) {
            Some(origin) => format!("{origin}: {error}"),
            None => error.to_string(),
        })?;
        let unknown = unknown_key(&parse(text)?, &parse(&replay.to_string())?);
        unknown.map_or(Ok(()), |key| Err(format!("unknown key {key}")))?;
        replay.plan.validate()?;
        Ok(replay)
    }

    /// What wrote the file, in words, if it may be another run here.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        elsewhere(self.format, &self.commit)
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

fn parse(text: &str) -> Result<toml::Table, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// The same of a file that cannot be read as a whole.
fn origin(text: &str) -> Option<String> {
    let table = parse(text).ok()?;
    let format = u32::try_from(table.get("format")?.as_integer()?).ok()?;
    elsewhere(format, table.get("commit")?.as_str()?)
}

fn elsewhere(format: u32, commit: &str) -> Option<String> {
    let same = format == FORMAT && (commit == COMMIT || [commit, COMMIT].contains(&UNKNOWN));
    (!same).then(|| {
        format!(
            "written in format {format} at commit {commit}, and this is format {FORMAT} at commit {COMMIT}"
        )
    })
}

/// The first key that was given and not understood: a strike cannot refuse those itself, as its fault is flat in it.
fn unknown_key(given: &toml::Table, understood: &toml::Table) -> Option<String> {
    given.iter().find_map(|(key, value)| match (value, understood.get(key)) {
        (_, None) => Some(key.clone()),
        (toml::Value::Table(given), Some(toml::Value::Table(understood))) => {
            unknown_key(given, understood).map(|inner| format!("{inner} in {key}"))
        }
        (toml::Value::Array(given), Some(toml::Value::Array(understood))) => {
            let tables = given.iter().zip(understood);
            tables.filter_map(|(given, understood)| given.as_table().zip(understood.as_table())).find_map(
                |(given, understood)| unknown_key(given, understood).map(|inner| format!("{inner} in {key}")),
            )
        }
        _ => None,
    })
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
        refused(text.replacen("nodes = ", "nodes = 1000", 1), "nodes must be 2 to 4000");
        let newer =
            text.replace(&format!("format = {FORMAT}"), "format = 99").replace("nodes = ", "knots = ");
        refused(newer, "written in format 99 at commit ");
    }

    #[test]
    fn a_key_that_means_nothing_is_refused_in_a_strike_too() {
        let text = Replay::new(Plan::draw(1, Some(Class::S)), "S1").to_string();
        let stray = text.replacen("at_ms = ", "colour = 3\nat_ms = ", 1);
        assert_ne!(stray, text, "it has a strike");
        assert_eq!(Replay::parse(&stray), Err("unknown key colour in strike in plan".into()));
    }

    #[test]
    fn a_file_of_another_format_or_commit_says_so() {
        let here = Replay::new(Plan::draw(1, Some(Class::S)), "S1");
        assert_eq!(here.origin(), None);
        let older = Replay { format: 1, ..here.clone() };
        assert!(older.origin().expect("older").starts_with("written in format 1 at commit "));
        let elsewhere = Replay { commit: "0123456789ab".into(), ..here };
        assert_eq!(elsewhere.origin().is_some(), COMMIT != UNKNOWN);
        assert!(super::elsewhere(FORMAT, UNKNOWN).is_none());
    }
}
