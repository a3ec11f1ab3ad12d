//! From the sources to the settings.

use std::env;
use std::path::{Path, PathBuf};

use swim_core::{Config, ConfigError};

use crate::config::layer::{Given, Layer, Origin};
use crate::config::options::Options;
use crate::config::settings::Settings;
use crate::config::table::all_settings;
use crate::config::{environment, file};
use crate::place::Place;
use crate::problem::Problem;

/// What one source may have of a node's streams.
const STREAMS_PER_SOURCE: &str = "streams_per_source";

/// The settings, and where each comes from.
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    given: Layer,
}

/// Where settings are read from.
pub(crate) struct Source {
    options: Layer,
    file: Option<PathBuf>,
}

impl Source {
    /// The user names the file on the command line or else in the environment.
    pub(crate) fn new(options: &Options, file: Option<&PathBuf>) -> Self {
        let named = || env::var_os(environment::CONFIG).filter(|name| !name.is_empty()).map(PathBuf::from);
        Self { options: options.0.clone(), file: file.cloned().or_else(named) }
    }

    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The command line over the environment over the file over the defaults.
    pub(crate) fn load(&self) -> Result<Loaded, Problem> {
        let mut given = Layer::default();
        given.cover(self.file().map(file::read).transpose()?.unwrap_or_default())?;
        given.cover(environment::read()?)?;
        given.cover(self.options.clone())?;
        Loaded::of(given)
    }
}

impl Loaded {
    fn of(given: Layer) -> Result<Self, Problem> {
        let mut loaded = Self { settings: Settings::default(), given };
        loaded.apply()?;
        loaded.count_streams();
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

    /// Who calls over a Unix socket has no address, so all who do are one source.
    fn count_streams(&mut self) {
        let is_unix = self.settings.bind.as_ref().is_some_and(Place::is_unix);
        if is_unix && self.given.get(STREAMS_PER_SOURCE).is_none() {
            self.settings.protocol.streams_per_source = Config::local().streams_per_source;
        }
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
