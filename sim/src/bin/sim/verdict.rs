//! How the process ends.

use std::fmt;
use std::process::ExitCode;

use sim::Violation;

use crate::output;

/// What came of a command that could be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// A rule was broken, an expectation not met, a table differs.
    Bad,
    /// Somebody pressed Ctrl-C; what was done by then was told.
    Interrupted,
}

impl Verdict {
    pub(crate) fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }

    /// Of a run that ended so.
    pub(crate) fn of_run(violation: Option<&Violation>) -> Self {
        match violation {
            None => Self::Good,
            Some(violation) if violation.is_interrupt() => Self::Interrupted,
            Some(_) => Self::Bad,
        }
    }
}

/// Why a command could not be carried out: the command line or a file is wrong, or something could not be written.
#[derive(Debug)]
pub(crate) struct Misuse(pub(crate) String);

impl Misuse {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }
}

/// What came of a command line that asks for an explanation, or needs one.
pub(crate) fn explain(explanation: &clap::Error) -> ExitCode {
    if explanation.use_stderr() {
        explanation.exit();
    }
    output::note(explanation.print());
    exit(Ok(Verdict::Good))
}

pub(crate) fn exit(verdict: Result<Verdict, Misuse>) -> ExitCode {
    let lost =
        output::lost().map(|error| Misuse::new(format!("cannot write to the standard output: {error}")));
    match verdict.and_then(|verdict| lost.map_or(Ok(verdict), Err)) {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Ok(Verdict::Interrupted) => ExitCode::from(130),
        Err(Misuse(text)) => {
            anstream::eprintln!("sim: {text}");
            ExitCode::from(2)
        }
    }
}
