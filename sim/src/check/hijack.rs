//! S-BYZ: whatever somebody with the key says, a member that answers keeps its address.

use super::record::Row;
use super::{Honesty, Law, Moment};

pub(super) struct NobodyIsHijacked;

impl Law for NobodyIsHijacked {
    fn rule(&self) -> &'static str {
        "S-BYZ"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        // In trouble the member may not answer, and in truth nobody lies: laws of their own see to that.
        if moment.honesty != Honesty::LiesInPeace {
            return Ok(());
        }
        for change in moment.changes {
            let Some(after) = change.after.as_ref().filter(|row| Row::is_live(row)) else { continue };
            let is_node = moment.truth.word(&change.subject).is_some();
            if is_node && moment.truth.at(&after.addr) != Some(&change.subject) {
                return Err(format!(
                    "believes {} to be at {}, where it never was",
                    change.subject, after.addr
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::Alive;

    use super::super::scene::{Scene, addr, name, row};
    use super::*;

    #[test]
    fn a_member_that_is_believed_to_be_where_the_liar_is_is_seen() {
        let moved = Row { addr: addr(66), ..row(5, 5, Alive) };
        let mut scene = Scene::new().change("x", Some(row(5, 5, Alive)), Some(moved));
        scene.truth.listen(&name("x"), &addr(1));
        scene.holds(&mut NobodyIsHijacked);
        scene.honesty = Honesty::LiesInPeace;
        scene.breaks(&mut NobodyIsHijacked, "believes x to be at 127.0.0.1:66");
        scene.truth.listen(&name("x"), &addr(66));
        scene.holds(&mut NobodyIsHijacked);
    }

    #[test]
    fn a_liar_may_be_wherever_it_says() {
        let mut scene = Scene::new().change("liar", None, Some(row(1, 0, Alive)));
        scene.honesty = Honesty::LiesInPeace;
        scene.holds(&mut NobodyIsHijacked);
    }
}
