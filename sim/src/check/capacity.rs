//! B1 and B2: a table has a bounded number of rows, and a row a bounded number of registers and bytes.

use std::collections::BTreeMap;

use swim_codec::limits::REGISTER_VALUE_MAX;
use swim_core::{REGISTER_BYTES_MAX, REGISTERS_MAX};

use super::record::Row;
use super::{Input, Law, Moment};
use crate::NodeId;

/// The most that each node may have remembered in this life: who is told to remember fewer forgets nobody for it.
#[derive(Default)]
pub(super) struct FewRows(BTreeMap<NodeId, usize>);

impl Law for FewRows {
    fn rule(&self) -> &'static str {
        "B1"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let (rows, bound) = (moment.table.len(), moment.config.max_members as usize);
        let most = self.0.entry(moment.node).or_insert(bound);
        *most = if moment.input == Input::Start { bound } else { bound.max(*most) };
        if rows > *most { Err(format!("remembers {rows} members, the bound is {most}")) } else { Ok(()) }
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
        scene.holds(&mut FewRows::default());
        scene
            .change("y", None, Some(row(1, 0, Alive)))
            .breaks(&mut FewRows::default(), "remembers 3 members");
    }

    #[test]
    fn who_is_told_to_remember_fewer_forgets_nobody_until_it_starts_again() {
        let law = &mut FewRows::default();
        let alive = || Some(row(1, 0, Alive));
        let mut scene = Scene::new().change("x", None, alive()).change("y", None, alive());
        scene.holds(law);
        scene.config.max_members = 2;
        scene.holds(law);
        scene.input = Input::Start;
        scene.breaks(law, "remembers 3 members, the bound is 2");
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
