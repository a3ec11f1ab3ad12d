//! S10: a node that runs always has a deadline, and one that was woken and drained has it in the future.

use super::{Input, Law, Moment};

pub(super) struct Deadlines;

impl Law for Deadlines {
    fn rule(&self) -> &'static str {
        "S10"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        match moment.timeout {
            None if !moment.ended => Err("runs without a deadline".into()),
            Some(due) if moment.ended => Err(format!("has ended and wants to be woken at {due}")),
            Some(due) if moment.input == Input::Timeout && moment.flushed && due <= moment.now => {
                Err(format!("was woken and drained and wants to be woken at {due}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, at};
    use super::*;

    #[test]
    fn a_node_that_sleeps_for_ever_is_seen() {
        let mut scene = Scene::new();
        scene.holds(&mut Deadlines);
        scene.timeout = None;
        scene.breaks(&mut Deadlines, "runs without a deadline");
        scene.ended = true;
        scene.holds(&mut Deadlines);
    }

    #[test]
    fn a_node_that_is_woken_again_and_again_is_seen() {
        let mut scene = Scene::new();
        scene.input = Input::Timeout;
        scene.holds(&mut Deadlines);
        scene.timeout = Some(scene.now);
        scene.breaks(&mut Deadlines, "wants to be woken at 10.000000s");
        scene.flushed = false;
        scene.holds(&mut Deadlines);
        (scene.input, scene.flushed) = (Input::Datagram, true);
        scene.holds(&mut Deadlines);
    }

    #[test]
    fn a_node_that_has_ended_and_wants_more_is_seen() {
        let mut scene = Scene::new();
        scene.ended = true;
        scene.timeout = Some(at(12));
        scene.breaks(&mut Deadlines, "has ended");
    }
}
