//! What the stories measured.

use std::sync::{Mutex, PoisonError};

use crate::adapter::Adapter;
use crate::scenarios::{Scenario, Times};

/// One story on one adapter.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) scenario: &'static Scenario,
    pub(crate) adapter: Adapter,
    pub(crate) times: Times,
}

static RUNS: Mutex<Vec<Run>> = Mutex::new(Vec::new());

pub(crate) fn note(run: Run) {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner).push(run);
}

/// All that were noted, as they ended.
pub(crate) fn runs() -> Vec<Run> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
