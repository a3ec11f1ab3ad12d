//! S5: a member counts as having left only if it was told to leave. S-BYZ: nor does somebody with the key make a member
//! that answers count as having left.

use swim_core::State;

use super::{Honesty, Law, Moment};

pub(super) struct OnlyTheLeaverLeaves;

impl Law for OnlyTheLeaverLeaves {
    fn rule(&self) -> &'static str {
        "S5"
    }

    fn presumes_truth(&self) -> bool {
        true
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        judge(moment)
    }
}

pub(super) struct NobodyIsSaidToHaveLeft;

impl Law for NobodyIsSaidToHaveLeft {
    fn rule(&self) -> &'static str {
        "S-BYZ"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        // In trouble the member may not answer, and in truth nobody lies.
        if moment.honesty == Honesty::LiesInPeace { judge(moment) } else { Ok(()) }
    }
}

fn judge(moment: &Moment<'_>) -> Result<(), String> {
    for change in moment.changes {
        let Some(after) = change.after.as_ref().filter(|row| row.state == State::Left) else { continue };
        if !moment.truth.has_left(&change.subject, after.word.epoch) {
            return Err(format!("{} counts as left at {} and never left", change.subject, after.word));
        }
    }
    Ok(())
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

    #[test]
    fn a_forged_farewell_that_is_believed_where_all_answer_is_seen() {
        let mut scene = Scene::new().change("x", None, Some(row(5, 1, State::Left)));
        scene.honesty = Honesty::LiesInTrouble;
        scene.holds(&mut NobodyIsSaidToHaveLeft);
        scene.honesty = Honesty::LiesInPeace;
        scene.breaks(&mut NobodyIsSaidToHaveLeft, "x counts as left at 5.1 and never left");
        scene.truth.leave(&name("x"), word(5, 0).epoch);
        scene.holds(&mut NobodyIsSaidToHaveLeft);
    }
}
