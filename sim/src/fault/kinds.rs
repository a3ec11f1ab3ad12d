//! Loss that picks its victims by what they say.

use swim_codec::Message;
use swim_core::{ClusterId, Instant, Keyring};

use crate::{NodeId, Rng, Rule, Seed, Verdict};

/// Loses datagrams whose first message is of some kind, as no real network does: the worst case on purpose.
pub struct LossOfKind<F> {
    cluster: ClusterId,
    keyring: Keyring,
    concerns: F,
    share: f64,
    rng: Rng,
}

impl<F: FnMut(&Message<'_>) -> bool> LossOfKind<F> {
    /// Loses that share, 0.0 to 1.0, of the datagrams of `cluster` whose first message is one that it `concerns`.
    /// `keyring` opens them.
    pub fn new(seed: Seed, cluster: ClusterId, keyring: Keyring, share: f64, concerns: F) -> Self {
        Self { cluster, keyring, concerns, share, rng: Rng::new(seed) }
    }
}

impl<F: FnMut(&Message<'_>) -> bool> Rule for LossOfKind<F> {
    fn judge(&mut self, _: Instant, _: NodeId, _: NodeId, bytes: &[u8]) -> Verdict {
        let mut bytes = bytes.to_vec();
        let first =
            self.keyring.open(self.cluster, &mut bytes).ok().and_then(|frame| frame.messages().next());
        let concerned = matches!(first, Some(Ok(message)) if (self.concerns)(&message));
        if concerned && self.rng.chance(self.share) { Verdict::Drop } else { Verdict::Pass }
    }
}
