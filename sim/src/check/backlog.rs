//! B3: what waits to be told is bounded by what there is to know: one claim for each member, one register for each key.

use swim_core::REGISTERS_MAX;

use super::{Law, Moment};

pub(super) struct ShortBacklog;

impl Law for ShortBacklog {
    fn rule(&self) -> &'static str {
        "B3"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let (rows, load) = (moment.table.len(), moment.load);
        if load.claims > rows || load.registers > rows * REGISTERS_MAX {
            return Err(format!("has {load:?} under way and knows {rows} members"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    #[test]
    fn a_backlog_that_is_longer_than_all_there_is_to_know_is_seen() {
        let mut scene = Scene::new();
        (scene.load.claims, scene.load.registers) = (1, REGISTERS_MAX);
        scene.holds(&mut ShortBacklog);
        scene.load.claims = 2;
        scene.breaks(&mut ShortBacklog, "knows 1 members");
        (scene.load.claims, scene.load.registers) = (1, REGISTERS_MAX + 1);
        scene.breaks(&mut ShortBacklog, "knows 1 members");
    }
}
