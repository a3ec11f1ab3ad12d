//! Logs for whoever looks for a fault; on the standard error output only.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::config::refusal;
use crate::problem::warn;

/// The environment variable that chooses what is logged, such as `debug` or `agent=debug`.
const VARIABLE: &str = "SWIM_LOG";

const LEVELS: &str =
    "there are error, warn, info, debug and trace, and agent=debug for a part of the program";

/// Starts logging: warnings, or more with each `-v`, or as the environment says.
pub(crate) fn start(verbose: u8) {
    let layer = tracing_subscriber::fmt::layer().with_writer(anstream::stderr);
    let logs = tracing_subscriber::registry().with(layer.with_filter(targets(verbose)));
    // Fails if another logger is there already, which then does the same.
    let _ = logs.try_init();
}

fn targets(verbose: u8) -> Targets {
    let otherwise = Targets::new().with_default(level(verbose));
    let text = std::env::var(VARIABLE).unwrap_or_default();
    if text.is_empty() {
        return otherwise;
    }
    parse(&text).unwrap_or_else(|why| {
        warn(&format!("{VARIABLE} is not used: {why}"));
        otherwise
    })
}

/// A single word is a level: that it could be a target, too, would hide what is mistyped.
fn parse(text: &str) -> Result<Targets, String> {
    let words = text.split(',').filter(|part| !part.contains('='));
    for word in words {
        let _: LevelFilter = word.trim().parse().map_err(|_| refusal(word, LEVELS))?;
    }
    text.parse().map_err(|error| refusal(text, error))
}

fn level(verbose: u8) -> LevelFilter {
    match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}
