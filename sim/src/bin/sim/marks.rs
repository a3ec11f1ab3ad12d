//! Which marks a search came by too seldom.

use std::collections::BTreeMap;

use sim::check::Marks;

use crate::args::Class;
use crate::output;
use crate::results::SeedResult;

/// A mark must be hit by one seed in so many.
const ONE_IN: u64 = 1_000;

/// In how many seeds each mark was hit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Coverage {
    seeds: u64,
    hits: BTreeMap<String, u64>,
}

impl Coverage {
    /// Counts a seed, unless its class is one that need not come by everything.
    pub(crate) fn add(&mut self, result: &SeedResult) {
        if result.class.as_ref().is_some_and(|class| class != Class::S.name()) {
            return;
        }
        self.seeds += u64::from(!result.marks.is_empty());
        for mark in &result.marks {
            *self.hits.entry(mark.clone()).or_default() += 1;
        }
    }

    /// One line, and one for each mark that the search hardly tests; nothing after few seeds.
    pub(crate) fn print(&self) {
        let wanted = self.seeds / ONE_IN;
        if wanted == 0 {
            return;
        }
        let count = |mark: &str| self.hits.get(mark).copied().unwrap_or(0);
        let rare: Vec<_> = Marks::ALL.into_iter().filter(|mark| count(mark) < wanted).collect();
        let all = Marks::ALL.len();
        output::line(format_args!("{} of {all} marks hit often enough", all - rare.len()));
        for mark in rare {
            let (hits, seeds) = (count(mark), self.seeds);
            output::line(format_args!("  hardly tested, {hits} of {seeds} seeds: {mark}"));
        }
    }
}
