//! Logs for whoever looks for a fault; on the standard error output only.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::problem::warn;

/// The environment variable that chooses what is logged, such as `debug` or `agent=debug`.
const VARIABLE: &str = "SWIM_LOG";

/// Starts logging: warnings, or more with each `-v`, or as the environment says.
pub(crate) fn start(verbose: u8) {
    let layer = tracing_subscriber::fmt::layer().with_writer(anstream::stderr);
    let logs = tracing_subscriber::registry().with(layer.with_filter(targets(verbose)));
    // Fails if another logger is there already, which then does the same.
    let _ = logs.try_init();
}

fn targets(verbose: u8) -> Targets {
    let otherwise = Targets::new().with_default(level(verbose));
    let Ok(text) = std::env::var(VARIABLE) else { return otherwise };
    text.parse().unwrap_or_else(|error| {
        warn(&format!("{VARIABLE} is not used: {error}. Try {VARIABLE}=debug"));
        otherwise
    })
}

fn level(verbose: u8) -> LevelFilter {
    match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}
