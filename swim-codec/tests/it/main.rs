//! What the wire promises, through the public API only.

mod addresses;
mod challenges;
mod frames;
mod freshness;
mod golden;
mod keyrings;
mod messages;
mod mismatches;
mod samples;
mod seals;
mod snapshots;
mod spelling;
mod streams;
