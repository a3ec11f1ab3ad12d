//! What can be wrong with the text of a scenario.

use std::fmt;
use std::time::Duration;

/// A line of a scenario that means nothing, and what would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The name of the scenario or its file.
    pub scenario: String,
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No command has that name.
    UnknownCommand {
        /// The name.
        word: String,
        /// The command with the most similar name, if one is similar.
        similar: Option<&'static str>,
    },
    /// The command goes on differently.
    Unexpected {
        /// What is there; empty at the end of the line.
        word: String,
        /// What could be.
        wanted: String,
        /// The form of the whole command.
        usage: &'static str,
    },
    /// The cluster has no such node.
    NoSuchNode {
        /// Its name.
        node: String,
        /// The nodes that there are.
        nodes: String,
    },
    /// No nodes are left to name.
    Nobody {
        /// The words that name them.
        word: String,
    },
    /// A command that needs nodes stands before `cluster`, or `cluster` stands there twice.
    Order {
        /// What is wrong.
        text: &'static str,
    },
    /// A time that is over.
    Past {
        /// The time.
        wanted: Duration,
        /// The time that it is at least.
        earliest: Duration,
    },
    /// More nodes than can be simulated.
    TooLarge {
        /// How many.
        nodes: u32,
        /// How many may be.
        most: u32,
        /// How much memory they would need, in GiB.
        gib: u128,
    },
    /// A setting of the nodes is out of its range.
    Setting {
        /// What the configuration says.
        text: String,
    },
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, line, problem } = self;
        write!(f, "{scenario}:{line}: {problem}")
    }
}

impl std::error::Error for ScenarioError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand { word, similar: Some(similar) } => {
                write!(f, "no command {word:?}; did you mean {similar:?}?")
            }
            Self::UnknownCommand { word, similar: None } => {
                write!(f, "no command {word:?}; `sim list --commands` shows all")
            }
            Self::Unexpected { word, wanted, usage } if word.is_empty() => {
                write!(f, "the line ends where {wanted} should be; the command is: {usage}")
            }
            Self::Unexpected { word, wanted, usage } => {
                write!(f, "{word:?} where {wanted} should be; the command is: {usage}")
            }
            Self::NoSuchNode { node, nodes } => write!(f, "there is no node {node}, only {nodes}"),
            Self::Nobody { word } => write!(f, "{word:?} names no node"),
            Self::Order { text } => f.write_str(text),
            Self::Past { wanted, earliest } => {
                write!(f, "{wanted:?} is past: by then it is {earliest:?} or later")
            }
            Self::TooLarge { nodes, most, gib } => {
                write!(f, "{nodes} nodes would need about {gib} GiB of memory; at most {most} are possible")
            }
            Self::Setting { text } => f.write_str(text),
        }
    }
}
