//! What there is to know about one setting.

use crate::config::settings::Settings;

/// One thing that a user can choose. The file, the environment, the command line, the example and the reference are
/// all made from the list of these.
pub(crate) struct Setting {
    /// What the file calls it.
    pub(crate) key: &'static str,
    pub(crate) section: Section,
    /// What the command line calls it, without the hyphens; `None` for what must not be seen there.
    pub(crate) option: Option<&'static str>,
    /// What stands for a value in the help.
    pub(crate) metavar: &'static str,
    pub(crate) help: &'static str,
    /// A value as the file holds it, where there is no default to show.
    pub(crate) sample: &'static str,
    /// What is allowed, in words; empty where the protocol itself knows the range.
    pub(crate) range: &'static str,
    pub(crate) shape: Shape,
    pub(crate) change: Change,
    /// Takes the values over, or says what is wrong with them.
    pub(crate) set: fn(&mut Settings, &[&str]) -> Result<(), String>,
    /// The value as the file holds it; `None` where there is none. Never a secret.
    pub(crate) show: fn(&Settings) -> Option<String>,
}

/// How many values it takes, and of what kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One.
    One,
    /// Yes or no.
    Flag,
    /// Any number.
    List,
    /// Any number of `KEY=VALUE`.
    Pairs,
}

/// What it takes to change it for a node that runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// A SIGHUP.
    Reload,
    /// A restart.
    Restart,
}

/// What it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Node,
    Network,
    Finding,
    Authentication,
    State,
    Protocol,
}

impl Section {
    pub(crate) const ALL: [Self; 6] =
        [Self::Node, Self::Network, Self::Finding, Self::Authentication, Self::State, Self::Protocol];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Node => "This node",
            Self::Network => "Sockets and addresses",
            Self::Finding => "Finding the others",
            Self::Authentication => "Authentication",
            Self::State => "State that outlives the process",
            Self::Protocol => "Protocol",
        }
    }
}

impl Setting {
    /// The variable that holds it.
    pub(crate) fn variable(&self) -> String {
        format!("SWIM_{}", self.key.to_uppercase())
    }
}
