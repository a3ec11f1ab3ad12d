//! `sim table`: the golden table.

use sim::table::{Cell, LOSSES, MEMBERS, Row, heading, measure};

use crate::args::{Extent, Table};
use crate::clock;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Progress;
use crate::verdict::{Misuse, Verdict};
use crate::workers::{in_order, jobs};

/// What the columns are, above the table.
const PREFACE: &str = "\
# How clusters behave with the preset lan, from one seed a row. Made by: sim table
#
# members       how many members the cluster has
# loss          datagrams that are lost, in percent
# suspect-*     seconds from a crash until somebody suspects, median and 99th percentile
# inform-*      seconds from a crash until everybody has declared the victim dead
# false-deaths  how often a node that runs is declared dead by another one, per node and day
# bytes         bytes in datagrams that a node sends per second while nothing happens
# datagrams     datagrams that a node sends per second while nothing happens
# heal          seconds from the repair of a split into halves, a minute long, until everybody knows everybody
#";

pub(crate) fn table(table: &Table) -> Result<Verdict, Misuse> {
    let cells = cells(&table.extent);
    let wanted = cells.len();
    output::line(PREFACE);
    output::line(format_args!("#{}", &heading()[1..]));
    let rows = measure_all(cells, &table.extent, |row| output::line(row))?;
    Ok(if rows.len() < wanted { Verdict::Interrupted } else { Verdict::Good })
}

/// Those of the whole table, unless the command line says otherwise.
pub(crate) fn cells(extent: &Extent) -> Vec<Cell> {
    let members = if extent.members.is_empty() { &MEMBERS[..] } else { &extent.members };
    let losses = if extent.loss.is_empty() { &LOSSES[..] } else { &extent.loss };
    members.iter().flat_map(|&members| losses.iter().map(move |&loss| Cell { members, loss })).collect()
}

/// Measures these cells, or those before an interrupt, and tells each row in its turn.
pub(crate) fn measure_all(
    cells: Vec<Cell>,
    extent: &Extent,
    tell: impl Fn(&Row),
) -> Result<Vec<Row>, Misuse> {
    let (start, interrupt) = (clock::now(), Interrupt::watch()?);
    let progress = Progress::new(cells.len() as u64, "rows");
    let mut rows = Vec::new();
    in_order(cells.into_iter(), jobs(extent.jobs), &interrupt, measure, |row| {
        progress.above(|| tell(&row));
        progress.step(&format!("{} members", row.cell.members));
        rows.push(row);
    });
    drop(progress);
    eprintln!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(rows)
}
