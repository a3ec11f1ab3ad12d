//! Two columns and what is between them.

use std::fmt;

/// What was measured of both. Less is better, whatever it is.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) swim: Figure,
    pub(crate) foca: Figure,
}

/// One figure.
#[derive(Clone, Copy)]
pub(crate) enum Figure {
    Is(f64),
    /// It did not come to that within so much.
    MoreThan(f64),
    Skipped,
}

impl Figure {
    pub(crate) fn within(limit: f64, value: Option<f64>) -> Self {
        value.map_or(Self::MoreThan(limit), Self::Is)
    }
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, swim: f64, foca: f64) -> Self {
        Self { what: what.into(), swim: Figure::Is(swim), foca: Figure::Is(foca) }
    }

    /// Ours as a share of theirs.
    fn ratio(&self) -> String {
        match (self.swim, self.foca) {
            (Figure::Is(swim), Figure::Is(foca)) if foca > 0.0 => format!("{:.2}", swim / foca),
            (Figure::Is(swim), Figure::MoreThan(foca)) => format!("< {:.2}", swim / foca),
            _ => "–".into(),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Is(value) => digits(value),
            Self::MoreThan(value) => format!("> {}", digits(value)),
            Self::Skipped => "–".into(),
        };
        f.pad(&text)
    }
}

/// Three digits are what such measurements are good for.
fn digits(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<58} {:>10} {:>10} {:>8}", self.what, self.swim, self.foca, self.ratio())
    }
}

/// The line above the rows.
pub(crate) fn head() -> String {
    format!("{:<58} {:>10} {:>10} {:>8}", "", "swim", "foca", "ratio")
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
