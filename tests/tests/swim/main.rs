//! The program `swim` as its users meet it: processes, sockets, files and signals.
//!
//! Nothing here passes or fails because of the speed of a machine: every wait is for something that must happen, and
//! ends after [`process::PATIENCE`] at the latest.

#![forbid(unsafe_code)]

mod adapters;
mod configuration;
mod demo;
mod discovery;
mod dns;
mod endings;
mod keys;
mod membership;
mod mistakes;
mod misuse;
mod noise;
mod process;
mod reload;
mod scratch;
mod state;
mod strangers;
mod traces;
