//! S12: nodes never excite each other: what one of them sends in a second is bounded, whatever comes in.

use std::collections::BTreeMap;

use super::{Honesty, Input, Law, Moment};
use crate::NodeId;

/// Outputs of a node in a second, and for each member that it knows. Answers count once; what a node does by itself
/// counts so many times, since nobody can make it do more.
const OUTPUTS_MAX: u64 = 1_600;
const OUTPUTS_PER_MEMBER_MAX: u64 = 160;
const OWN_ACCORD: u64 = 4;
/// Liars are answered, too, and a paused node answers all of them at once.
const LIARS: u64 = 3;

/// How much each node sent in the present second.
#[derive(Default)]
pub(super) struct NoStorms(BTreeMap<NodeId, (u64, u64)>);

impl Law for NoStorms {
    fn rule(&self) -> &'static str {
        "S12"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let second = moment.time.as_nanos() / 1_000_000_000;
        let (last, count) = self.0.entry(moment.node).or_default();
        if *last != second || moment.input == Input::Start {
            (*last, *count) = (second, 0);
        }
        let weight = if moment.input == Input::Timeout { OWN_ACCORD } else { 1 };
        *count += weight * moment.sent.len() as u64;
        let usual = OUTPUTS_MAX + OUTPUTS_PER_MEMBER_MAX * moment.table.len() as u64;
        let bound = if moment.honesty == Honesty::Truth { usual } else { usual * LIARS };
        if *count > bound {
            Err(format!("sends {count} times in a second, the bound is {bound}"))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr, at};
    use super::*;

    #[test]
    fn a_node_that_never_stops_sending_is_seen() {
        let sends = |seconds| {
            let mut scene = (0..220).fold(Scene::new(), |scene, _| scene.datagram(addr(2), vec![0]));
            (scene.now, scene.input) = (at(seconds), Input::Timeout);
            scene
        };
        let law = &mut NoStorms::default();
        sends(10).holds(law);
        sends(10).holds(law);
        sends(11).holds(law);
        sends(11).holds(law);
        sends(11).breaks(law, "sends 2640 times in a second, the bound is 1760");
    }
}
