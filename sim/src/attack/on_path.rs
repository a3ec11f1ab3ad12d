//! On the path: reads, drops, holds up, damages, and sends again what it heard (O2).

use std::time::Duration;

use swim_core::{Instant, Node};

use super::Attacker;
use crate::fault::Eavesdropper;
use crate::{Cluster, Damage, Network, NodeId, Rng, Rule as _, Seed, Verdict};

/// How much later a datagram comes that is held up, at most: many others overtake it.
const HOLD_UP_MAX: Duration = Duration::from_millis(50);

/// Meddles with what passes, and replays, splices and misdirects what it heard: each time any of it, however old.
pub struct OnPath {
    heard: Eavesdropper,
    rng: Rng,
}

impl OnPath {
    /// One who hears all that passes this network until `end`, and meddles with that share of it: 0.0 to 1.0.
    #[must_use]
    pub fn tap(seed: Seed, network: &mut Network, share: f64, end: Instant) -> Self {
        let heard = Eavesdropper::new();
        let (mut ear, mut rng) = (heard.clone(), Rng::new(seed.child(0)));
        network.add_rule(move |now: Instant, from: NodeId, to: NodeId, bytes: &[u8]| {
            if now >= end {
                return Verdict::Pass;
            }
            ear.judge(now, from, to, bytes);
            meddle(&mut rng, share)
        });
        Self { heard, rng: Rng::new(seed.child(1)) }
    }
}

fn meddle(rng: &mut Rng, share: f64) -> Verdict {
    if !rng.chance(share) {
        return Verdict::Pass;
    }
    match rng.below(3) {
        0 => Verdict::Drop,
        1 => Verdict::Delay(rng.duration(&(Duration::ZERO..=HOLD_UP_MAX))),
        _ => Verdict::Corrupt(Damage::Flip(rng.any())),
    }
}

impl Attacker for OnPath {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        match self.rng.below(3) {
            0 => self.heard.replay(cluster, &mut self.rng),
            1 => self.heard.splice(cluster, &mut self.rng),
            _ => self.heard.misdirect(cluster, &mut self.rng),
        }
    }
}
