//! From the sources to the settings.

use std::env;
use std::path::{Path, PathBuf};

use swim_core::ConfigError;

use crate::config::layer::{Given, Layer, Origin};
use crate::config::settings::Settings;
use crate::config::table::all_settings;
use crate::config::{environment, file, kinds};
use crate::problem::Problem;

/// The settings, and where each comes from.
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    given: Layer,
}

/// The file that the user names, on the command line or else in the environment.
pub(crate) fn chosen_file(option: Option<&PathBuf>) -> Option<PathBuf> {
    option.cloned().or_else(|| env::var_os(environment::CONFIG).map(PathBuf::from))
}

/// The command line over the environment over the file over the defaults.
pub(crate) fn load(options: &Layer, file: Option<&Path>) -> Result<Loaded, Problem> {
    let mut given = Layer::default();
    given.cover(file.map(file::read).transpose()?.unwrap_or_default())?;
    given.cover(environment::read()?)?;
    given.cover(options.clone())?;
    Loaded::of(given)
}

impl Loaded {
    fn of(given: Layer) -> Result<Self, Problem> {
        let mut loaded = Self { settings: Settings::default(), given };
        loaded.apply()?;
        kinds::check(&loaded.settings)?;
        loaded.settings.protocol.validate().map_err(|error| loaded.out_of_range(&error))?;
        Ok(loaded)
    }

    fn apply(&mut self) -> Result<(), Problem> {
        for setting in all_settings() {
            if let Some(Given { values, origin }) = self.given.get(setting.key) {
                let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
                (setting.set)(&mut self.settings, &values)
                    .map_err(|why| Problem::usage(format!("{origin}: {why}")))?;
            }
        }
        Ok(())
    }

    /// `None` if it is the default.
    pub(crate) fn origin(&self, key: &str) -> Option<&Origin> {
        self.given.get(key).map(|given| &given.origin)
    }

    /// A default cannot be out of its range, but another setting may have moved the range.
    fn out_of_range(&self, error: &ConfigError) -> Problem {
        let origin = match error {
            ConfigError::Below { field, .. } | ConfigError::Above { field, .. } => self.origin(field),
            ConfigError::NotBelow { field, other } => self.origin(field).or_else(|| self.origin(other)),
            _ => None,
        };
        let place = origin.map(|origin| format!("{}: ", origin.place())).unwrap_or_default();
        Problem::usage(format!("{place}{error}"))
    }
}
