//! What must be true after every call of a machine.

use std::fmt;

use swim_core::{Instant, Machine};

use crate::{NodeId, Notice, Seed, Step};

/// Looks at every call of every machine; what it objects to stops the run.
///
/// Closures are checkers too, and one that never objects is an observer.
pub trait Checker<M: Machine> {
    /// Judges one call, after the machine was drained and before its outputs reach the network.
    fn check(&mut self, step: &Step<'_, M>) -> Result<(), Broken>;

    /// Is told what happened between two calls; most checkers need not know.
    fn notice(&mut self, _now: Instant, _notice: &Notice<'_>) {}
}

impl<M: Machine, F: FnMut(&Step<'_, M>) -> Result<(), Broken>> Checker<M> for F {
    fn check(&mut self, step: &Step<'_, M>) -> Result<(), Broken> {
        self(step)
    }
}

impl<M: Machine> Checker<M> for Box<dyn Checker<M>> {
    fn check(&mut self, step: &Step<'_, M>) -> Result<(), Broken> {
        (**self).check(step)
    }

    fn notice(&mut self, now: Instant, notice: &Notice<'_>) {
        (**self).notice(now, notice);
    }
}

/// The rule of a checker that ends a run because somebody wants to: nothing was wrong.
pub const INTERRUPTED: &str = "interrupted";

/// A checker's objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The short name of the rule.
    pub rule: &'static str,
    /// What was seen, in words.
    pub text: String,
}

/// A broken rule, and where to find it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The short name of the rule.
    pub rule: &'static str,
    /// Whose call broke it.
    pub node: NodeId,
    /// When.
    pub time: Instant,
    /// The seed of the run.
    pub seed: Seed,
    /// What was seen, in words.
    pub text: String,
}

impl Violation {
    /// Whether somebody only wanted the run to end.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        self.rule == INTERRUPTED
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, node, time, seed, text } = self;
        if self.is_interrupt() {
            return write!(f, "interrupted at {time}, seed {seed}: {text}");
        }
        write!(f, "{rule} broken by {node} at {time}, seed {seed}: {text}")
    }
}

impl std::error::Error for Violation {}
