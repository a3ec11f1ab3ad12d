//! Which marks a search came by too seldom.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use sim::check::Marks;

use crate::args::Class;
use crate::results::SeedResult;

/// A mark must be hit by one seed in so many.
pub(crate) const ONE_IN: u64 = 1_000;

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
        self.seeds += 1;
        for mark in &result.marks {
            *self.hits.entry(mark.clone()).or_default() += 1;
        }
    }

    /// How many seeds must come by a mark: none where there were few.
    fn wanted(&self) -> u64 {
        self.seeds / ONE_IN
    }

    /// The marks that too few came by, with their number.
    fn rare(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let hits = |mark: &'static str| (mark, self.hits.get(mark).copied().unwrap_or(0));
        Marks::ALL.into_iter().map(hits).filter(|(_, hits)| *hits < self.wanted())
    }
}

impl Serialize for Coverage {
    /// The marks that the search hardly tests.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.rare())
    }
}

impl fmt::Display for Coverage {
    /// One line, and one for each mark that the search hardly tests; nothing after few seeds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wanted() == 0 {
            return Ok(());
        }
        let all = Marks::ALL.len();
        writeln!(f, "{} of {all} marks hit often enough", all - self.rare().count())?;
        let seeds = self.seeds;
        self.rare()
            .try_for_each(|(mark, hits)| writeln!(f, "  hardly tested, {hits} of {seeds} seeds: {mark}"))
    }
}
