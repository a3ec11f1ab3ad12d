//! What is measured. Each workload treats both peers alike, in turns, and answers rows of the table.

pub(crate) mod boot;
pub(crate) mod calls;
pub(crate) mod crash;
pub(crate) mod loss;
pub(crate) mod memory;
pub(crate) mod steady;

/// How long and how often.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Runs with different seeds; the table has their median.
    pub(crate) seeds: u64,
    pub(crate) quick: bool,
}

impl Effort {
    /// The median over the seeds of what both answer, in turns.
    pub(crate) fn medians(
        self,
        mut swim: impl FnMut(u64) -> f64,
        mut foca: impl FnMut(u64) -> f64,
    ) -> (f64, f64) {
        let runs = (1..=self.seeds).map(|seed| (swim(seed), foca(seed)));
        let (swim, foca) = runs.unzip();
        (crate::table::median(swim), crate::table::median(foca))
    }
}
