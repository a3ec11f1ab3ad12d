//! All that a run follows from, written out: what a replay file holds.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use swim_core::Config;

use super::fault::{Fault, Foe, Strike};
use super::ranges;
use super::tweak::Tweak;
use crate::addresses::Addresses;
use crate::{Link, Rng, Seed, switches};

/// Each node checks a table of all of them after every call.
const NODES_MAX: u32 = 4_000;

/// A whole run before it begins. Nodes are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Decides the chances that are not written out: latency and loss of each datagram, and what machines draw.
    pub seed: u64,
    /// How many nodes, at least 2.
    pub nodes: u32,
    /// How many nodes of another cluster are on the same network and try to join through ours.
    pub foreigners: u32,
    /// Whether the nodes share a key; if not, whoever can send can forge.
    pub sealed: bool,
    /// What the nodes run with.
    pub preset: Preset,
    /// Where the nodes listen.
    #[serde(default)]
    pub addresses: Addresses,
    /// How many bytes their names have at least.
    #[serde(default)]
    pub name_bytes: u8,
    /// How many events may wait at most.
    pub max_events: u32,
    /// How long the gone are remembered, in seconds.
    pub tombstone_s: u64,
    /// Loss of datagrams during the chaos, in percent.
    pub loss: u32,
    /// One-way latency during the chaos in milliseconds, from and to.
    pub latency_ms: [u64; 2],
    /// How long there are faults, in milliseconds.
    pub chaos_ms: u64,
    /// Who starts for the first time while there are faults, or behind them, or never: not the first node.
    #[serde(default)]
    pub latecomers: Vec<u32>,
    /// Who must find together first, while the rest is gone for ever: at least two.
    pub core: Vec<u32>,
    /// Who of the rest lives on behind a partition meanwhile; the others are dead.
    pub cut_off: Vec<u32>,
    /// How long the core must stay together, in seconds.
    pub core_s: u64,
    /// Which settings are not as in the preset.
    #[serde(default)]
    pub tweaks: Vec<Tweak>,
    /// Which switches inside the nodes are on until all agree again; only a build with `--cfg buggify` has any.
    #[serde(default)]
    pub switches: Vec<String>,
    /// What happens during the chaos, in order.
    #[serde(default, rename = "strike")]
    pub strikes: Vec<Strike>,
}

/// A named configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// [`Config::local`].
    Local,
    /// [`Config::lan`].
    Lan,
    /// [`Config::wan`].
    Wan,
}

