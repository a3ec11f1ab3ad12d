//! S7: a node that runs and does not leave sees itself alive, and every life of it is newer than the last, unless a lie made
//! the last one later than its clock.

use std::collections::BTreeMap;

use swim_core::{Name, State};

use super::record::Word;
use super::told::Honesty;
use super::{Input, Law, Moment};

/// The last word of every node.
#[derive(Default)]
pub(super) struct SelfIsAlive(BTreeMap<Name, Word>);

impl Law for SelfIsAlive {
    fn rule(&self) -> &'static str {
        "S7"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let Some(row) = moment.table.get(moment.observer) else { return Err("does not know itself".into()) };
        let last = self.0.insert(moment.observer.clone(), row.word);
        let starts = moment.input == Input::Start && moment.honesty == Honesty::Truth;
        if let Some(last) = last.filter(|&last| starts && row.word <= last) {
            return Err(format!("begins a life at {} after one that ended at {last}", row.word));
        }
        if row.state != State::Alive && !moment.truth.has_left(moment.observer, row.word.epoch) {
            return Err(format!("sees itself as {:?} and was not told to leave", row.state));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, name, row, word};
    use super::*;

    fn me(epoch: u64, incarnation: u64, state: State) -> Scene {
        Scene::new().change("me", None, Some(row(epoch, incarnation, state)))
    }

    #[test]
    fn a_node_that_doubts_itself_is_seen() {
        let law = &mut SelfIsAlive::default();
        me(1, 0, State::Alive).holds(law);
        me(1, 0, State::Suspect).breaks(law, "sees itself as Suspect");
        let mut leaver = me(1, 0, State::Left);
        leaver.breaks(law, "sees itself as Left");
        leaver.truth.leave(&name("me"), word(1, 0).epoch);
        leaver.holds(law);
    }

    #[test]
    fn a_node_that_forgot_itself_is_seen() {
        Scene::new().change("me", None, None).breaks(&mut SelfIsAlive::default(), "does not know itself");
    }

    #[test]
    fn a_life_that_is_not_newer_than_the_last_is_seen() {
        let law = &mut SelfIsAlive::default();
        me(3, 4, State::Alive).holds(law);
        let mut restart = me(3, 4, State::Alive);
        restart.input = Input::Start;
        restart.breaks(law, "begins a life at 3.4 after one that ended at 3.4");
        restart.honesty = Honesty::LiesInPeace;
        restart.holds(law);
        let mut restart = me(4, 0, State::Alive);
        restart.input = Input::Start;
        restart.holds(law);
    }
}
