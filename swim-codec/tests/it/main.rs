//! What the wire promises, through the public API only.

mod addresses;
mod frames;
mod golden;
mod keyrings;
mod messages;
mod samples;
mod seals;
mod snapshots;
mod streams;