impl Plan {
    /// The settings of the nodes.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = match self.preset {
            Preset::Local => Config::local(),
            Preset::Lan => Config::lan(),
            Preset::Wan => Config::wan(),
        };
        config.max_events = self.max_events;
        config.tombstone = Duration::from_secs(self.tombstone_s);
        self.tweaks.iter().for_each(|tweak| tweak.apply(&mut config));
        config
    }

    /// The links while there are faults.
    #[must_use]
    pub fn link(&self) -> Link {
        let [shortest, longest] = self.latency_ms.map(Duration::from_millis);
        Link { latency: shortest..=longest, loss: f64::from(self.loss) / 100.0 }
    }

    /// Says what of it cannot be run.
    ///
    /// # Errors
    ///
    /// In words, for who wrote the file.
    pub fn validate(&self) -> Result<(), String> {
        let known = |&node: &u32| node < self.nodes;
        if !(2..=NODES_MAX).contains(&self.nodes) || self.foreigners > NODES_MAX {
            return Err(format!(
                "nodes must be 2 to {NODES_MAX}, and foreigners no more: not {} and {}",
                self.nodes, self.foreigners
            ));
        }
        let core: BTreeSet<_> = self.core.iter().collect();
        if core.len() < 2 || !self.core.iter().chain(&self.cut_off).all(known) {
            return Err(format!(
                "core and cut_off must name nodes below {}, core two different ones at least",
                self.nodes
            ));
        }
        ranges::check("plan", &serde_json::to_value(self).map_err(|error| error.to_string())?)?;
        if !self.latecomers.iter().all(|node| *node > 0 && known(node)) {
            return Err(format!("latecomers must be nodes from 1 to {}", self.nodes - 1));
        }
        if self.latency_ms[0] > self.latency_ms[1] {
            return Err("latency_ms must not fall".into());
        }
        if let Some(strike) = self.strikes.iter().find(|strike| !strike.fault.nodes().iter().all(known)) {
            return Err(format!("{strike:?} names a node that does not exist"));
        }
        let forges =
            |fault: &Fault| matches!(fault, Fault::Attack { by, .. } if !matches!(by, Foe::OnPath { .. }));
        if !self.sealed && self.strikes.iter().any(|strike| forges(&strike.fault)) {
            return Err("sealed must be true where somebody forges frames: plain ones are believed".into());
        }
        if self
            .strikes
            .iter()
            .any(|strike| self.reconfigured(&strike.fault).is_some_and(|config| config.validate().is_err()))
        {
            return Err("a node cannot be reconfigured to a setting that is out of its range".into());
        }
        if let Some(name) = switches::unknown(&self.switches) {
            return Err(format!(
                "no switch {name}: build with RUSTFLAGS='--cfg buggify' for all that there are"
            ));
        }
        if !self.strikes.is_sorted_by_key(|strike| strike.at_ms) {
            return Err("the strikes must be in the order of their times".into());
        }
        self.config().validate().map_err(|error| error.to_string())
    }

    /// The settings of a node after this fault, if it changes any.
    fn reconfigured(&self, fault: &Fault) -> Option<Config> {
        let Fault::Reconfigure { tweak, .. } = fault else { return None };
        let mut config = self.config();
        tweak.apply(&mut config);
        Some(config)
    }

    /// Whether somebody with the key lies and nothing else goes wrong: then no honest member may come to harm.
    #[must_use]
    pub fn has_only_insiders(&self) -> bool {
        let insider = |strike: &Strike| matches!(&strike.fault, Fault::Attack { by, .. } if by.is_insider());
        self.loss == 0 && !self.strikes.is_empty() && self.strikes.iter().all(insider)
    }

    /// A generator for one of the run's purposes.
    pub(super) fn rng(&self, child: u64) -> Rng {
        Rng::new(Seed::from(self.seed).child(child))
    }
}

impl fmt::Display for Plan {
    /// One line, without the single strikes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, nodes, foreigners, preset, max_events, tombstone_s, loss, chaos_ms, .. } = self;
        let frames = if self.sealed { "sealed" } else { "plain" };
        let [shortest, longest] = self.latency_ms;
        let seconds = Duration::from_millis(*chaos_ms).as_secs_f64();
        write!(
            f,
            "seed {seed}: {nodes} nodes, {foreigners} foreigners, {frames}, {preset:?}, {max_events} events, "
        )?;
        write!(f, "tombstones {tombstone_s} s, loss {loss} %, latency {shortest} to {longest} ms, ")?;
        if self.addresses != Addresses::default() {
            write!(f, "{:?} addresses, ", self.addresses)?;
        }
        if self.name_bytes > 0 {
            write!(f, "names of {} bytes, ", self.name_bytes)?;
        }
        if !self.latecomers.is_empty() {
            write!(f, "{} latecomers, ", self.latecomers.len())?;
        }
        if !self.tweaks.is_empty() {
            write!(f, "{:?}, ", self.tweaks)?;
        }
        if !self.switches.is_empty() {
            write!(f, "switches {}, ", self.switches.join(" "))?;
        }
        write!(f, "core {:?}, {} cut off, ", self.core, self.cut_off.len())?;
        write!(f, "chaos {seconds:.1} s with {} faults: {}", self.strikes.len(), self.kinds())
    }
}

impl Plan {
    /// Which faults there are, each once.
    fn kinds(&self) -> String {
        let first_word =
            |value: &dyn fmt::Debug| format!("{value:?}").split(' ').next().unwrap_or_default().to_owned();
        let name = |strike: &Strike| match &strike.fault {
            Fault::Attack { by, .. } => first_word(by),
            fault => first_word(fault),
        };
        let names: BTreeSet<_> = self.strikes.iter().map(name).collect();
        names.into_iter().collect::<Vec<_>>().join(" ")
    }
}
