//! A bar on the standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// How far it is, how fast it goes and how long it will take.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many things, which are called that.
    pub(crate) fn new(total: u64, things: &str) -> Self {
        let template = format!("{{bar:30}} {{pos}} of {{len}} {things}, {{per_sec}}, {{eta}} left{{msg}}");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::new(total).with_style(style))
    }

    /// One more is done; `note` says what else there is to know.
    pub(crate) fn step(&self, note: &str) {
        self.0.set_message(format!(", {note}"));
        self.0.inc(1);
    }

    /// Prints above the bar, if there is one.
    pub(crate) fn above(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
