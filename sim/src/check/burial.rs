//! S4a: who is dead or left comes back only with a newer word, even if the record vanished in between.

use std::collections::BTreeMap;

use swim_core::{Fact, Name};

use super::record::Word;
use super::{Input, Law, Moment};
use crate::NodeId;

/// With which word each node buried whom.
#[derive(Default)]
pub(super) struct NoResurrection(BTreeMap<NodeId, BTreeMap<Name, Word>>);

impl Law for NoResurrection {
    fn rule(&self) -> &'static str {
        "S4a"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let buried = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start {
            buried.clear();
        }
        for change in moment.changes {
            let Some(after) = &change.after else {
                // Whether the memory has ended on purpose, an application that does not listen is told too late.
                if !moment.listening {
                    buried.remove(&change.subject);
                }
                continue;
            };
            let last = buried.get(&change.subject).copied();
            if !after.is_live() {
                buried.insert(change.subject.clone(), after.word.max(last.unwrap_or(after.word)));
            } else if let Some(last) = last.filter(|&last| after.word <= last) {
                return Err(format!("buried {} at {last}, now it lives at {}", change.subject, after.word));
            }
        }
        // The memory has ended on purpose: from here on S4b is at stake, not this law.
        for event in moment.events {
            if let Fact::Forgotten { member } = &event.fact {
                buried.remove(member);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::{Alive, Dead, Left, Suspect};

    use super::super::scene::{Scene, name, row};
    use super::*;

    fn judge_in_turn(scenes: &[Scene]) -> Vec<bool> {
        let mut law = NoResurrection::default();
        scenes.iter().map(|scene| scene.judge(&mut law).is_ok()).collect()
    }

    fn learn(row: super::super::record::Row) -> Scene {
        Scene::new().change("x", None, Some(row))
    }

    #[test]
    fn a_return_without_a_newer_word_is_seen_even_after_the_record_vanished() {
        for (end, back) in [(Dead, Alive), (Dead, Suspect), (Left, Alive)] {
            let vanish = Scene::new().change("x", Some(row(1, 3, end)), None);
            let scenes = [learn(row(1, 3, end)), vanish, learn(row(1, 3, back))];
            assert_eq!(judge_in_turn(&scenes), [true, true, false]);
        }
    }

    #[test]
    fn a_return_with_a_newer_word_is_fine() {
        assert_eq!(judge_in_turn(&[learn(row(1, 3, Dead)), learn(row(1, 4, Alive))]), [true, true]);
        assert_eq!(judge_in_turn(&[learn(row(1, 3, Left)), learn(row(2, 0, Alive))]), [true, true]);
    }

    #[test]
    fn who_is_forgotten_or_forgets_everything_may_meet_again() {
        let forget = Scene::new().event(Fact::Forgotten { member: name("x") });
        assert_eq!(judge_in_turn(&[learn(row(1, 3, Dead)), forget, learn(row(1, 3, Alive))]), [true; 3]);
        let mut restart = Scene::new();
        restart.input = Input::Start;
        assert_eq!(judge_in_turn(&[learn(row(1, 3, Dead)), restart, learn(row(1, 3, Alive))]), [true; 3]);
    }
}
