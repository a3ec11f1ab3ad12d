//! What one source says, and which source wins.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::config::setting::Setting;
use crate::config::table::find;
use crate::problem::Problem;

/// What one source says, or several of them together: settings by key.
#[derive(Clone, Default)]
pub(crate) struct Layer(BTreeMap<&'static str, Given>);

/// The values of one setting, and who said so.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) values: Vec<Zeroizing<String>>,
    pub(crate) origin: Origin,
}

/// Where a value comes from, so that the user finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    File { file: PathBuf, line: usize, key: &'static str },
    Variable(String),
    Option(String),
}

/// Ways of authentication, of which there can be one.
const RIVALS: [&str; 3] = ["plain", "key_file", "secret"];

impl Layer {
    pub(crate) fn give(&mut self, setting: &Setting, given: Given) {
        self.0.insert(setting.key, given);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Given> {
        self.0.get(key)
    }

    /// Puts a layer over this one: what it gives counts, and gives all of the setting.
    pub(crate) fn cover(&mut self, above: Self) -> Result<(), Problem> {
        if let Some(rival) = above.rivals()? {
            self.0.retain(|key, _| *key == rival || !RIVALS.contains(key));
        }
        self.0.extend(above.0);
        Ok(())
    }

    /// The way of authentication that this layer asks for.
    fn rivals(&self) -> Result<Option<&'static str>, Problem> {
        let mut asked = RIVALS.into_iter().filter(|rival| self.0.get(rival).is_some_and(Given::asks));
        let (first, second) = (asked.next(), asked.next());
        if let (Some(first), Some(second)) = (first, second) {
            let origin = |key| self.0.get(key).map(|given| given.origin.to_string()).unwrap_or_default();
            return Err(Problem::usage(format!(
                "{} and {} exclude each other: remove one of them",
                origin(first),
                origin(second)
            )));
        }
        Ok(first)
    }
}

impl Given {
    pub(crate) fn new(values: impl IntoIterator<Item = String>, origin: Origin) -> Self {
        Self { values: values.into_iter().map(Zeroizing::new).collect(), origin }
    }

    /// Whether it is more than a flag that is off.
    fn asks(&self) -> bool {
        self.values.iter().any(|value| **value != "false")
    }
}

impl Origin {
    /// Where to look, for lines that name the setting themselves.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File { file, line, .. } => format!("{}:{line}", file.display()),
            Self::Variable(_) | Self::Option(_) => self.to_string(),
        }
    }

    /// As an example of what the user could write.
    pub(crate) fn every_way(key: &str) -> String {
        let Some(setting) = find(key) else { return key.into() };
        let option =
            setting.option.map(|option| format!("--{option} {}, ", setting.metavar)).unwrap_or_default();
        format!("{option}{} in the environment, or {key} in the file", setting.variable())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { key, .. } => write!(f, "{}: {key}", self.place()),
            Self::Variable(name) => f.write_str(name),
            Self::Option(name) => write!(f, "--{name}"),
        }
    }
}
