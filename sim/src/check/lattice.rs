//! S3: within one word of a member its state only gets worse; only a new word makes it better.

use super::{Law, Moment};

pub(super) struct Lattice;

impl Law for Lattice {
    fn rule(&self) -> &'static str {
        "S3"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            if let (Some(before), Some(after)) = (&change.before, &change.after)
                && after.word == before.word
                && after.state < before.state
            {
                let (was, is, word) = (before.state, after.state, after.word);
                return Err(format!("{} went from {was:?} to {is:?} at {word}", change.subject));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::{Alive, Dead, Left, Suspect};

    use super::super::scene::{Scene, row};
    use super::*;

    #[test]
    fn a_state_that_gets_better_without_a_new_word_is_seen() {
        let change = |before, after| Scene::new().change("x", Some(before), Some(after));
        change(row(1, 1, Alive), row(1, 1, Left)).holds(&mut Lattice);
        change(row(1, 1, Dead), row(1, 2, Alive)).holds(&mut Lattice);
        for (was, is) in [(Suspect, Alive), (Dead, Alive), (Dead, Suspect), (Left, Dead)] {
            let text = format!("x went from {was:?} to {is:?} at 1.1");
            change(row(1, 1, was), row(1, 1, is)).breaks(&mut Lattice, &text);
        }
    }
}
