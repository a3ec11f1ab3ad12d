//! What is measured on the virtual network. Each workload treats both peers alike, in turns.

pub(crate) mod boot;
pub(crate) mod calls;
pub(crate) mod crash;
pub(crate) mod loss;
pub(crate) mod memory;
pub(crate) mod steady;
