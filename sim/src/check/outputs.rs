//! B11: one input never makes a node send more than a handful.

use super::{Input, Law, Moment};

pub(super) struct FewOutputs;

/// A comparison of tables is answered with records in so many datagrams at most, one more for what is wanted, and one
/// that refutes or acknowledges what came along.
const RECORDS_MAX: usize = 8 + 2;

/// A call of each kind: to a member, to a remembered address and to a seed.
const CALLS: usize = 3;

impl Law for FewOutputs {
    fn rule(&self) -> &'static str {
        "B11"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let helpers = usize::from(moment.config.indirect_probes);
        let fanout = usize::from(moment.config.gossip_fanout);
        let bound = match moment.input {
            Input::Datagram => (2 + helpers).max(RECORDS_MAX),
            Input::Stream => 2 + helpers,
            // A probe, its helpers, a round of gossip, a few seeds and calls to those who are gone may fall due together.
            Input::Start | Input::Timeout | Input::Command => 2 + helpers + fanout + 3 + CALLS,
        };
        let count = moment.sent.len();
        if count > bound {
            return Err(format!("answers one {:?} with {count} outputs, the bound is {bound}", moment.input));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr};
    use super::*;

    #[test]
    fn an_input_that_is_multiplied_is_seen() {
        let send = |count| (0..count).fold(Scene::new(), |scene, _| scene.datagram(addr(1), vec![0]));
        send(10).holds(&mut FewOutputs);
        send(11).breaks(&mut FewOutputs, "answers one Datagram with 11 outputs, the bound is 10");
    }
}
