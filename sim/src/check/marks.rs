//! Coverage: which of the things that can happen to a node did happen in a run.

mod drops;
mod facts;
mod messages;
mod names;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use swim_core::{State, Transmit};

use super::{Honesty, Input, Moment};
use crate::Arrival;

/// Of what came into being after this file was written.
const NAMELESS: &str = "something that has no mark";

/// What a run has come by, as a [`Judge`](super::Judge) saw it.
#[derive(Clone, Debug, Default)]
pub struct Marks(Rc<RefCell<BTreeSet<&'static str>>>);

impl Marks {
    /// Every mark there is. A search that comes by one of them too seldom does not test it.
    pub const ALL: [&'static str; names::ALL.len()] = names::ALL;

    /// What the run has come by so far.
    #[must_use]
    pub fn hit(&self) -> BTreeSet<&'static str> {
        self.0.borrow().clone()
    }

    pub(super) fn note(&self, moment: &Moment<'_>) {
        let hit = &mut *self.0.borrow_mut();
        hit.extend(call(moment));
        hit.extend(moment.events.iter().flat_map(|event| facts::fact(&event.fact)).flatten());
        hit.extend(moment.sent.iter().filter_map(|sent| transmit(&sent.transmit)));
        hit.extend(moment.said.iter().flatten().flatten().filter_map(messages::said));
        hit.extend(moment.heard_said.unwrap_or_default().iter().filter_map(messages::heard));
        hit.extend(moment.changes.iter().flat_map(change).flatten());
        hit.extend(drops::drops(moment.stats));
        hit.extend(condition(moment));
    }
}

fn call(moment: &Moment<'_>) -> Option<&'static str> {
    Some(match (moment.input, moment.arrival) {
        (_, Some((_, Arrival::Accepted { .. }))) => "stream: accepted",
        (_, Some((_, Arrival::Connected))) => "stream: connected",
        (_, Some((_, Arrival::Data(_)))) => "stream: data",
        (_, Some((_, Arrival::Written))) => "stream: written",
        (_, Some((_, Arrival::Finished))) => "stream: finished",
        (_, Some((_, Arrival::Failed))) => "stream: failed",
        (Input::Start, _) => "call: start",
        (Input::Datagram, _) => "call: datagram",
        (Input::Timeout, _) => "call: timeout",
        (Input::Command, _) => "call: command",
        (Input::Stream, None) => return None,
    })
}

fn transmit(transmit: &Transmit) -> Option<&'static str> {
    Some(match transmit {
        Transmit::Datagram { .. } => return None,
        Transmit::Connect { .. } => "does: connect",
        Transmit::Write { .. } => "does: write",
        Transmit::Finish { .. } => "does: finish",
        Transmit::Abort { .. } => "does: abort",
    })
}

fn change(change: &super::record::Change) -> [Option<&'static str>; 2] {
    use State::{Alive, Dead, Left, Suspect};
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return [change.after.is_none().then_some("forgets: somebody"), None];
    };
    let state = match (before.state, after.state) {
        (Alive, Suspect) => Some("changes: alive to suspect"),
        (Alive, Dead) => Some("changes: alive to dead"),
        (Alive, Left) => Some("changes: alive to left"),
        (Suspect, Alive) => Some("changes: suspect to alive"),
        (Suspect, Dead) => Some("changes: suspect to dead"),
        (Suspect, Left) => Some("changes: suspect to left"),
        (Dead, Alive) => Some("changes: dead to alive"),
        (Dead, Suspect) => Some("changes: dead to suspect"),
        (Dead, Left) => Some("changes: dead to left"),
        (Left, Alive) => Some("changes: left to alive"),
        _ if before.word == after.word => Some("changes: registers alone"),
        _ => None,
    };
    [state, (after.word.epoch > before.word.epoch).then_some("changes: a new life")]
}

fn condition(moment: &Moment<'_>) -> impl Iterator<Item = &'static str> {
    let nearly = usize::from(moment.config.datagram_limit) * 9 / 10;
    let full =
        |sent: &crate::Sent| matches!(sent.transmit, Transmit::Datagram { .. }) && sent.bytes.len() >= nearly;
    let conditions = [
        (
            moment.heard_bytes.is_some() && moment.heard_said.is_none(),
            "hears: nothing that is a frame of this cluster",
        ),
        (moment.stats.probes_failed > 0, "a probe without any answer"),
        (moment.stats.probes_indirect > 0, "helpers were asked"),
        (moment.stats.syncs > 0, "an exchange over a stream"),
        (moment.sent.iter().any(full), "a datagram that is full"),
        (moment.doubt > 0, "doubts itself"),
        (moment.doubt == moment.config.health_max, "doubts itself as much as it can"),
        (moment.live == 1, "is alone"),
        (!moment.is_running() && !moment.ended, "is leaving"),
        (moment.ended, "has ended"),
        (moment.shown < moment.now, "its clock went back"),
        (moment.input == Input::Timeout && moment.is_late, "is woken late"),
        (
            moment.heard_said.is_some() && moment.honesty != Honesty::Truth,
            "hears while somebody with the key lies",
        ),
    ];
    conditions.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark)
}

#[cfg(test)]
mod tests {
    use swim_core::State::{Alive, Dead};

    use super::super::scene::{Scene, addr, frame, ping, row};
    use super::*;

    struct Noting(Marks);

    impl super::super::Law for Noting {
        fn rule(&self) -> &'static str {
            "none"
        }

        fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
            self.0.note(moment);
            Ok(())
        }
    }

    #[test]
    fn what_happens_is_marked_and_what_does_not_is_not() {
        let marks = Marks::default();
        let scene = Scene::new().change("x", Some(row(1, 1, Alive)), Some(row(1, 1, Dead)));
        scene.datagram(addr(2), frame(&[ping()])).holds(&mut Noting(marks.clone()));
        let hit: Vec<_> = marks.hit().into_iter().collect();
        assert_eq!(hit, ["call: datagram", "changes: alive to dead", "is alone", "says: ping"]);
    }

    #[test]
    fn all_marks_are_different() {
        assert_eq!(BTreeSet::from(Marks::ALL).len(), Marks::ALL.len());
    }
}
