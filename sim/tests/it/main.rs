//! The simulator, driven with a toy machine.

mod checkers;
mod determinism;
mod network;
mod nodes;
mod streams;
mod toy;
