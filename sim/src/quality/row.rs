//! One line of the table.

use std::fmt;

/// What was measured, what should have come out, and what did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What, under which conditions.
    pub what: String,
    /// What should come out; empty where nothing is demanded.
    pub target: String,
    /// What came out.
    pub ours: String,
    /// The same of foca 2.0, where it is known.
    pub foca: &'static str,
    /// How many independent runs or samples.
    pub samples: usize,
    /// How it compares.
    pub verdict: Verdict,
}

/// How a figure compares with its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// It is not.
    Miss,
    /// Nothing is demanded.
    Told,
}

impl Row {
    pub(super) fn new(what: impl Into<String>, samples: usize, ours: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            target: String::new(),
            ours: ours.into(),
            foca: "",
            samples,
            verdict: Verdict::Told,
        }
    }

    pub(super) fn demand(self, target: impl Into<String>, met: bool) -> Self {
        let verdict = if met { Verdict::Pass } else { Verdict::Miss };
        Self { target: target.into(), verdict, ..self }
    }

    /// Nothing is demanded, but there is something to compare with.
    pub(super) fn beside(self, other: impl Into<String>) -> Self {
        Self { target: other.into(), ..self }
    }

    pub(super) fn foca(self, foca: &'static str) -> Self {
        Self { foca, ..self }
    }

    /// The names of the columns, in their widths.
    #[must_use]
    pub fn heading() -> String {
        line("what", "target", "ours", "foca", "samples", "")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Pass => "pass",
            Verdict::Miss => "MISS",
            Verdict::Told => "",
        };
        f.write_str(&line(
            &self.what,
            &self.target,
            &self.ours,
            self.foca,
            &self.samples.to_string(),
            verdict,
        ))
    }
}

fn line(what: &str, target: &str, ours: &str, foca: &str, samples: &str, verdict: &str) -> String {
    let line = format!("{what:<68} {target:<34} {ours:<46} {foca:>7} {samples:>8}  {verdict}");
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_off_its_target_is_a_miss_that_shows() {
        let row = Row::new("deaths", 3, "7").demand("<= 5", false);
        assert_eq!(row.verdict, Verdict::Miss);
        assert!(row.to_string().ends_with("MISS"), "{row}");
        assert!(row.demand("<= 9", true).to_string().ends_with("pass"));
    }
}
