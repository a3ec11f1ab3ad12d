//! Faults of the network as [`Rule`](crate::Rule)s, to be added with [`Network::add_rule`](crate::Network::add_rule).
//!
//! Each draws its chances from a seed of its own, so that adding one changes nothing of the others. Loss that is the
//! same for every datagram is a property of a [`Link`](crate::Link), and needs no rule.

mod bandwidth;
mod bursts;
mod copies;
mod damages;
mod delays;
mod eavesdropper;
mod firewall;
mod kinds;
mod nat;

pub use bandwidth::Bandwidth;
pub use bursts::Bursts;
pub use copies::Copies;
pub use damages::Damages;
pub use delays::{Delays, Latency};
pub use eavesdropper::{Capture, Eavesdropper};
pub use firewall::Firewall;
pub use kinds::LossOfKind;
pub use nat::Nat;
