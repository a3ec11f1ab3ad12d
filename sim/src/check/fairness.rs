//! L8: what a node has to tell of itself goes out soon, whatever else waits.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Instant, REGISTERS_MAX, State};

use super::said::Said;
use super::told::Honesty;
use super::{Input, Law, Moment};
use crate::NodeId;

/// Gossip rounds within which an own register goes out for the first time.
const ROUNDS: u32 = 5;
/// Where names have more bytes, no claim may fit beside a register, so that they go out by turns.
const SHORT: usize = 100;

#[derive(Default)]
pub(super) struct OwnNewsGoesOut(BTreeMap<NodeId, Waiting>);

#[derive(Default)]
struct Waiting {
    /// Own registers that were never told, by key, and since when.
    keys: BTreeMap<String, Instant>,
    /// The gossip interval when the node was looked at last.
    interval: Duration,
}

impl Law for OwnNewsGoesOut {
    fn rule(&self) -> &'static str {
        "L8"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let interval = moment.config.gossip_interval;
        let Waiting { keys: waiting, interval: before } = self.0.entry(moment.node).or_default();
        let is_other_interval = std::mem::replace(before, interval) != interval;
        if moment.is_late || is_other_interval {
            waiting.values_mut().for_each(|since| *since = moment.latest);
        }
        if moment.input == Input::Start || !moment.is_running() || moment.live < 2 {
            waiting.clear();
            return Ok(());
        }
        for key in changed_keys(moment) {
            waiting.insert(key, moment.latest);
        }
        let is_long = moment.observer.as_str().len() > SHORT;
        let is_full = is_long && !trusts_anybody(moment);
        if is_full || moment.said.iter().flatten().any(|said| is_hello(said)) {
            waiting.values_mut().for_each(|since| *since = moment.latest);
        }
        for said in moment.said.iter().flatten().flatten() {
            if let Said::Register { of, key, .. } = said
                && of == moment.observer
            {
                waiting.remove(key);
            }
        }
        let turns = if is_long { 2 } else { 1 };
        // A frame has room for one register of such a name, and a liar may have written as many as anybody may have.
        let before_it = if is_long && moment.honesty != Honesty::Truth {
            u32::try_from(REGISTERS_MAX).unwrap_or(u32::MAX)
        } else {
            0
        };
        let bound = interval * (ROUNDS + before_it) * turns;
        match waiting.iter().find(|(_, since)| moment.now.since(**since) > bound) {
            Some((key, since)) if moment.input == Input::Timeout => {
                Err(format!("has told nobody of its register {key} since {since}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Whoever was not met yet is only asked to hear, for it would not act on news.
fn is_hello(said: &[Said]) -> bool {
    matches!(said, [Said::Ping(_)])
}

/// Whether there is anybody whose packets do not all bear an accusation.
fn trusts_anybody(moment: &Moment<'_>) -> bool {
    moment.table.iter().any(|(name, row)| name != moment.observer && row.state == State::Alive)
}

/// Which of its own registers the observer has set or removed.
fn changed_keys(moment: &Moment<'_>) -> Vec<String> {
    let own = moment.changes.iter().find(|change| change.subject == *moment.observer);
    let Some((Some(before), Some(after))) = own.map(|change| (&change.before, &change.after)) else {
        return Vec::new();
    };
    let (before, after) = (&before.registers, &after.registers);
    let keys = before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key));
    keys.cloned().collect()
}

#[cfg(test)]
mod tests {
    use swim_codec::{Fingerprint, Message, Nonce, Ping, Register};
    use swim_core::State::{Alive, Suspect};

    use super::super::record::Row;
    use super::super::scene::{Scene, addr, at, frame, name, row, word};
    use super::*;

    fn sets_a_register() -> Scene {
        let registers = [("role".to_owned(), b"db".to_vec())].into();
        let (before, after) = (row(1, 0, Alive), Row { registers, ..row(1, 0, Alive) });
        let mut scene = Scene::new().change("me", Some(before), Some(after));
        (scene.live, scene.timeout) = (2, Some(at(60)));
        scene
    }

    fn woken(seconds: u64) -> Scene {
        let mut scene = Scene::new();
        (scene.now, scene.live, scene.timeout) = (at(seconds), 2, Some(at(60)));
        scene.input = Input::Timeout;
        scene
    }

    fn knows(other: State, scene: Scene) -> Scene {
        let mut scene = scene.called(&"n".repeat(200));
        scene.table.insert(name("me"), row(1, 0, other));
        scene
    }

    #[test]
    fn a_register_of_a_long_name_goes_out_by_turns_with_claims() {
        let law = &mut OwnNewsGoesOut::default();
        knows(Alive, sets_a_register()).holds(law);
        knows(Alive, woken(12)).holds(law);
        knows(Alive, woken(13)).breaks(law, "told nobody of its register role since 10.0");
    }

    #[test]
    fn a_register_of_a_long_name_waits_behind_those_of_a_liar() {
        let law = &mut OwnNewsGoesOut::default();
        let lied_to = |mut scene: Scene| {
            scene.honesty = Honesty::LiesInTrouble;
            scene
        };
        let rounds = 2 * (ROUNDS + u32::try_from(REGISTERS_MAX).unwrap());
        let last = (sets_a_register().config.gossip_interval * rounds).as_secs();
        knows(Alive, lied_to(sets_a_register())).holds(law);
        knows(Alive, lied_to(woken(10 + last))).holds(law);
        knows(Alive, lied_to(woken(11 + last))).breaks(law, "told nobody of its register role since 10.0");
    }

    #[test]
    fn a_register_of_a_long_name_may_find_no_room_beside_accusations() {
        let law = &mut OwnNewsGoesOut::default();
        knows(Alive, sets_a_register()).holds(law);
        knows(Suspect, woken(13)).holds(law);
        knows(Alive, woken(15)).holds(law);
        knows(Alive, woken(16)).breaks(law, "told nobody of its register role since 13.0");
    }

    #[test]
    fn a_register_that_is_kept_back_is_seen() {
        let law = &mut OwnNewsGoesOut::default();
        sets_a_register().holds(law);
        woken(11).holds(law);
        woken(12).breaks(law, "told nobody of its register role since 10.0");
    }

    #[test]
    fn what_was_told_once_waits_no_more() {
        let law = &mut OwnNewsGoesOut::default();
        sets_a_register().holds(law);
        let epoch = word(1, 0).epoch;
        let told = Register { owner: "me", key: "role", epoch, stamp: 1, value: Some(b"db") };
        woken(11).datagram(addr(2), frame(&[Message::Register(told)])).holds(law);
        woken(12).holds(law);
    }

    #[test]
    fn nothing_is_told_to_whoever_was_not_met() {
        let law = &mut OwnNewsGoesOut::default();
        sets_a_register().holds(law);
        let hello = Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::from_u64(1) });
        woken(11).datagram(addr(2), frame(&[hello])).holds(law);
        woken(12).holds(law);
        woken(13).breaks(law, "told nobody of its register role since 11.0");
    }

    #[test]
    fn a_clock_that_was_set_back_shows_what_the_node_has_seen_before_time_passes() {
        let law = &mut OwnNewsGoesOut::default();
        let mut set_back = sets_a_register();
        set_back.latest = at(20);
        set_back.holds(law);
        woken(12).holds(law);
        woken(21).holds(law);
        woken(22).breaks(law, "told nobody of its register role since 20.0");
    }

    #[test]
    fn a_shorter_gossip_interval_counts_from_when_it_was_set() {
        let law = &mut OwnNewsGoesOut::default();
        let mut sets = sets_a_register();
        sets.config.gossip_interval *= 10;
        sets.holds(law);
        let mut reconfigured = woken(13);
        reconfigured.input = Input::Command;
        reconfigured.holds(law);
        woken(14).holds(law);
        woken(15).breaks(law, "told nobody of its register role since 13.0");
    }

    #[test]
    fn who_is_alone_has_nobody_to_tell() {
        let law = &mut OwnNewsGoesOut::default();
        sets_a_register().holds(law);
        let mut alone = woken(12);
        alone.live = 1;
        alone.holds(law);
        woken(13).holds(law);
    }
}
