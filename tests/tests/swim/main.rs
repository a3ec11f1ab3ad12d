//! The program `swim` as its users meet it: processes, sockets, files and signals.
//!
//! Nothing here passes or fails because of the speed of a machine: every wait is for something that must happen, and
//! ends after [`process::PATIENCE`] at the latest.

#![forbid(unsafe_code)]

mod demo;
mod endings;
mod keys;
mod membership;
mod misuse;
mod noise;
mod process;
mod scratch;
mod strangers;
