//! What must hold for any bytes and any calls.
//!
//! A target is a function that takes bytes and panics where something does not hold. [`TARGETS`] names them all.
//! `cargo test -p fuzz` runs each on its committed corpus; `cargo fuzz` looks for bytes that nobody thought of, through
//! the small programs in `fuzz/run`, each of which has one of them and nothing of the others. See `docs/fuzzing.md`.

#![forbid(unsafe_code)]

mod config;
mod frame;
mod frames;
mod keyring;
mod memory;
mod message;
mod node;
mod pair;
mod peers;
mod seal;
mod snapshot;
mod stream;

pub use config::any_configuration_is_refused_or_harmless as config;
pub use frame::any_bytes_are_refused_or_a_frame as frame;
pub use keyring::a_keyring_is_a_set_with_one_that_seals as keyring;
pub use message::what_is_read_has_one_spelling as message;
pub use node::a_node_takes_anything as node;
pub use pair::two_nodes_agree_with_a_naive_table as pair;
pub use seal::only_what_was_sealed_opens as seal;
pub use snapshot::any_snapshot_is_refused_or_restored as snapshot;
pub use stream::chunks_do_not_matter as stream;

/// Panics where something does not hold for these bytes, memory in proportion to them included. Answers whether they got
/// past all that refuses input.
pub type Target = fn(&[u8]) -> bool;

/// All targets, by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("config", config),
    ("frame", frame),
    ("keyring", keyring),
    ("message", message),
    ("node", node),
    ("pair", pair),
    ("seal", seal),
    ("snapshot", snapshot),
    ("stream", stream),
];
