//! The standard output, line by line.

use std::io::{Stdout, Write};
use std::time::Duration;

use anstream::AutoStream;
use serde_json::Value;

use crate::problem::Problem;

/// The standard output. Colours reach terminals only, and not with `NO_COLOR`.
pub(crate) struct Output {
    stdout: AutoStream<Stdout>,
}

impl Output {
    pub(crate) fn open() -> Self {
        Self { stdout: anstream::stdout() }
    }

    /// Writes one line, whole.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Problem> {
        let line = format!("{text}\n");
        self.stdout
            .write_all(line.as_bytes())
            .and_then(|()| self.stdout.flush())
            .map_err(|error| Problem::output(&error))
    }

    /// Writes one object in one line.
    pub(crate) fn json(&mut self, object: &Value) -> Result<(), Problem> {
        self.line(&object.to_string())
    }
}

/// A duration to be read by people.
pub(crate) fn readable(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{:.0} ms", time.as_secs_f64() * 1e3),
        1..60 => format!("{:.2} s", time.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A duration in seconds, with the digits that mean something.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

/// Text from elsewhere in a form that cannot move the cursor or change colours.
pub(crate) fn printable(text: &str) -> String {
    let escape = |c: char| match c {
        '\'' | '"' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_readable() {
        let readable = |ms| readable(Duration::from_millis(ms));
        assert_eq!(
            [0, 999, 1_000, 1_734, 83_000].map(readable),
            ["0 ms", "999 ms", "1.00 s", "1.73 s", "1 min 23 s"]
        );
    }

    #[test]
    fn text_from_elsewhere_cannot_control_the_terminal() {
        assert_eq!(printable("Zoë's \"db\"\x1b[2J\r\n"), "Zoë's \"db\"\\u{1b}[2J\\r\\n");
    }
}
