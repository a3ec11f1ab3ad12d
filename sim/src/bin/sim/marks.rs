//! Which marks a search came by too seldom.

use std::collections::BTreeMap;

use sim::check::Marks;
use sim::swarm::Outcome;

/// A mark must be hit by one seed in so many.
const ONE_IN: u64 = 1_000;

/// In how many seeds each mark was hit.
#[derive(Default)]
pub(crate) struct Coverage {
    seeds: u64,
    hits: BTreeMap<&'static str, u64>,
}

impl Coverage {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        for mark in &outcome.marks {
            *self.hits.entry(mark).or_default() += 1;
        }
    }

    /// One line, and one for each mark that the search hardly tests; nothing after few seeds.
    pub(crate) fn text(&self) -> String {
        let wanted = self.seeds / ONE_IN;
        if wanted == 0 {
            return String::new();
        }
        let count = |mark: &str| self.hits.get(mark).copied().unwrap_or(0);
        let rare: Vec<_> = Marks::ALL.into_iter().filter(|mark| count(mark) < wanted).collect();
        let mut text =
            format!("{} of {} marks hit often enough\n", Marks::ALL.len() - rare.len(), Marks::ALL.len());
        for mark in rare {
            text += &format!("  hardly tested, {} of {} seeds: {mark}\n", count(mark), self.seeds);
        }
        text
    }
}
