//! What must hold for any bytes and any calls.
//!
//! A target is a function that takes bytes and panics where something does not hold. [`TARGETS`] names them all.
//! `cargo test -p fuzz` runs each on its committed corpus; `cargo fuzz` looks for bytes that nobody thought of, through
//! the small programs in `fuzz/run`. See `docs/fuzzing.md`.

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

/// Panics where something does not hold for these bytes, memory in proportion to them included. Answers whether they got
/// past all that refuses input.
pub type Target = fn(&[u8]) -> bool;

/// All targets, by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("config", config::any_configuration_is_refused_or_harmless),
    ("frame", frame::any_bytes_are_refused_or_a_frame),
    ("keyring", keyring::a_keyring_is_a_set_with_one_that_seals),
    ("message", message::what_is_read_has_one_spelling),
    ("node", node::a_node_takes_anything),
    ("pair", pair::two_nodes_agree_with_a_naive_table),
    ("seal", seal::only_what_was_sealed_opens),
    ("snapshot", snapshot::any_snapshot_is_refused_or_restored),
    ("stream", stream::chunks_do_not_matter),
];

/// Runs a target.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name).expect("a target of this name").1;
    let _accepted = target(bytes);
}
