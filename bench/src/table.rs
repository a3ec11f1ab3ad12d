//! Figures in columns.

use std::{fmt, io};

/// A table of figures; its first column says what they are.
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

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

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { head: head.iter().copied().map(String::from).collect(), rows: Vec::new() }
    }

    /// One in which both stand side by side.
    pub(crate) fn of_both() -> Self {
        Self::new(&["", "swim", "foca", "ratio"])
    }

    pub(crate) fn push_row(&mut self, row: Row) {
        let ratio = row.ratio();
        self.push([row.what, row.swim.to_string(), row.foca.to_string(), ratio]);
    }

    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// What was measured, or a row that says why nothing was.
    pub(crate) fn or_missing(what: &str, measured: io::Result<Self>) -> Self {
        measured.unwrap_or_else(|error| {
            let mut table = Self::new(&["", ""]);
            table.push_missing(what, &error.to_string());
            table
        })
    }

    /// A row of what could not be measured, and the first line of why.
    pub(crate) fn push_missing(&mut self, what: &str, why: &str) {
        let why = why.lines().next().unwrap_or_default().trim_end_matches(':');
        let none = std::iter::repeat_n("–", self.head.len().saturating_sub(2));
        self.push([what, why].into_iter().chain(none).map(String::from));
    }

    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = format!("|---|{}\n", "---:|".repeat(self.head.len() - 1));
        [line(&self.head), rule].into_iter().chain(self.rows.iter().map(|row| line(row))).collect()
    }
}

impl FromIterator<Row> for Table {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        let mut table = Self::of_both();
        rows.into_iter().for_each(|row| table.push_row(row));
        table
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let (what, figures) = row.split_first().ok_or(fmt::Error)?;
            write!(f, "{what:<58}")?;
            figures.iter().try_for_each(|figure| write!(f, " {figure:>10}"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

/// What is printed as nothing has no ratio.
const NEXT_TO_NOTHING: f64 = 0.005;

impl Row {
    pub(crate) fn new(what: impl Into<String>, swim: f64, foca: f64) -> Self {
        Self { what: what.into(), swim: Figure::Is(swim), foca: Figure::Is(foca) }
    }

    pub(crate) fn alone(what: impl Into<String>, swim: f64) -> Self {
        Self { what: what.into(), swim: Figure::Is(swim), foca: Figure::Skipped }
    }

    /// Ours as a share of theirs.
    fn ratio(&self) -> String {
        match (self.swim, self.foca) {
            (Figure::Is(swim), Figure::Is(foca)) if foca >= NEXT_TO_NOTHING => share(swim / foca),
            (Figure::Is(swim), Figure::MoreThan(foca)) => format!("< {}", share(swim / foca)),
            _ => "–".into(),
        }
    }
}

impl Figure {
    pub(crate) fn within(limit: f64, value: Option<f64>) -> Self {
        value.map_or(Self::MoreThan(limit), Self::Is)
    }

    /// The middle of values of which some may be missing, for which the wait was so long.
    pub(crate) fn middle(limit: f64, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let middle = median(values.into_iter().map(|value| value.unwrap_or(f64::INFINITY)).collect());
        Self::within(limit, Some(middle).filter(|value| value.is_finite()))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Is(value) => f.pad(&digits(value)),
            Self::MoreThan(value) => f.pad(&format!("> {}", digits(value))),
            Self::Skipped => f.pad("–"),
        }
    }
}

/// Three digits are what such measurements are good for.
pub(crate) fn digits(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => grouped(v),
    }
}

fn share(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        v if v < 0.01 => format!("{v:.4}"),
        v => format!("{v:.2}"),
    }
}

/// Thousands apart.
fn grouped(value: f64) -> String {
    let plain = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// What the runs that succeeded came to, or why none did.
pub(crate) fn succeeded<T, E: fmt::Display>(runs: &[Result<T, E>]) -> Result<Vec<&T>, String> {
    let values: Vec<&T> = runs.iter().flatten().collect();
    match runs.iter().find_map(|run| run.as_ref().err()) {
        Some(error) if values.is_empty() => Err(error.to_string()),
        _ => Ok(values),
    }
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_ours_as_a_share_of_theirs() {
        let row = |swim, foca| Row { what: String::new(), swim, foca }.ratio();
        assert_eq!(row(Figure::Is(1.0), Figure::Is(4.0)), "0.25");
        assert_eq!(row(Figure::Is(1.0), Figure::Is(1_000.0)), "0.0010");
        assert_eq!(row(Figure::Is(0.0), Figure::Is(4.0)), "0");
        assert_eq!(row(Figure::Is(5.0), Figure::MoreThan(200.0)), "< 0.03");
        assert_eq!(row(Figure::Is(1.0), Figure::Is(0.0)), "–");
        assert_eq!(row(Figure::MoreThan(1.0), Figure::Is(1.0)), "–");
    }

    #[test]
    fn what_could_not_be_measured_has_a_row_that_says_why() {
        let mut table = Table::new(&["", "a", "b", "c"]);
        table.push_missing("peer", "not built:\nno such file");
        assert!(table.markdown().ends_with("| peer | not built | – | – |\n"), "{}", table.markdown());
    }

    #[test]
    fn figures_have_three_digits_and_thousands_apart() {
        let figures = [0.0, 0.123, 12.34, 123.4, 1_234.0, 1_234_567.0].map(digits);
        assert_eq!(figures, ["0", "0.12", "12.3", "123", "1 234", "1 234 567"]);
    }

    #[test]
    fn the_middle_of_runs_that_mostly_failed_is_more_than_the_wait() {
        assert_eq!(Figure::middle(9.0, [Some(1.0), None, None]).to_string(), "> 9.00");
        assert_eq!(Figure::middle(9.0, [Some(1.0), Some(2.0), None]).to_string(), "2.00");
    }
}
