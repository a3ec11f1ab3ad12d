//! A failing run as a file that a person can read and `sim replay` runs again.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Violation;
use crate::swarm::Plan;

/// What files look like and plans mean. To be raised where a file of before would be refused, or another run.
const FORMAT: u32 = 6;
/// What this simulator was built from, if it is a release.
const COMMIT: &str = env!("SIM_COMMIT");
const UNKNOWN: &str = "unknown";

/// What a replay file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The rule that was broken.
    pub rule: String,
    /// The simulator that wrote it.
    pub by: Build,
    /// The run.
    pub plan: Plan,
}

/// A simulator that can write replay files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// Its version.
    pub version: String,
    /// What its files look like and its plans mean.
    pub format: u32,
    /// What it was built from, or `unknown`.
    pub commit: String,
}

impl Build {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        Self { version: env!("CARGO_PKG_VERSION").into(), format: FORMAT, commit: COMMIT.into() }
    }

    /// Whether a plan of it may be another run here.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        let here = Self::here();
        let other_commit = self.commit != here.commit
            && ![&self.commit, &here.commit].iter().any(|commit| *commit == UNKNOWN);
        self.version != here.version || self.format != here.format || other_commit
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, format, commit } = self;
        write!(f, "version {version}, format {format}, commit {commit}")
    }
}

impl Replay {
    /// A file of more bytes is more than a person wants to read.
    pub const READABLE: usize = 10 * 1_024;

    /// The run of this plan, which broke that rule.
    #[must_use]
    pub fn new(plan: Plan, rule: &str) -> Self {
        Self { rule: rule.to_owned(), by: Build::here(), plan }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Says in words where the text is wrong, and what wrote it where that is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let replay: Self = toml::from_str(text).map_err(|error| match written_by(text) {
            Some(build) if build.is_elsewhere() => {
                format!("written by {build}, and this is {}: {}", Build::here(), in_one_line(text, &error))
            }
            None if !text.contains("[plan]") => NEITHER.into(),
            _ => in_one_line(text, &error),
        })?;
        let unknown = unknown_key(&keys(text)?, &keys(&replay.to_string())?);
        unknown.map_or(Ok(()), |key| Err(format!("unknown key {key}")))?;
        replay.plan.validate()?;
        Ok(replay)
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

fn in_one_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {}", error.message().replace('\n', ", "))
}

/// Not a table of TOML, whose integers end below the largest seeds.
fn keys(text: &str) -> Result<Map<String, Value>, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// What wrote a file that cannot be read as a whole.
fn written_by(text: &str) -> Option<Build> {
    let by = keys(text).ok()?.remove("by")?;
    serde_json::from_value(by).ok()
}

/// The first key that was given and not understood: a strike cannot refuse those itself, as its fault is flat in it.
fn unknown_key(given: &Map<String, Value>, understood: &Map<String, Value>) -> Option<String> {
    given.iter().find_map(|(key, value)| match (value, understood.get(key)) {
        (_, None) => Some(key.clone()),
        (Value::Object(given), Some(Value::Object(understood))) => {
            unknown_key(given, understood).map(|inner| format!("{inner} in {key}"))
        }
        (Value::Array(given), Some(Value::Array(understood))) => {
            let tables = given.iter().zip(understood);
            tables.filter_map(|(given, understood)| given.as_object().zip(understood.as_object())).find_map(
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
        refused(text.replacen("nodes = ", "knots = ", 1), "knots");
        refused(text.replace("loss = ", "loss = 1000"), "loss");
        refused(text.replacen("nodes = ", "nodes = 1000", 1), "nodes must be 2 to 4000");
        refused(text.replace("switches = []", "switches = ['Sings']"), "no switch Sings");
        let newer =
            text.replace(&format!("format = {FORMAT}"), "format = 99").replace("nodes = ", "knots = ");
        refused(newer, "written by version 0.1.0, format 99, commit ");
        refused(text.replacen("seed = ", "seed = 1 ", 1), "line 9: ");
        for other in ["\0\0", "# A page\n\nof text", "name = 'alice'"] {
            refused(other.into(), NEITHER);
        }
    }

    #[test]
    fn a_key_that_means_nothing_is_refused_in_a_strike_too() {
        let text = Replay::new(Plan::draw(1, Some(Class::S)), "S1").to_string();
        let stray = text.replacen("at_ms = ", "colour = 3\nat_ms = ", 1);
        assert_ne!(stray, text, "it has a strike");
        assert_eq!(Replay::parse(&stray), Err("unknown key colour in strike in plan".into()));
    }

    #[test]
    fn a_file_of_another_version_format_or_commit_may_be_another_run() {
        let here = Build::here();
        assert!(!here.is_elsewhere());
        assert!(Build { version: "0.0.1".into(), ..here.clone() }.is_elsewhere());
        assert!(Build { format: FORMAT + 1, ..here.clone() }.is_elsewhere());
        let other = Build { commit: "0123456789ab".into(), ..here.clone() };
        assert_eq!(other.is_elsewhere(), COMMIT != UNKNOWN, "a debug build knows no commit");
        assert!(!Build { commit: UNKNOWN.into(), ..here }.is_elsewhere());
    }
}
