//! What ends the program early, and how it says so.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// Why the program cannot go on. Every text says what to do next.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The command line asks for something that cannot be: exit code 2.
    Usage(String),
    /// Something failed while the program ran: exit code 1.
    Failed(String),
    /// Nobody reads the standard output any more, so there is nothing left to do: exit code 0, without a word.
    NobodyReads,
}

impl Problem {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// The standard output did not take a line.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::NobodyReads;
        }
        Self::failed(format!("cannot write to the standard output: {error}"))
    }

    /// Tells the user, and answers the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let code = match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
            Self::NobodyReads => return ExitCode::SUCCESS,
        };
        note("error", AnsiColor::Red, &self.to_string());
        ExitCode::from(code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Failed(text) => f.write_str(text),
            Self::NobodyReads => f.write_str("nobody reads the output"),
        }
    }
}

/// Something is not as it should be, but the program goes on.
pub(crate) fn warn(text: &str) {
    note("warning", AnsiColor::Yellow, text);
}

fn note(kind: &str, color: AnsiColor, text: &str) {
    let style = Style::new().bold().fg_color(Some(color.into()));
    // If nobody can be told, there is nobody to tell that either.
    let _ = writeln!(anstream::stderr(), "{style}{kind}:{style:#} {text}");
}
