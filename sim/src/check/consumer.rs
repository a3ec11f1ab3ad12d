//! B9: an application that does not take its events costs a bounded number of them, and the node goes on.

use std::collections::BTreeMap;

use swim_core::{Event, Fact};

use super::{Law, Moment};
use crate::NodeId;

/// The largest bound of each node since its application took events: a lower one takes away nothing that waits.
#[derive(Default)]
pub(super) struct SlowConsumer(BTreeMap<NodeId, usize>);

impl Law for SlowConsumer {
    fn rule(&self) -> &'static str {
        "B9"
    }

    /// Whatever waited, no more than the bound, one word about the loss and the last event of all come out at once.
    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let is_last = |event: &Event| matches!(event.fact, Fact::HasLeft | Fact::NameConflict { .. });
        let count = moment.events.len() - usize::from(moment.events.last().is_some_and(is_last));
        let now = moment.config.max_events as usize + 1;
        let largest = self.0.entry(moment.node).or_insert(now);
        let bound = now.max(*largest);
        *largest = if moment.listening { now } else { bound };
        if count > bound { Err(format!("{count} events waited, the bound is {bound}")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    #[test]
    fn a_queue_that_grew_without_bound_is_seen() {
        let waited =
            |count| (0..count).fold(Scene::new(), |scene, _| scene.event(Fact::Lagged { missed: 1 }));
        waited(4097).holds(&mut SlowConsumer::default());
        waited(4098).breaks(&mut SlowConsumer::default(), "4098 events waited, the bound is 4097");
    }

    #[test]
    fn what_waits_already_may_be_more_than_a_lower_bound() {
        let law = &mut SlowConsumer::default();
        let asks = |listening, most, count| {
            let mut scene = (0..count).fold(Scene::new(), |scene, _| scene.event(Fact::Lagged { missed: 1 }));
            (scene.listening, scene.config.max_events) = (listening, most);
            scene
        };
        asks(false, 100, 0).holds(law);
        asks(true, 20, 50).holds(law);
        asks(true, 20, 50).breaks(law, "50 events waited, the bound is 21");
    }
}
