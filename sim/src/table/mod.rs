//! The golden table: how the protocol behaves at several sizes and losses, in numbers that depend on nothing else.
//!
//! A change of the protocol shows up as a difference of this table. [`measure`] makes one [`Row`], and rows have a
//! text form that can be read back.

mod lab;
mod row;

use std::time::Duration;

use lab::Lab;
pub use row::{COLUMNS, Row, RowError};

/// One place of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// How many members the cluster has, at least 2.
    pub members: u32,
    /// How many datagrams of a hundred are lost, 0 to 100.
    pub loss: u8,
}

/// The sizes of the whole table: what a minute or two of a processor can measure.
pub const MEMBERS: [u32; 3] = [8, 64, 256];
/// The losses of the whole table, in percent.
pub const LOSSES: [u8; 6] = [0, 1, 5, 10, 20, 30];

/// How much is done to measure one cell: less in large clusters, which cost more and differ less from run to run.
struct Effort {
    /// How long nothing happens, to count what is sent and who is buried by mistake.
    peace: Duration,
    /// How often some nodes crash, and start again when everybody knows.
    crashes: u32,
    /// How many crash at once.
    victims: u32,
    /// How often the cluster falls into halves and is repaired.
    splits: u32,
}

impl Effort {
    fn of(members: u32) -> Self {
        let (peace, crashes, victims, splits) = match members {
            ..=16 => (3_600, 60, 1, 6),
            17..=100 => (600, 30, 1, 3),
            101..=500 => (120, 8, 4, 1),
            _ => (30, 2, 16, 1),
        };
        Self { peace: Duration::from_secs(peace), crashes, victims, splits }
    }
}

/// Measures one cell.
#[must_use]
pub fn measure(cell: Cell) -> Row {
    let effort = Effort::of(cell.members);
    let mut lab = Lab::boot(cell);
    let peace = lab.peace(effort.peace);
    let (mut suspected, mut informed) = (Vec::new(), Vec::new());
    for _ in 0..effort.crashes {
        for death in lab.crash(effort.victims) {
            suspected.push(death.suspected);
            informed.push(death.informed);
        }
    }
    let heal = (0..effort.splits).map(|_| lab.split()).max().flatten();
    Row {
        cell,
        suspected: row::percentiles(suspected),
        informed: row::percentiles(informed),
        false_deaths: peace.false_deaths,
        bytes: peace.bytes,
        datagrams: peace.datagrams,
        heal,
    }
}

/// The names of the columns above the words of the rows.
#[must_use]
pub fn heading() -> String {
    row::line(&COLUMNS)
}
