//! Scenarios: one story each, told in numbers.

mod crash;

pub use crash::{Crash, CrashReport};
