//! What a seed means: how many nodes, on which network, with which faults.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use swim_core::Config;

use crate::{Link, Rng, Seed};

/// The child of a run's seed that decides the options.
const CHILD: u64 = 16;

/// All that is drawn from the seed before a run begins.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed.
    pub seed: u64,
    /// How many nodes: 2 to 24, mostly up to 8.
    pub nodes: usize,
    /// How many nodes of another cluster are on the same network and try to join through ours.
    pub foreigners: usize,
    /// Loss of datagrams in percent, 0 to 30.
    pub loss: u64,
    /// One-way latency.
    pub latency: RangeInclusive<Duration>,
    /// How long there are faults.
    pub chaos: Duration,
    /// The longest time from one fault to the next.
    pub pause: Duration,
    /// What can happen.
    pub faults: Vec<Fault>,
    /// Which preset the nodes run with, and how many events may wait.
    pub config: Config,
    preset: &'static str,
}

/// Something that happens to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A node stops at once.
    Crash,
    /// A node that is down starts again, with nothing left of its former life.
    Restart,
    /// A node leaves politely.
    Leave,
    /// A node sets or removes a register.
    Set,
    /// The nodes fall apart into groups.
    Partition,
    /// Some nodes are not heard by some others.
    Oneway,
    /// One node is cut off.
    Isolate,
    /// All partitions end.
    Repair,
    /// The application of a node stops or begins to take events.
    Deafen,
}

impl Fault {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::Crash,
        Self::Restart,
        Self::Leave,
        Self::Set,
        Self::Partition,
        Self::Oneway,
        Self::Isolate,
        Self::Repair,
        Self::Deafen,
    ];
}

impl Options {
    /// What this seed means.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let rng = &mut Rng::new(Seed::from(seed).child(CHILD));
        let (preset, config) =
            if rng.chance(0.2) { ("local", Config::local()) } else { ("lan", Config::lan()) };
        let config = draw_events(rng, config);
        Self {
            seed,
            nodes: draw_size(rng),
            foreigners: if rng.chance(0.2) { 2 } else { 0 },
            loss: if rng.chance(0.3) { 0 } else { rng.number(1..=30) },
            latency: draw_latency(rng),
            chaos: Duration::from_secs(rng.number(10..=90)),
            pause: Duration::from_millis(rng.number(500..=8_000)),
            faults: draw_faults(rng),
            config,
            preset,
        }
    }

    /// The links while there are faults.
    #[must_use]
    pub fn link(&self) -> Link {
        let loss = u32::try_from(self.loss).map_or(1.0, |percent| f64::from(percent) / 100.0);
        Link { latency: self.latency.clone(), loss }
    }
}

fn draw_size(rng: &mut Rng) -> usize {
    let range = if rng.chance(0.9) { 2..=8 } else { 9..=24 };
    usize::try_from(rng.number(range)).unwrap_or(2)
}

fn draw_latency(rng: &mut Rng) -> RangeInclusive<Duration> {
    let shortest = rng.number(0..=20);
    let longest = shortest + if rng.chance(0.3) { rng.number(1..=200) } else { rng.number(1..=20) };
    Duration::from_millis(shortest)..=Duration::from_millis(longest)
}

/// Any subset of the faults: what never happens leaves room for what else goes wrong.
fn draw_faults(rng: &mut Rng) -> Vec<Fault> {
    Fault::ALL.into_iter().filter(|_| rng.chance(0.6)).collect()
}

/// Now and then hardly any event may wait.
fn draw_events(rng: &mut Rng, mut config: Config) -> Config {
    if rng.chance(0.3) {
        config.max_events = 16;
    }
    config
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, nodes, foreigners, loss, latency, chaos, pause, faults, config, preset } = self;
        write!(
            f,
            "seed {seed}: {nodes} nodes, {foreigners} foreigners, {preset}, {} events, ",
            config.max_events
        )?;
        write!(f, "loss {loss} %, latency {:?} to {:?}, ", latency.start(), latency.end())?;
        write!(f, "chaos {chaos:?} with a fault each {pause:?} at most: {faults:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_means_the_same_and_another_seed_something_else() {
        let line = |seed| Options::draw(seed).to_string();
        assert_eq!(line(7), line(7));
        assert_ne!(line(7), line(8));
    }

    #[test]
    fn what_is_drawn_stays_in_its_range() {
        for options in (0..1000).map(Options::draw) {
            assert!((2..=24).contains(&options.nodes) && options.loss <= 30, "{options}");
            assert!(options.config.validate().is_ok() && !options.latency.is_empty(), "{options}");
        }
    }
}
