//! From the settings to a running node.

use std::path::Path;

use adapter_std::{Sockets, epoch_now, seed};
use swim_core::{ClusterId, Instant, Keyring, Local, Name};
use swim_trace::{Birth, Recorder};

use crate::adapter::{Adapter, Events, Handle, Stable};
use crate::config::{Settings, check, describe, keyring, missing, registers};
use crate::discovery::Targets;
use crate::files::unrecorded;
use crate::place::Place;
use crate::problem::Problem;
use crate::run::address::Search;
use crate::run::state;
use crate::run::voice::Voice;
use crate::signals::Signals;

/// Why there is no plan.
pub(crate) enum Halt {
    Problem(Problem),
    /// A SIGHUP came while it waited: the settings may be others now.
    HungUp,
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// All that a node needs, with its sockets bound and nothing sent yet.
pub(crate) struct Plan {
    adapter: Adapter,
    sockets: Sockets,
    node: Recorder,
}

impl Plan {
    /// Waits where DNS has no answer yet.
    pub(crate) fn make(settings: &Settings, voice: &Voice, signals: &Signals) -> Result<Self, Halt> {
        let (name, place, keyring) = needed(settings)?;
        let search = Search { settings, voice, signals };
        let sockets = search.bind(place)?;
        let addr = search.advertised(sockets.local_addr())?;
        let cluster = ClusterId::from_name(&settings.cluster);
        let local = Local { cluster, name, addr, epoch: epoch_now() };
        let seed = seed()
            .map_err(|error| Problem::failed(format!("the operating system gives no randomness: {error}")))?;
        let (config, now) = (settings.protocol.clone(), Instant::ZERO);
        let birth = Birth { config, local, keyring, seed, now, snapshot: None };
        Ok(Self { adapter: settings.adapter, node: node(settings, birth)?, sockets })
    }

    /// How frames are sealed, in words.
    pub(crate) fn seal(&self) -> String {
        describe(self.node.keyring())
    }

    pub(crate) fn start(self, stable: &mut Stable) -> Result<(Handle, Events), Problem> {
        stable
            .spawn(self.adapter, self.node, self.sockets)
            .map_err(|error| Problem::failed(format!("cannot start the node: {error}")))
    }
}

/// What no node can do without, once the settings are found to go together.
pub(crate) fn needed(settings: &Settings) -> Result<(Name, &Place, Keyring), Problem> {
    let name = settings.name.clone().ok_or_else(|| missing("name"))?;
    let place = settings.bind.as_ref().ok_or_else(|| missing("bind"))?;
    let keyring = keyring(settings, Instant::ZERO)?;
    check(settings)?;
    Ok((name, place, keyring))
}

/// Whom to look for.
pub(crate) fn targets(settings: &Settings) -> Targets {
    Targets { peers: settings.peers.clone(), services: settings.discover.clone(), dns: settings.dns.clone() }
}

/// The node, or its next life if its state was kept; recorded if that is asked for.
fn node(settings: &Settings, mut birth: Birth) -> Result<Recorder, Problem> {
    birth.snapshot = settings.state.as_ref().and_then(|file| restorable(file, &birth));
    let mut node = match &settings.record {
        Some(file) => Recorder::create(file, u64::from(settings.record_limit) << 20, &birth)
            .map_err(|error| unrecorded(file, &error))?,
        None => Recorder::from(birth.node().map_err(|error| Problem::usage(error.to_string()))?),
    };
    registers::apply(&mut node, Instant::ZERO, &settings.registers).map_err(Problem::usage)?;
    Ok(node)
}

/// What the last life knew, if this one can begin with it.
fn restorable(file: &Path, birth: &Birth) -> Option<Vec<u8>> {
    let birth = Birth { snapshot: Some(state::read(file)?), ..birth.clone() };
    if let Err(error) = birth.node() {
        let why = error.to_string();
        state::unused(file, why.strip_suffix("; start empty").unwrap_or(&why));
        return None;
    }
    birth.snapshot
}
