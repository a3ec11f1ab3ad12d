//! S10: a node that knows others probes one of them each interval, which doubt of itself may stretch.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::Instant;

use super::{Input, Law, Moment};
use crate::NodeId;

/// When each node began its last probe, or could begin none.
#[derive(Default)]
pub(super) struct Duties(BTreeMap<NodeId, Last>);

#[derive(Clone, Copy)]
struct Last {
    probe: Instant,
    count: u64,
    /// How long it may take to the next one.
    limit: Duration,
    /// It had nobody to probe.
    idle: bool,
    /// When it wanted to be woken next.
    due: Option<Instant>,
}

impl Law for Duties {
    fn rule(&self) -> &'static str {
        "S10"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let (now, count) = (moment.now, moment.stats.probes);
        // One interval more: a node may have met the first other right after its interval. And one timeout for the member
        // that speaks on a stream by then.
        let stretch = u32::from(moment.config.health_max) + 1;
        let limit = moment.config.probe_interval * (stretch + 1) + moment.config.probe_timeout * stretch;
        let idle = !moment.is_running() || moment.live < 2;
        let fresh = Last { probe: moment.latest, count, limit, idle, due: moment.timeout };
        let last = self.0.entry(moment.node).or_insert(fresh);
        // One that stood still gives the probe under way as much longer, and time for what waits in its socket.
        let stood_still = last.due.filter(|&due| now > due).map(|due| now.since(due));
        last.due = moment.timeout;
        let begins_anew = count != last.count || moment.input == Input::Start;
        if idle || last.idle || begins_anew {
            *last = fresh;
        } else if limit != last.limit {
            // The probe under way is over after an interval, and then comes the next one.
            *last = Last { probe: now + moment.config.probe_interval, ..fresh };
        } else if let Some(gap) = stood_still {
            *last = Last { probe: now.max(last.probe) + gap + moment.config.probe_timeout, ..fresh };
        }
        let waited = now.since(last.probe);
        if moment.input == Input::Timeout && waited > limit {
            return Err(format!("has probed nobody for {waited:?}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, at};
    use super::*;

    fn woken(seconds: u64, live: usize) -> Scene {
        let mut scene = Scene::new();
        (scene.now, scene.live, scene.input) = (at(seconds), live, Input::Timeout);
        scene.timeout = Some(at(60));
        scene
    }

    #[test]
    fn a_node_that_stops_probing_is_seen() {
        let law = &mut Duties::default();
        woken(10, 2).holds(law);
        woken(24, 2).holds(law);
        woken(25, 2).breaks(law, "has probed nobody for 15s");
        let mut probes = woken(26, 2);
        probes.stats.probes = 1;
        probes.holds(law);
    }

    #[test]
    fn who_stood_still_need_not_have_probed_meanwhile() {
        let law = &mut Duties::default();
        woken(10, 2).holds(law);
        woken(70, 2).holds(law);
    }

    #[test]
    fn a_clock_that_was_set_back_shows_what_the_node_has_seen_before_time_passes() {
        let law = &mut Duties::default();
        let mut set_back = woken(10, 2);
        set_back.latest = at(30);
        set_back.holds(law);
        woken(21, 2).holds(law);
        woken(44, 2).holds(law);
        woken(45, 2).breaks(law, "has probed nobody for 15s");
    }

    #[test]
    fn who_is_told_to_probe_sooner_ends_the_probe_under_way_first() {
        let law = &mut Duties::default();
        woken(10, 2).holds(law);
        let sooner = |seconds| {
            let mut scene = woken(seconds, 2);
            scene.config.health_max = 0;
            scene
        };
        sooner(11).holds(law);
        sooner(14).holds(law);
        sooner(15).breaks(law, "has probed nobody for 3s");
    }

    #[test]
    fn who_knows_nobody_need_not_probe() {
        let law = &mut Duties::default();
        woken(10, 1).holds(law);
        woken(99, 1).holds(law);
        woken(100, 2).holds(law);
    }
}
