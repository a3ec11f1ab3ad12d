//! S1: what a node knows of a member never goes back to an earlier word of that member.

use super::{Law, Moment};

pub(super) struct Monotone;

impl Law for Monotone {
    fn rule(&self) -> &'static str {
        "S1"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            if let (Some(before), Some(after)) = (&change.before, &change.after)
                && after.word < before.word
            {
                return Err(format!("knew {} at {}, now at {}", change.subject, before.word, after.word));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::Alive;

    use super::super::scene::{Scene, row};
    use super::*;

    #[test]
    fn a_record_that_goes_back_is_seen() {
        let change = |before, after| Scene::new().change("x", Some(before), Some(after));
        change(row(1, 7, Alive), row(2, 0, Alive)).holds(&mut Monotone);
        change(row(1, 7, Alive), row(1, 6, Alive)).breaks(&mut Monotone, "knew x at 1.7, now at 1.6");
        change(row(2, 0, Alive), row(1, 9, Alive)).breaks(&mut Monotone, "knew x at 2.0, now at 1.9");
    }
}
