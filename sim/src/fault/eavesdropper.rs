//! Somebody on the way who writes everything down.

use std::cell::RefCell;
use std::rc::Rc;

use swim_core::{Instant, Machine};

use crate::{Cluster, NodeId, Rng, Rule, Verdict};

/// A datagram that was overheard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// When it was sent.
    pub at: Instant,
    /// Who sent it.
    pub from: NodeId,
    /// Whom it was for.
    pub to: NodeId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An attacker on the path who sees every datagram, and can send any of them again (O2). A clone is another ear of the
/// same attacker: add one as a rule, and keep one.
#[derive(Clone, Debug, Default)]
pub struct Eavesdropper(Rc<RefCell<Vec<Capture>>>);

/// More than this is not remembered.
const CAPTURES_MAX: usize = 1 << 20;

impl Eavesdropper {
    /// One that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many datagrams it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// One of those it has.
    pub fn pick(&self, rng: &mut Rng) -> Option<Capture> {
        rng.pick(&self.0.borrow()).cloned()
    }

    /// Sends one of them again, to the node it was for and as if from the node that sent it.
    pub fn replay<M: Machine>(&self, cluster: &mut Cluster<M>, rng: &mut Rng) {
        if let Some(capture) = self.pick(rng) {
            let from = cluster.machines().addr(capture.from).clone();
            cluster.inject(from, capture.to, &capture.bytes);
        }
    }

    /// Sends the head of one with the tail of another.
    pub fn splice<M: Machine>(&self, cluster: &mut Cluster<M>, rng: &mut Rng) {
        let (Some(head), Some(tail)) = (self.pick(rng), self.pick(rng)) else { return };
        let (cut, skip) = (rng.index(head.bytes.len() + 1), rng.index(tail.bytes.len() + 1));
        let bytes = [&head.bytes[..cut], &tail.bytes[skip..]].concat();
        let from = cluster.machines().addr(head.from).clone();
        cluster.inject(from, head.to, &bytes);
    }

    /// Sends one of them to somebody for whom it was not.
    pub fn misdirect<M: Machine>(&self, cluster: &mut Cluster<M>, rng: &mut Rng) {
        let Some(capture) = self.pick(rng) else { return };
        let nodes: Vec<_> = cluster.machines().nodes().filter(|&node| node != capture.to).collect();
        let from = cluster.machines().addr(capture.from).clone();
        if let Some(&to) = rng.pick(&nodes) {
            cluster.inject(from, to, &capture.bytes);
        }
    }
}

impl Rule for Eavesdropper {
    fn judge(&mut self, at: Instant, from: NodeId, to: NodeId, bytes: &[u8]) -> Verdict {
        let mut captures = self.0.borrow_mut();
        if captures.len() < CAPTURES_MAX {
            captures.push(Capture { at, from, to, bytes: bytes.to_vec() });
        }
        Verdict::Pass
    }
}
