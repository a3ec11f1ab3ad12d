//! Loss that comes in bursts.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::Instant;

use crate::{NodeId, Rng, Rule, Seed, Verdict};

/// Loss in bursts (Gilbert 1960, Elliott 1963): each link is good or bad for a while, and loses much while it is bad.
#[derive(Debug)]
pub struct Bursts {
    /// How long a link is good, and how long bad, on average.
    pub good: Duration,
    /// See [`good`](Self::good).
    pub bad: Duration,
    /// The share that is lost while the link is bad: 0.0 to 1.0. While it is good, none is.
    pub loss: f64,
    links: BTreeMap<(NodeId, NodeId), Spell>,
    rng: Rng,
}

#[derive(Clone, Copy, Debug)]
struct Spell {
    bad: bool,
    until: Instant,
}

impl Bursts {
    /// Links that are good and bad for so long on average.
    #[must_use]
    pub fn new(seed: Seed, good: Duration, bad: Duration, loss: f64) -> Self {
        Self { good, bad, loss, links: BTreeMap::new(), rng: Rng::new(seed) }
    }

    fn is_bad(&mut self, now: Instant, link: (NodeId, NodeId)) -> bool {
        let first = Spell { bad: true, until: Instant::ZERO };
        let mut spell = self.links.get(&link).copied().unwrap_or(first);
        while spell.until <= now {
            let mean = if spell.bad { self.good } else { self.bad };
            let lasting = self.rng.exponential(mean).max(Duration::from_millis(1));
            spell = Spell { bad: !spell.bad, until: spell.until + lasting };
        }
        self.links.insert(link, spell);
        spell.bad
    }
}

impl Rule for Bursts {
    fn judge(&mut self, now: Instant, from: NodeId, to: NodeId, _: &[u8]) -> Verdict {
        if self.is_bad(now, (from, to)) && self.rng.chance(self.loss) { Verdict::Drop } else { Verdict::Pass }
    }
}
