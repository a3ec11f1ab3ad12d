//! B7: when nothing happens any more, nothing is left of what happened: no relay, no news, no stream but to those who
//! are gone, and no deadlines but a node's own and those of the gone.

use std::time::Duration;

use super::{Law, Moment};

/// Deadlines of a node that only probes: for the probe and its answer, for the next call to those who are gone, for
/// joining through seeds that never answered, and for those of a former life.
const OWN_DEADLINES: usize = 5;
/// Calls over streams to those who are gone: a member, an address and a seed at a time.
const CALLS: usize = 3;
/// Where heal intervals are longer than this, what was asked in the chaos is not asked again before the end.
const LONG_INTERVAL: Duration = Duration::from_secs(120);
/// So many answers are kept for that.
const ANSWERS: usize = 64;

pub(super) struct NothingIsLeft;

impl Law for NothingIsLeft {
    fn rule(&self) -> &'static str {
        "B7"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        // What was under way when it became quiet has so long to end.
        let settled =
            moment.quiet_since.is_some_and(|since| moment.time.since(since) > moment.config.stream_timeout);
        if !settled {
            return Ok(());
        }
        let load = moment.load;
        // Those too of whom the node heard only after they were gone, and whom it shows nobody.
        let gone = moment.truth.count().saturating_sub(moment.live);
        let answers = if moment.config.heal_interval > LONG_INTERVAL { ANSWERS } else { 0 };
        let deadlines = OWN_DEADLINES + CALLS + answers + gone;
        let busy = load.claims + load.registers + load.relays > 0;
        if busy || load.streams > CALLS || load.deadlines > deadlines {
            return Err(format!("has {load:?} under way where nothing happens, and {gone} are gone"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::Load;

    use super::super::scene::{Scene, addr, at, name};
    use super::*;

    fn quiet(load: Load) -> Scene {
        let mut scene = Scene::new();
        (scene.now, scene.quiet_since, scene.load) = (at(30), Some(at(10)), load);
        scene
    }

    #[test]
    fn whatever_is_left_is_seen() {
        quiet(Load { deadlines: 3, ..Load::default() }).holds(&mut NothingIsLeft);
        for load in [
            Load { claims: 1, ..Load::default() },
            Load { registers: 1, ..Load::default() },
            Load { relays: 1, ..Load::default() },
            Load { streams: 4, ..Load::default() },
            Load { deadlines: 9, ..Load::default() },
        ] {
            quiet(load).breaks(&mut NothingIsLeft, "where nothing happens");
            let mut soon = quiet(load);
            soon.now = at(20);
            soon.holds(&mut NothingIsLeft);
        }
    }

    #[test]
    fn each_member_that_is_gone_has_a_deadline() {
        let mut scene = quiet(Load { deadlines: 9, ..Load::default() });
        scene.truth.listen(&name("me"), &addr(1));
        scene.truth.listen(&name("x"), &addr(2));
        scene.holds(&mut NothingIsLeft);
    }

    #[test]
    fn answers_are_kept_for_a_heal_interval() {
        let mut scene = quiet(Load { deadlines: 9, ..Load::default() });
        scene.config.heal_interval = LONG_INTERVAL * 2;
        scene.holds(&mut NothingIsLeft);
        scene.load.deadlines += ANSWERS;
        scene.breaks(&mut NothingIsLeft, "where nothing happens");
    }
}
