//! S10: nobody is buried who had no time to refute, whoever says that it is dead.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Fact, Instant, Name, State};

use super::record::Row;
use super::{Input, Law, Moment};
use crate::NodeId;

/// Whom each node suspects.
#[derive(Default)]
pub(super) struct TimeToRefute(BTreeMap<NodeId, BTreeMap<Name, Suspicion>>);

#[derive(Clone, Copy)]
struct Suspicion {
    since: Instant,
    /// By the settings that left the least time since then.
    least: Duration,
}

impl Law for TimeToRefute {
    fn rule(&self) -> &'static str {
        "S10"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let suspected = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start {
            suspected.clear();
        }
        let fewest = moment.live.saturating_sub(moment.changes.len());
        let least = moment.config.suspicion_time(fewest, u8::MAX) / 2;
        suspected.values_mut().for_each(|suspicion| suspicion.least = suspicion.least.min(least));
        for change in moment.changes {
            let was_live = change.before.as_ref().is_some_and(Row::is_live);
            let known = suspected.remove(&change.subject);
            match change.after.as_ref().map(|row| row.state) {
                Some(State::Suspect) => {
                    let suspicion = known.unwrap_or(Suspicion { since: moment.now, least });
                    suspected.insert(change.subject.clone(), suspicion);
                }
                Some(State::Dead) if was_live => {
                    let had_time = known.is_some_and(|it| moment.latest.since(it.since) >= it.least);
                    if !had_time && !parts(moment, &change.subject) {
                        return Err(format!("buries {}, who had no time to refute", change.subject));
                    }
                }
                Some(State::Dead | State::Left | State::Alive) | None => {}
            }
        }
        Ok(())
    }
}

/// Who counts as having left may be said to be dead in the same moment, which nobody sees who takes no events.
fn parts(moment: &Moment<'_>, who: &Name) -> bool {
    !moment.listening
        || moment
            .events
            .iter()
            .any(|event| matches!(&event.fact, Fact::Left { member } if member.name == *who))
}

#[cfg(test)]
mod tests {
    use swim_core::State::{Alive, Dead, Left, Suspect};

    use super::super::scene::{Scene, at, peer, row};
    use super::*;

    fn changes(seconds: u64, was: State, is: State) -> Scene {
        let mut scene = Scene::new().change("x", Some(row(1, 1, was)), Some(row(1, 1, is)));
        (scene.now, scene.live) = (at(seconds), 3);
        scene
    }

    #[test]
    fn a_burial_without_a_suspicion_is_seen() {
        let law = &mut TimeToRefute::default();
        changes(10, Alive, Left).holds(law);
        changes(10, Left, Dead).holds(law);
        changes(10, Alive, Dead).breaks(law, "buries x, who had no time to refute");
    }

    #[test]
    fn who_left_may_be_said_to_be_dead_in_the_same_moment() {
        let mut scene = changes(10, Alive, Dead);
        let member = peer("x", &row(1, 1, Left));
        scene.events.push(swim_core::Event { version: 1, fact: Fact::Left { member } });
        scene.holds(&mut TimeToRefute::default());
        let mut deaf = changes(10, Alive, Dead);
        deaf.listening = false;
        deaf.holds(&mut TimeToRefute::default());
    }

    #[test]
    fn a_suspicion_counts_from_its_beginning() {
        for (buried, in_time) in [(11, false), (12, true)] {
            let law = &mut TimeToRefute::default();
            changes(10, Alive, Suspect).holds(law);
            changes(11, Suspect, Suspect).holds(law);
            let scene = changes(buried, Suspect, Dead);
            assert_eq!(scene.judge(law).is_ok(), in_time, "{buried}");
        }
    }

    #[test]
    fn settings_that_left_less_time_count_though_they_hold_no_more() {
        let law = &mut TimeToRefute::default();
        changes(10, Alive, Suspect).holds(law);
        let mut slower = changes(13, Suspect, Dead);
        slower.config.probe_interval *= 4;
        slower.holds(law);
    }

    #[test]
    fn who_was_alive_in_between_has_its_time_anew() {
        let law = &mut TimeToRefute::default();
        changes(10, Alive, Suspect).holds(law);
        changes(11, Suspect, Alive).holds(law);
        changes(12, Alive, Suspect).holds(law);
        changes(13, Suspect, Dead).breaks(law, "buries x, who had no time to refute");
    }
}
