//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use swim_core::{Config, InvalidName, Name};

use crate::demo::Adapter;
use crate::place::Place;

const EXAMPLES: &str = "\
Examples:
  swim demo                                             watch five nodes for some seconds
  swim keygen cluster.key                               make the key that its nodes share
  swim run --name alice --bind 127.0.0.1:7001 --key-file cluster.key
  swim run --name bob --bind 127.0.0.1:7002 --key-file cluster.key --join 127.0.0.1:7001

Exit codes: 0 all went well, 1 something failed, 2 the command line was wrong.";

const DEMO_EXAMPLES: &str = "\
Examples:
  swim demo                      five nodes, five to ten seconds
  swim demo --nodes 12           a larger cluster
  swim demo --adapter mixed      nodes on tokio, on smol and with plain threads in one cluster
  swim demo --json | tail -1     the measured times alone";

const RUN_EXAMPLES: &str = "\
Examples:
  Two nodes on this machine, in two terminals:
    swim keygen cluster.key
    swim run --name alice --bind 127.0.0.1:7001 --key-file cluster.key
    swim run --name bob --bind 127.0.0.1:7002 --key-file cluster.key --join 127.0.0.1:7001
  A node with a value that all others see:
    swim run --name web-1 --bind 127.0.0.1:7003 --key-file cluster.key --join 127.0.0.1:7001 \\
        --set role=web
  A node that listens on every interface and that others reach by one address:
    swim run --name db-1 --bind 0.0.0.0:7001 --advertise 10.0.0.5:7001 --preset lan \\
        --key-file cluster.key
  Who is there, for a program:
    swim run --name watch --bind 127.0.0.1:0 --key-file cluster.key --join 127.0.0.1:7001 --json

Ctrl-C or SIGTERM leaves politely, within 3 s; a second one ends at once.";

const KEYGEN_EXAMPLES: &str = "\
Examples:
  swim keygen cluster.key        then copy it to every node, for instance with scp
  swim keygen | pass insert -m cluster-key

A key file has 64 hexadecimal digits and a newline. Whoever has it can speak for every member.";

/// Cluster membership: who is there, who failed, who left.
#[derive(Debug, Parser)]
#[command(name = "swim", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    // A doc comment would need backticks around the variable.
    #[arg(
        short,
        long,
        global = true,
        action = ArgAction::Count,
        display_order = 900,
        help = "Log what is done, with -vv also what is seen; SWIM_LOG=debug does the same"
    )]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what a cluster does when its nodes start, crash, return and leave
    #[command(after_help = DEMO_EXAMPLES)]
    Demo(DemoArgs),
    /// Run one node and print what it learns of the others
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Make a fresh key for a cluster
    #[command(after_help = KEYGEN_EXAMPLES)]
    Keygen(KeygenArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many nodes
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(3..=50))]
    pub(crate) nodes: u8,
    /// What the nodes run on: std (a thread each), tokio, smol, or mixed (each in turn)
    #[arg(long, value_enum, default_value_t = Adapter::Std, hide_possible_values = true)]
    pub(crate) adapter: Adapter,
    /// Print one JSON object a line; the last one is the summary
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What the others call this node; unique in the cluster, 1 to 255 bytes
    #[arg(long, value_parser = parse_name)]
    pub(crate) name: Name,
    /// Where to listen, for UDP and TCP alike; port 0 takes any free port
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) bind: Place,
    /// A member to join through; may be repeated, one that answers is enough
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_seed)]
    pub(crate) join: Vec<Place>,
    /// The key that all nodes of the cluster share; see `swim keygen`
    #[arg(long, value_name = "FILE", conflicts_with = "plain")]
    pub(crate) key_file: Option<PathBuf>,
    /// Run without a key and without any authentication: whoever can send to this port can forge anything
    #[arg(long)]
    pub(crate) plain: bool,
    /// A value of this node for all others to see; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) registers: Vec<Assignment>,
    /// How far apart the nodes are, the same for all: local (one machine or rack), lan (one data centre) or wan
    /// (across the internet)
    #[arg(long, value_enum, default_value_t = Preset::Local, hide_possible_values = true)]
    pub(crate) preset: Preset,
    /// Which cluster this node belongs to; nodes of different clusters ignore each other
    #[arg(long, value_name = "NAME", default_value = "swim")]
    pub(crate) cluster: String,
    /// Where the others reach this node, if that is not where it listens; port 0 means the port it listens on
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) advertise: Option<Place>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeygenArgs {
    /// Where to write it, readable by you alone; the standard output if not given
    pub(crate) file: Option<PathBuf>,
}

/// How far apart the nodes are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Preset {
    /// One machine or one rack
    Local,
    /// One data centre
    Lan,
    /// Across the internet
    Wan,
}

impl Preset {
    pub(crate) const fn config(self) -> Config {
        match self {
            Self::Local => Config::local(),
            Self::Lan => Config::lan(),
            Self::Wan => Config::wan(),
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Lan => "lan",
            Self::Wan => "wan",
        }
    }
}

/// One `--set KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl std::str::FromStr for Assignment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE, such as role=web")?;
        Ok(Self { key: key.into(), value: value.into() })
    }
}

fn parse_name(text: &str) -> Result<Name, InvalidName> {
    Name::new(text)
}

fn parse_seed(text: &str) -> Result<Place, &'static str> {
    let place: Place = text.parse()?;
    if place.port() == 0 {
        return Err("port 0 stands for any port: give the one that the other node listens on");
    }
    Ok(place)
}

/// Reads the command line; prints help and errors itself.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        print(&error);
        u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
    })
}

/// A value of the wrong form needs one line; for everything else the usage helps.
fn print(error: &clap::Error) {
    if error.kind() != ErrorKind::ValueValidation {
        let _ = error.print();
        return;
    }
    let text = error.render().ansi().to_string();
    let _ = writeln!(anstream::stderr(), "{}", text.lines().next().unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_value_may_hold_equal_signs_and_be_empty() {
        let assignment = |key: &str, value: &str| Assignment { key: key.into(), value: value.into() };
        assert_eq!("a=b=c".parse(), Ok(assignment("a", "b=c")));
        assert_eq!("a=".parse(), Ok(assignment("a", "")));
        assert!("a".parse::<Assignment>().is_err());
    }
}
