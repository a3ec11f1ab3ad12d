//! Scenarios: stories that a cluster lives through, as text.
//!
//! A scenario is a list of commands with what came of each below it, so that it is documentation and test in one:
//!
//! ```text
//! # A member crashes, and everybody else learns of it.
//!
//! cluster 5
//! expect agreement within 10 s
//!     true after 0.6 s
//!
//! crash n3
//! expect everyone believes n3 dead within 15 s
//!     true after 6.9 s
//! ```
//!
//! * A line that begins with `#` tells the story. The first one is the title.
//! * A line that begins with a space is output. It is not read; the tests compare it, and `UPDATE=1` rewrites it.
//! * Any other line is a command; [`verbs`] has all of them.
//!
//! Nodes are called n0, n1 and so on, and named as `n0..n3, n7`, `everyone`, `everyone but n3`, `half`, `third`,
//! `quarter` (the first half and so on), `minority` (the most that are less than half), `last`, and `rest` (those
//! that the line has not named before). Times have a unit (ms, s, min, h, days). In output, times count from the
//! last command that changed something.
//!
//! The laws of [`check`](crate::check) are held at every call of every node.

mod act;
mod command;
mod expect;
mod hosts;
mod keys;
mod library;
mod news;
mod nodes;
mod parse;
mod play;
mod problem;
mod reading;
mod settings;
mod stage;
mod tell;
mod verbs;
mod words;

pub use library::LIBRARY;
pub use parse::{BYTES_PER_PAIR, Scenario, similar};
pub use play::{Ending, Told};
pub use problem::{Problem, ScenarioError};
pub use tell::fact;
pub use verbs::{Verb, verbs};
