//! The table of all that was measured.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use crate::bounds::{DETECTED, FORMED, HEALED, TOLD};
use crate::measured::Run;
use crate::scenarios::{SCENARIOS, Times};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/kernel.md");
/// The page up to here is written by people.
const MARK: &str = "<!-- The table below is written by a test";

/// What was measured, in the order of the stories, each below what its medians are held to.
pub(crate) fn table(runs: &[Run]) -> String {
    let mut table = String::new();
    row(&mut table, "scenario", "adapter", &Times::NAMES.map(Into::into), "wrong");
    row(&mut table, "---", "---", &["---"; 4].map(Into::into), "---");
    let worst = [FORMED, TOLD, DETECTED, HEALED].map(|bound| bound.as_secs_f64().to_string());
    row(&mut table, "*every run at most*", "", &worst, "");
    for scenario in SCENARIOS.iter().rev() {
        let mut runs: Vec<_> = runs.iter().filter(|run| run.scenario.name == scenario.name).collect();
        runs.sort_by_key(|run| run.adapter);
        let Some(first) = runs.first() else { continue };
        let bounds: [_; 4] = std::array::from_fn(|figure| {
            let measured = first.times.figures()[figure];
            measured
                .map_or_else(|| "-".into(), |_| scenario.usual.figures()[figure].as_secs_f64().to_string())
        });
        row(&mut table, scenario.name, "*median at most*", &bounds, "");
        for run in runs {
            let wrong = run.times.wrong.map_or_else(|| "-".into(), |wrong| wrong.to_string());
            row(&mut table, scenario.name, run.adapter.as_str(), &run.times.figures().map(seconds), &wrong);
        }
    }
    table
}

fn row(table: &mut String, scenario: &str, adapter: &str, figures: &[String; 4], wrong: &str) {
    let _ = writeln!(table, "| {scenario} | {adapter} | {} | {wrong} |", figures.join(" | "));
}

/// Puts the table into the page.
pub(crate) fn write(runs: &[Run]) {
    let page = fs::read_to_string(PAGE).expect("the page");
    let end = page.find(MARK).expect("the mark");
    let mark = page[end..].lines().next().expect("the line of the mark");
    fs::write(PAGE, format!("{}{mark}\n\n{}", &page[..end], table(runs))).expect("the page can be written");
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "-".into(), |time| format!("{:.2}", time.as_secs_f64()))
}
