//! The values of all settings.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use swim_core::{Config, Key, Name};

use crate::adapter::Adapter;
use crate::discovery::Service;
use crate::place::Place;

/// The values of all settings, each within its range.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) name: Option<Name>,
    pub(crate) cluster: String,
    pub(crate) registers: BTreeMap<String, String>,
    pub(crate) adapter: Adapter,
    pub(crate) bind: Option<Place>,
    /// Of the files of Unix sockets.
    pub(crate) socket_mode: Option<u32>,
    pub(crate) advertise: Option<Place>,
    pub(crate) peers: Vec<Place>,
    pub(crate) discover: Vec<Service>,
    pub(crate) dns: Vec<SocketAddr>,
    pub(crate) plain: bool,
    pub(crate) key_files: Vec<PathBuf>,
    pub(crate) secrets: Vec<Key>,
    pub(crate) plain_frames: PlainFrames,
    pub(crate) plain_until: Option<SystemTime>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) state_interval: Duration,
    pub(crate) record: Option<PathBuf>,
    /// In MiB.
    pub(crate) record_limit: u32,
    pub(crate) preset: Preset,
    pub(crate) protocol: Config,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            cluster: "swim".into(),
            registers: BTreeMap::new(),
            adapter: Adapter::Std,
            bind: None,
            socket_mode: None,
            advertise: None,
            peers: Vec::new(),
            discover: Vec::new(),
            dns: Vec::new(),
            plain: false,
            key_files: Vec::new(),
            secrets: Vec::new(),
            plain_frames: PlainFrames::Refuse,
            plain_until: None,
            state: None,
            state_interval: Duration::from_secs(30),
            record: None,
            record_limit: 1_024,
            preset: Preset::Local,
            protocol: Preset::Local.config(),
        }
    }
}

/// What a node that has keys does with frames that are not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFrames {
    /// Refuse them
    Refuse,
    /// Accept them, and send sealed ones
    Accept,
    /// Accept them, and send such ones
    Send,
}

/// How far apart the nodes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// One machine or one rack
    Local,
    /// One data centre
    Lan,
    /// Across the internet
    Wan,
}

impl Preset {
    pub(crate) const fn config(self) -> Config {
        match self {
            Self::Local => Config::local(),
            Self::Lan => Config::lan(),
            Self::Wan => Config::wan(),
        }
    }
}
