//! B11: one input never makes a node send more than a handful.

use super::told::Honesty;
use super::{Input, Law, Moment};

pub(super) struct FewOutputs;

/// A comparison of tables is answered with records in so many datagrams at most, one more for what is wanted, and one
/// that refutes or acknowledges what came along.
const RECORDS_MAX: usize = 8 + 2;

/// Pings on behalf of others at a time.
const RELAYS_MAX: usize = 64;

/// Members per probe interval that are asked because they are said to live later than any clock explains.
const LATE_LIVES_MAX: usize = 8;

impl Law for FewOutputs {
    fn rule(&self) -> &'static str {
        "B11"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        if moment.batches {
            return Ok(());
        }
        let helpers = usize::from(moment.config.indirect_probes);
        let fanout = usize::from(moment.config.gossip_fanout);
        let bound = match moment.input {
            Input::Datagram => (2 + helpers).max(RECORDS_MAX),
            // Whoever is said to have moved is asked where it was.
            Input::Stream => 2 + helpers + moment.table.len(),
            // A probe, its helpers, a round of gossip and a few seeds may fall due together.
            Input::Start | Input::Timeout | Input::Command => 2 + helpers + fanout + 3,
        };
        let bound = if moment.honesty == Honesty::Truth { bound } else { bound + LATE_LIVES_MAX };
        let count = moment.sent.len();
        // The last attempts to reach several suspects fall due together where one datagram accused them all, or where
        // this node stood still.
        let attempts = moment.table.len().saturating_sub(1) * (2 + helpers);
        // So do the nacks for all who asked for help while it stood still.
        let together = attempts + RELAYS_MAX;
        if count > bound && (moment.input != Input::Timeout || count > bound + together) {
            return Err(format!("answers one {:?} with {count} outputs, the bound is {bound}", moment.input));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr, row};
    use super::*;

    #[test]
    fn each_member_may_cost_a_last_attempt() {
        let woken = || {
            let mut scene = Scene::new();
            scene.input = Input::Timeout;
            (0..80).fold(scene, |scene, _| scene.datagram(addr(1), vec![0]))
        };
        woken().breaks(&mut FewOutputs, "answers one Timeout with 80 outputs, the bound is 11");
        woken().change("x", None, Some(row(1, 0, swim_core::State::Suspect))).holds(&mut FewOutputs);
    }

    #[test]
    fn what_waited_at_a_node_that_batches_goes_out_at_once() {
        let mut woken = (0..80).fold(Scene::new(), |scene, _| scene.datagram(addr(1), vec![0]));
        (woken.input, woken.batches) = (Input::Timeout, true);
        woken.holds(&mut FewOutputs);
    }

    fn send(count: usize) -> Scene {
        (0..count).fold(Scene::new(), |scene, _| scene.datagram(addr(1), vec![0]))
    }

    #[test]
    fn a_few_who_are_said_to_live_absurdly_late_are_asked() {
        let (mut few, mut many) = (send(18), send(19));
        few.honesty = Honesty::LiesInTrouble;
        many.honesty = Honesty::LiesInTrouble;
        few.holds(&mut FewOutputs);
        many.breaks(&mut FewOutputs, "answers one Datagram with 19 outputs, the bound is 18");
    }

    #[test]
    fn an_input_that_is_multiplied_is_seen() {
        send(10).holds(&mut FewOutputs);
        send(11).breaks(&mut FewOutputs, "answers one Datagram with 11 outputs, the bound is 10");
    }
}
