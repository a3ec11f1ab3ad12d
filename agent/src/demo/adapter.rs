//! What the nodes of the demo run on.

use clap::ValueEnum;

use crate::adapter;

/// What the nodes run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Adapter {
    /// A thread for each node
    Std,
    /// Tasks of tokio
    Tokio,
    /// Tasks of smol
    Smol,
    /// Each of them in turn
    Mixed,
}

impl Adapter {
    /// What the node with this number runs on.
    pub(crate) fn of(self, number: u32) -> adapter::Adapter {
        use adapter::Adapter::{Smol, Std, Tokio};
        match (self, number % 3) {
            (Self::Std, _) | (Self::Mixed, 0) => Std,
            (Self::Tokio, _) | (Self::Mixed, 1) => Tokio,
            (Self::Smol | Self::Mixed, _) => Smol,
        }
    }
}
