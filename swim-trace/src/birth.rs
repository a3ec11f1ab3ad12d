//! How a node begins.

use std::fmt;

use serde::{Deserialize, Serialize};
use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Key, Keyring, Local, Name, Node, RestoreError};

use crate::replay::ReplayError;
use crate::spelling::{self, Keys};

/// All that a node begins with: what [`Node::new`] and [`Node::restore`] take.
#[derive(Clone)]
pub struct Birth {
    /// The numbers it runs with.
    pub config: Config,
    /// Who it is.
    pub local: Local,
    /// Its keys.
    pub keyring: Keyring,
    /// What everything that is left to chance follows from.
    pub seed: [u8; 32],
    /// When it begins.
    pub now: Instant,
    /// What an earlier life of it knew, if that is to be restored.
    pub snapshot: Option<Vec<u8>>,
}

impl Birth {
    /// The node.
    ///
    /// # Errors
    ///
    /// As [`Node::restore`], or if there is no snapshot as [`Node::new`].
    pub fn node(&self) -> Result<Node, RestoreError> {
        let Self { config, local, keyring, seed, now, snapshot } = self.clone();
        match snapshot {
            Some(snapshot) => Node::restore(config, local, keyring, seed, now, &snapshot),
            None => Ok(Node::new(config, local, keyring, seed, now)?),
        }
    }
}

impl fmt::Debug for Birth {
    /// Without the seed, which nobody may know while the node runs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, local, keyring, seed: _, now, snapshot } = self;
        f.debug_struct("Birth")
            .field("config", config)
            .field("local", local)
            .field("keyring", keyring)
            .field("now", now)
            .field("snapshot", &snapshot.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// The same as it stands in a file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Header {
    config: Config,
    cluster: [u8; 8],
    pub(crate) name: String,
    #[serde(with = "spelling::addr")]
    pub(crate) addr: Addr,
    epoch: u64,
    keys: Keys,
    seed: [u8; 32],
    pub(crate) nanos: u64,
    snapshot: Option<Vec<u8>>,
}

impl fmt::Debug for Header {
    /// Without the seed, too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").field("name", &self.name).field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Header {
    pub(crate) fn of(birth: &Birth) -> Self {
        let Birth { config, local, keyring, seed, now, snapshot } = birth;
        Self {
            config: config.clone(),
            cluster: *local.cluster.as_bytes(),
            name: local.name.to_string(),
            addr: local.addr.clone(),
            epoch: local.epoch.get(),
            keys: Keys::of(keyring),
            seed: *seed,
            nanos: now.as_nanos(),
            snapshot: snapshot.clone(),
        }
    }

    pub(crate) fn to_birth(&self, keys: &[Key]) -> Result<Birth, ReplayError> {
        let name = Name::new(&self.name).map_err(|why| ReplayError::Header(why.to_string()))?;
        let epoch = Epoch::new(self.epoch).ok_or_else(|| ReplayError::Header("no such epoch".into()))?;
        let local =
            Local { cluster: ClusterId::from_bytes(self.cluster), name, addr: self.addr.clone(), epoch };
        Ok(Birth {
            config: self.config.clone(),
            local,
            keyring: self.keys.to_keyring(keys).map_err(ReplayError::NoKey)?,
            seed: self.seed,
            now: Instant::from_nanos(self.nanos),
            snapshot: self.snapshot.clone(),
        })
    }
}
