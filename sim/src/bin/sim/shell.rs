//! Commands that people paste into a shell.

use std::fmt;

/// One word of a command: in quotes where a shell would take it for something else.
pub(crate) fn word(text: impl fmt::Display) -> String {
    let text = text.to_string();
    shlex::try_quote(&text).map_or_else(|_| text.clone(), Into::into)
}
