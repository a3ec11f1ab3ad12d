//! S4b: who is gone is remembered for as long as the configuration says, unless the table is full.

use std::collections::BTreeMap;

use swim_core::{Instant, Name, State};

use super::record::{Row, Word};
use super::{Input, Law, Moment};
use crate::NodeId;

/// Since when who is gone for whom.
#[derive(Default)]
pub(super) struct LongMemory(BTreeMap<NodeId, BTreeMap<Name, Instant>>);

impl Law for LongMemory {
    fn rule(&self) -> &'static str {
        "S4b"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let gone = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start {
            gone.clear();
        }
        let full = moment.table.len() + 1 >= moment.config.max_members as usize;
        for change in moment.changes {
            let since = gone.remove(&change.subject);
            match &change.after {
                Some(row) if row.is_live() => {}
                Some(row) => {
                    let is_news = change.before.as_ref().is_none_or(|before| claim(before) != claim(row));
                    let since = since.filter(|_| !is_news).unwrap_or(moment.now);
                    gone.insert(change.subject.clone(), since);
                }
                None => {
                    let Some(since) = since.filter(|_| !full) else { continue };
                    let long = moment.latest.since(since);
                    if long < moment.config.tombstone {
                        return Err(format!("forgot {} after {long:?}", change.subject));
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a row says without its registers, which may change for the gone too.
fn claim(row: &Row) -> (Word, State) {
    (row.word, row.state)
}

#[cfg(test)]
mod tests {
    use swim_core::State::Dead;

    use super::super::scene::{Scene, at, row};
    use super::*;

    fn forgets(seconds: u64, max_members: u32) -> (LongMemory, Scene) {
        let mut law = LongMemory::default();
        Scene::new().change("x", None, Some(row(1, 0, Dead))).holds(&mut law);
        let mut scene = Scene::new().change("x", Some(row(1, 0, Dead)), None);
        (scene.now, scene.config.max_members) = (at(10 + seconds), max_members);
        (law, scene)
    }

    #[test]
    fn a_death_that_is_forgotten_too_soon_is_seen() {
        let day = 24 * 3600;
        let (mut law, scene) = forgets(day - 1, 100);
        scene.breaks(&mut law, "forgot x after 86399s");
        let (mut law, scene) = forgets(day, 100);
        scene.holds(&mut law);
        let (mut law, scene) = forgets(5, 2);
        scene.holds(&mut law);
    }

    #[test]
    fn registers_of_the_gone_make_nobody_remember_them_for_longer() {
        let (mut law, forgets) = forgets(24 * 3600, 100);
        let mut registers = Scene::new().change("x", Some(row(1, 0, Dead)), Some(row(1, 0, Dead)));
        registers.now = forgets.now;
        registers.holds(&mut law);
        forgets.holds(&mut law);
    }
}
