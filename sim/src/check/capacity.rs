//! B1 and B2: a table has a bounded number of rows, and a row a bounded number of registers and bytes.

use swim_codec::limits::REGISTER_VALUE_MAX;
use swim_core::{REGISTER_BYTES_MAX, REGISTERS_MAX};

use super::record::Row;
use super::{Law, Moment};

pub(super) struct FewRows;

impl Law for FewRows {
    fn rule(&self) -> &'static str {
        "B1"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let (rows, bound) = (moment.table.len(), moment.config.max_members as usize);
        if rows > bound { Err(format!("remembers {rows} members, the bound is {bound}")) } else { Ok(()) }
    }
}

pub(super) struct FewRegisters;

impl Law for FewRegisters {
    fn rule(&self) -> &'static str {
        "B2"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            if let Some(after) = change.after.as_ref().filter(|row| !is_small(row)) {
                return Err(format!("knows {} registers of {}", after.registers.len(), change.subject));
            }
        }
        Ok(())
    }
}

fn is_small(row: &Row) -> bool {
    let bytes = row.registers.iter().map(|(key, value)| key.len() + value.len());
    row.registers.len() <= REGISTERS_MAX
        && bytes.sum::<usize>() <= REGISTER_BYTES_MAX
        && row.registers.values().all(|value| value.len() <= REGISTER_VALUE_MAX)
}

#[cfg(test)]
mod tests {
    use swim_core::State::Alive;

    use super::super::scene::{Scene, row};
    use super::*;

    #[test]
    fn a_table_that_grows_without_bound_is_seen() {
        let mut scene = Scene::new();
        scene.config.max_members = 2;
        let scene = scene.change("x", None, Some(row(1, 0, Alive)));
        scene.holds(&mut FewRows);
        scene.change("y", None, Some(row(1, 0, Alive))).breaks(&mut FewRows, "remembers 3 members");
    }

    #[test]
    fn too_many_registers_and_too_many_bytes_are_seen() {
        let registers = |count: usize, len: usize| {
            let registers = (0..count).map(|number| (number.to_string(), vec![0; len])).collect();
            Scene::new().change("x", None, Some(Row { registers, ..row(1, 0, Alive) }))
        };
        registers(REGISTERS_MAX, 1).holds(&mut FewRegisters);
        registers(REGISTERS_MAX + 1, 1).breaks(&mut FewRegisters, "registers of x");
        registers(1, REGISTER_VALUE_MAX).holds(&mut FewRegisters);
        registers(1, REGISTER_VALUE_MAX + 1).breaks(&mut FewRegisters, "knows 1 registers of x");
        let each = REGISTER_VALUE_MAX;
        registers(REGISTER_BYTES_MAX / each + 1, each).breaks(&mut FewRegisters, "registers of x");
    }
}
