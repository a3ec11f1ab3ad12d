//! The simulator, driven with a toy machine, and with real nodes.

mod allocation;
mod attack;
mod checkers;
mod command_line;
mod coordinates;
mod determinism;
mod effort;
mod faults;
mod hosts;
mod interrupts;
mod judge;
mod network;
mod nodes;
mod page;
mod parts;
mod pauses;
mod replays;
mod scenarios;
mod sealed;
mod snapshots;
mod streams;
mod swarm;
mod threats;
mod toy;
mod traces;
mod verbs;
