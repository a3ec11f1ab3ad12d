//! `sim quality`: the table of what the protocol reaches.

use sim::quality::{Effort, MEASURES, Measure, Row, Verdict};

use crate::args::Quality;
use crate::clock;
use crate::output;
use crate::verdict::Verdict as Ending;

pub(crate) fn quality(quality: &Quality) -> Ending {
    let effort = if quality.quick { Effort::Quick } else { Effort::Full };
    let wanted = |measure: &&Measure| quality.only.as_ref().is_none_or(|only| only == measure.name);
    output::line(Row::heading());
    let rows: Vec<_> = MEASURES.iter().filter(wanted).flat_map(|measure| tell(measure, effort)).collect();
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let (passed, missed) = (count(Verdict::Pass), count(Verdict::Miss));
    output::line(format_args!("\n{passed} targets met, {missed} missed"));
    Ending::of(missed == 0)
}

fn tell(measure: &Measure, effort: Effort) -> Vec<Row> {
    let start = clock::now();
    output::line(format_args!("\n{}: {}", measure.name, measure.about));
    let rows = measure.run(effort);
    for row in &rows {
        output::line(row);
    }
    eprintln!("{}: {:.1} s", measure.name, start.elapsed().as_secs_f64());
    rows
}
