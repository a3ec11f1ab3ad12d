//! S5: a member counts as having left only if it was told to leave.

use swim_core::State;

use super::{Law, Moment};

pub(super) struct OnlyTheLeaverLeaves;

impl Law for OnlyTheLeaverLeaves {
    fn rule(&self) -> &'static str {
        "S5"
    }

    fn presumes_truth(&self) -> bool {
        true
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            let Some(after) = change.after.as_ref().filter(|row| row.state == State::Left) else { continue };
            if !moment.truth.has_left(&change.subject, after.word.epoch) {
                return Err(format!("{} counts as left at {} and never left", change.subject, after.word));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, name, row, word};
    use super::*;

    #[test]
    fn a_leaver_who_never_left_is_seen() {
        let mut scene = Scene::new().change("x", None, Some(row(5, 1, State::Left)));
        scene.breaks(&mut OnlyTheLeaverLeaves, "x counts as left at 5.1 and never left");
        scene.truth.leave(&name("x"), word(4, 0).epoch);
        scene.breaks(&mut OnlyTheLeaverLeaves, "never left");
        scene.truth.leave(&name("x"), word(5, 0).epoch);
        scene.holds(&mut OnlyTheLeaverLeaves);
    }
}
