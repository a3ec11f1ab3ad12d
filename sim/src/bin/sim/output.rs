//! The standard output: colours for a terminal only, and nobody minds if the reader is gone.

use std::io::{self, ErrorKind, Write as _};
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};

pub(crate) const PROSE: Style = AnsiColor::Cyan.on_default();
pub(crate) const COMMAND: Style = Style::new().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// Why something that was to be printed is lost.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Prints one line.
pub(crate) fn line(text: impl std::fmt::Display) {
    note(writeln!(anstream::stdout(), "{text}"));
}

/// Takes down why something could not be printed, unless its reader is gone.
pub(crate) fn note(printed: io::Result<()>) {
    if let Err(error) = printed
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error);
    }
}

/// Why something that was to be printed is lost, if anything is.
pub(crate) fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// Prints one line, or several, in this style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) {
    line(format_args!("{style}{text}{style:#}"));
}
