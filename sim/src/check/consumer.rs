//! B9: an application that does not take its events costs a bounded number of them, and the node goes on.

use super::{Law, Moment};

pub(super) struct SlowConsumer;

impl Law for SlowConsumer {
    fn rule(&self) -> &'static str {
        "B9"
    }

    /// Whatever waited, no more than the bound and one word about the loss come out at once.
    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let (count, bound) = (moment.events.len(), moment.config.max_events as usize + 1);
        if count > bound { Err(format!("{count} events waited, the bound is {bound}")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use swim_core::Fact;

    use super::super::scene::Scene;
    use super::*;

    #[test]
    fn a_queue_that_grew_without_bound_is_seen() {
        let waited = |count| (0..count).fold(Scene::new(), |scene, _| scene.event(Fact::HasLeft));
        waited(4097).holds(&mut SlowConsumer);
        waited(4098).breaks(&mut SlowConsumer, "4098 events waited, the bound is 4097");
    }
}
