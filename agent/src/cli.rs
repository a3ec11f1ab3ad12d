//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, Parser, Subcommand};
use swim_core::Suite;

use crate::config::Options;
use crate::demo::Adapter;
use crate::problem::Problem;

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
  A node whose settings are in a file, and whose key is in the environment:
    swim config --example > swim.toml
    SWIM_SECRET_FILE=/run/secrets/cluster swim run --config swim.toml --name db-1
  A node of a Docker service or a headless service of Kubernetes:
    swim run --name \"$(hostname)\" --bind 0.0.0.0:7946 --discover tasks.web --key-file cluster.key
  A node that finds its cluster again after a restart, even if its peers are gone:
    swim run --name db-1 --bind 10.0.0.5:7001 --key-file cluster.key --state /var/lib/swim/state
  A node on tokio, over a Unix socket:
    swim run --name local --adapter tokio --bind unix:/run/swim/local --join unix:/run/swim/web --plain
  A node whose life can be replayed with `sim replay`:
    swim run --name db-1 --bind 10.0.0.5:7001 --key-file cluster.key --record /var/lib/swim/trace

Every setting can also be given as SWIM_NAME, SWIM_BIND, SWIM_PEERS and so on in the environment, as a file that
SWIM_NAME_FILE and so on name, and in a file of settings; the command line goes first, then the environment.
`swim run --help` shows the numbers of the protocol, too.

Ctrl-C or SIGTERM leaves politely, within 3 s; a second one ends at once. SIGHUP reads the settings again.";

const CONFIG_EXAMPLES: &str = "\
Examples:
  swim config --example > swim.toml        every setting, its meaning and its default
  swim config --check swim.toml            whether a node would start with it
  swim config --show swim.toml             what counts in the end, with the environment, and why";

const KEYGEN_EXAMPLES: &str = "\
Examples:
  swim keygen cluster.key        then copy it to every node, for instance with scp
  swim keygen | pass insert -m cluster-key

A key file has 64 hexadecimal digits and a newline. Whoever has it can speak for every member.";

/// Cluster membership: who is there, who failed, who left.
#[derive(Parser)]
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

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show what a cluster does when its nodes start, crash, return and leave
    #[command(after_help = DEMO_EXAMPLES)]
    Demo(DemoArgs),
    /// Run one node and print what it learns of the others
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Check, show or explain the settings of a node
    #[command(after_help = CONFIG_EXAMPLES)]
    Config(ConfigArgs),
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

#[derive(Args)]
pub(crate) struct RunArgs {
    /// A file of settings, see `swim config --example`; read again after a SIGHUP
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Args)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) what: ConfigWhat,
    /// A file of settings; what the environment says holds as well
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ConfigWhat {
    /// Say whether the settings are in order
    #[arg(long)]
    pub(crate) check: bool,
    /// Print a file with every setting, its meaning and its default
    #[arg(long)]
    pub(crate) example: bool,
    /// Print the settings that a node would have, and where each comes from
    #[arg(long)]
    pub(crate) show: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeygenArgs {
    /// Where to write it, readable by you alone; the standard output if not given
    pub(crate) file: Option<PathBuf>,
    /// How the key protects frames: hmac-sha256 proves who speaks, chacha20-poly1305 and aes-256-gcm also hide what
    /// is said
    #[arg(long, value_name = "SUITE", default_value_t = Suite::default(), value_parser = parse_suite)]
    pub(crate) suite: Suite,
}

fn parse_suite(text: &str) -> Result<Suite, String> {
    let names = Suite::ALL.map(Suite::as_str).join(", ");
    let found = Suite::ALL.into_iter().find(|suite| suite.as_str() == text);
    found.ok_or_else(|| format!("there are {names}"))
}

/// Reads the command line; prints help and errors itself.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| match print(&error) {
        Ok(()) => u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(problem) => problem.report(),
    })
}

/// Help is printed whole, a mistake in one line.
fn print(error: &clap::Error) -> Result<(), Problem> {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match error.kind() {
        DisplayHelp | DisplayVersion => error.print().map_err(|lost| Problem::output(&lost)),
        DisplayHelpOnMissingArgumentOrSubcommand => {
            // If nobody can be told, the exit code says it.
            let _ = error.print();
            Ok(())
        }
        _ => Err(mistake(error)),
    }
}

fn mistake(error: &clap::Error) -> Problem {
    let text = error.render().to_string();
    let said = said(text.strip_prefix("error: ").unwrap_or(&text));
    let advice = match error.kind() {
        _ if said.contains(';') => "",
        ErrorKind::ArgumentConflict => "; keep one of them",
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand | ErrorKind::MissingRequiredArgument => {
            "; --help tells what there is"
        }
        _ => "",
    };
    Problem::usage(format!("{said}{advice}"))
}

/// What is wrong, and the tip, in one line. The usage is left to the help.
fn said(text: &str) -> String {
    let is_usage = |line: &str| line.starts_with("Usage:") || line.starts_with("For more information");
    let lines = text.lines().take_while(|line| !is_usage(line)).map(str::trim);
    let said: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    said.join("; ").replace(":; ", ": ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
