//! A row of the table, as text and back.

use std::fmt;
use std::time::Duration;

use super::Cell;

/// The names of the columns, in their order; each row has one word for each.
pub const COLUMNS: [&str; 10] = [
    "members",
    "loss",
    "suspect-p50",
    "suspect-p99",
    "inform-p50",
    "inform-p99",
    "false-deaths",
    "bytes",
    "datagrams",
    "heal",
];
/// The width of a column of the text.
const WIDTH: usize = 13;
/// What stands for a time that never came.
const NEVER: &str = "never";

/// What was measured in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where.
    pub cell: Cell,
    /// From a crash until somebody suspects: median and 99th percentile, in seconds; `None` if it did not happen.
    pub suspected: [Option<Duration>; 2],
    /// From a crash until everybody has declared the victim dead: median and 99th percentile.
    pub informed: [Option<Duration>; 2],
    /// How often a node that runs is declared dead by another one, per node and day.
    pub false_deaths: f64,
    /// Bytes in datagrams that a node sends per second while nothing happens.
    pub bytes: f64,
    /// Datagrams that a node sends per second while nothing happens.
    pub datagrams: f64,
    /// From the repair of a split into halves until everybody knows everybody: the longest of several.
    pub heal: Option<Duration>,
}

/// A line that is no row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// What is wrong with it.
    pub text: String,
}

impl Row {
    /// The words of the row, one for each of [`COLUMNS`].
    #[must_use]
    pub fn words(&self) -> [String; 10] {
        let Self { cell, suspected, informed, false_deaths, bytes, datagrams, heal } = self;
        [
            cell.members.to_string(),
            cell.loss.to_string(),
            seconds(suspected[0]),
            seconds(suspected[1]),
            seconds(informed[0]),
            seconds(informed[1]),
            format!("{false_deaths:.1}"),
            format!("{bytes:.0}"),
            format!("{datagrams:.2}"),
            seconds(*heal),
        ]
    }

    /// The words of a row as they were written.
    ///
    /// # Errors
    ///
    /// If there are fewer or more words than columns, or one is neither a number nor `never`.
    pub fn parse(line: &str) -> Result<(Cell, [String; 10]), RowError> {
        let words: Vec<String> = line.split_whitespace().map(Into::into).collect();
        let error = |text: String| RowError { text };
        let words: [String; 10] =
            words.try_into().map_err(|words: Vec<_>| error(format!("{} words, not 10", words.len())))?;
        if let Some(word) = words.iter().find(|word| *word != NEVER && word.parse::<f64>().is_err()) {
            return Err(error(format!("{word:?} is no number")));
        }
        let cell = words[0].parse().ok().zip(words[1].parse().ok());
        let (members, loss) = cell.ok_or_else(|| error("no members and loss".into()))?;
        Ok((Cell { members, loss }, words))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&line(&self.words()))
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for RowError {}

/// Words below each other, as in the table.
pub(super) fn line(words: &[impl AsRef<str>; 10]) -> String {
    words.iter().map(|word| format!("{:>WIDTH$}", word.as_ref())).collect::<String>()
}

/// The median and the 99th percentile (nearest rank); what never happened takes longest.
pub(super) fn percentiles(mut times: Vec<Option<Duration>>) -> [Option<Duration>; 2] {
    times.sort_by_key(|time| time.unwrap_or(Duration::MAX));
    [50, 99].map(|percent| {
        let rank = (times.len() * percent).div_ceil(100);
        times.get(rank.saturating_sub(1)).copied().flatten()
    })
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| NEVER.into(), |time| format!("{:.2}", time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let time = |millis| Some(Duration::from_millis(millis));
        Row {
            cell: Cell { members: 64, loss: 5 },
            suspected: [time(1_700), time(5_400)],
            informed: [time(9_000), None],
            false_deaths: 0.25,
            bytes: 123.4,
            datagrams: 2.0,
            heal: time(12_050),
        }
    }

    #[test]
    fn a_row_is_read_back_as_it_was_written() {
        let row = row();
        assert_eq!(Row::parse(&row.to_string()), Ok((row.cell, row.words())));
    }

    #[test]
    fn a_line_with_a_word_too_few_or_no_number_is_refused() {
        assert!(Row::parse("8 0 1 2 3 4 5 6 7").is_err());
        assert!(Row::parse("8 0 1 2 3 4 5 6 seven 8").is_err());
    }

    #[test]
    fn what_never_happened_is_the_slowest() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(percentiles(vec![None, second, second]), [second, None]);
        assert_eq!(percentiles(Vec::new()), [None, None]);
    }
}
