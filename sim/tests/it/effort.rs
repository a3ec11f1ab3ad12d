//! How much more than usual is tried.

/// As often as usual, times the environment variable `EFFORT`: SECURITY.md says what was tried, and what came of it.
pub(crate) fn times(usual: u64) -> u64 {
    usual * std::env::var("EFFORT").map_or(1, |effort| effort.parse().expect("EFFORT is a number"))
}
