//! The scenarios that come with the simulator.

/// The name and the text of each, in the order of their names.
pub const LIBRARY: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/library.rs"));
