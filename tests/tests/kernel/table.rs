//! The table of all that was measured.

use std::fmt::Write as _;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::adapter::Adapter;
use crate::bounds::{DETECTED, FORMED, HEALED, TOLD};
use crate::scenarios::{SCENARIOS, Scenario, Times};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/kernel.md");
/// The page up to here is written by people.
const MARK: &str = "<!-- The table below is written by a test";

static ROWS: Mutex<Vec<(&str, Adapter, Times)>> = Mutex::new(Vec::new());

/// Notes what one trial measured.
pub(crate) fn note(scenario: &'static Scenario, adapter: Adapter, times: Times) {
    ROWS.lock().unwrap_or_else(PoisonError::into_inner).push((scenario.name, adapter, times));
}

/// What was noted, in the order of the scenarios.
pub(crate) fn table() -> String {
    let rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut table = String::from(
        "| scenario | adapter | formed | told | detected | healed | wrong |\n|---|---|---|---|---|---|---|\n",
    );
    let bounds = [FORMED, TOLD, DETECTED, HEALED].map(|bound| bound.as_secs().to_string()).join(" | ");
    let _ = writeln!(table, "| *at most* | | {bounds} | |");
    for scenario in SCENARIOS.iter().rev() {
        for adapter in Adapter::ALL {
            let of_both = rows.iter().find(|row| row.0 == scenario.name && row.1 == adapter);
            if let Some((name, adapter, times)) = of_both {
                let Times { formed, told, detected, healed, wrong } = *times;
                let [formed, told, detected, healed] = [formed, told, detected, healed].map(seconds);
                let _ = writeln!(
                    table,
                    "| {name} | {} | {formed} | {told} | {detected} | {healed} | {wrong} |",
                    adapter.as_str()
                );
            }
        }
    }
    table
}

/// Puts the table into the page.
pub(crate) fn write() {
    let page = fs::read_to_string(PAGE).expect("the page");
    let end = page.find(MARK).expect("the mark");
    let mark = page[end..].lines().next().expect("the line of the mark");
    fs::write(PAGE, format!("{}{mark}\n\n{}", &page[..end], table())).expect("the page can be written");
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "-".into(), |time| format!("{:.2}", time.as_secs_f64()))
}
