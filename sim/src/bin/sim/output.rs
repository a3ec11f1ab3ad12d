//! The standard output: colours for a terminal only, and nobody minds if the reader is gone.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

pub(crate) const PROSE: Style = AnsiColor::Cyan.on_default();
pub(crate) const COMMAND: Style = Style::new().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// Prints one line.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Prints one line, or several, in this style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) {
    line(format_args!("{style}{text}{style:#}"));
}
