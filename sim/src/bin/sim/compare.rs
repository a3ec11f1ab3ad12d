//! `sim compare`: how the table of this program differs from an older one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sim::table::{COLUMNS, Cell, Row};

use crate::args::{Compare, Extent};
use crate::output;
use crate::table::measure_all;
use crate::verdict::{Misuse, Verdict};

type Words = [String; COLUMNS.len()];

pub(crate) fn compare(compare: &Compare) -> Result<Verdict, Misuse> {
    let base = read(&compare.base)?;
    let cells = wanted(&base, &compare.extent);
    let place = compare.base.display();
    if let Some(Cell { members, loss }) = cells.iter().find(|cell| !base.contains_key(cell)) {
        return Err(Misuse::new(format!("{place} has no row of {members} members and {loss} % loss")));
    }
    if cells.is_empty() {
        return Err(Misuse::new(format!("{place} has no rows")));
    }
    let wanted = cells.len();
    let rows = measure_all(cells, &compare.extent, |row| tell(&base[&row.cell], row))?;
    let changed = rows.iter().filter(|row| base[&row.cell] != row.words()).count();
    let style = if changed == 0 { output::GOOD } else { output::BAD };
    output::styled(style, format_args!("{changed} of {} rows differ", rows.len()));
    Ok(if rows.len() < wanted { Verdict::Interrupted } else { Verdict::of(changed == 0) })
}

/// All sizes with all losses: those of the command line, else those of the table.
fn wanted(base: &BTreeMap<Cell, Words>, extent: &Extent) -> Vec<Cell> {
    let members = given_or(&extent.members, base.keys().map(|cell| cell.members));
    let losses = given_or(&extent.loss, base.keys().map(|cell| cell.loss));
    members.iter().flat_map(|&members| losses.iter().map(move |&loss| Cell { members, loss })).collect()
}

fn given_or<T: Copy + Ord>(given: &[T], all: impl Iterator<Item = T>) -> BTreeSet<T> {
    if given.is_empty() { all.collect() } else { given.iter().copied().collect() }
}

fn read(file: &Path) -> Result<BTreeMap<Cell, Words>, Misuse> {
    let place = file.display();
    let text = fs::read_to_string(file).map_err(|error| Misuse::new(format!("{place}: {error}")))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let rows = lines.map(|(index, line)| {
        Row::parse(line).map_err(|error| Misuse::new(format!("{place}:{}: {error}", index + 1)))
    });
    rows.collect()
}

/// A line for the row, and one below it for each number that differs.
fn tell(base: &Words, row: &Row) {
    let words = row.words();
    let differences: Vec<_> = (0..COLUMNS.len()).filter(|&column| base[column] != words[column]).collect();
    let place = format!("{:>5} members, {:>2} % loss", row.cell.members, row.cell.loss);
    if differences.is_empty() {
        return output::line(format_args!("  {place}: same"));
    }
    let style = output::BAD;
    output::line(format_args!("{style}* {place}: differs{style:#}"));
    for column in differences {
        let (before, after) = (&base[column], &words[column]);
        output::line(format_args!(
            "      {:<13}{before:>10} → {after:<10}{}",
            COLUMNS[column],
            change(before, after)
        ));
    }
}

/// By how much, where both are numbers.
fn change(before: &str, after: &str) -> String {
    match (before.parse::<f64>(), after.parse::<f64>()) {
        (Ok(before), Ok(after)) if before > 0.0 => format!("{:+.0} %", (after / before - 1.0) * 100.0),
        _ => String::new(),
    }
}
