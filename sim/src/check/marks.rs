//! Coverage: which of the things that can happen to a node did happen in a run.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use swim_core::{DropReason, Fact, JoinFailure, State, Transmit};

use super::said::Said;
use super::{Honesty, Input, Moment};
use crate::Arrival;

/// What a run has come by, as a [`Judge`](super::Judge) saw it.
#[derive(Clone, Debug, Default)]
pub struct Marks(Rc<RefCell<BTreeSet<&'static str>>>);

impl Marks {
    /// Every mark there is. A search that comes by one of them too seldom does not test it.
    pub const ALL: [&'static str; 91] = [
        "event: joined",
        "event: suspected",
        "event: refuted",
        "event: restarted",
        "event: failed",
        "event: left",
        "event: updated",
        "event: removed",
        "event: forgotten",
        "event: has joined",
        "event: join failed",
        "event: self refuted",
        "event: has left",
        "event: lagged",
        "join failed: unreachable",
        "join failed: refused",
        "join failed: for now",
        "call: start",
        "call: datagram",
        "call: timeout",
        "call: command",
        "stream: accepted",
        "stream: connected",
        "stream: data",
        "stream: written",
        "stream: finished",
        "stream: failed",
        "does: connect",
        "does: write",
        "does: finish",
        "does: abort",
        "says: ping",
        "says: ping-req",
        "says: ack",
        "says: nack",
        "says: claim",
        "says: register",
        "says: removed register",
        "says: digest",
        "says: want",
        "says: coordinate",
        "hears: ping-req",
        "hears: nack",
        "hears: digest",
        "hears: want",
        "hears: nothing that is a frame of this cluster",
        "drops: too short",
        "drops: bad magic",
        "drops: unknown version",
        "drops: plain refused",
        "drops: unknown key",
        "drops: bad tag",
        "drops: absurd incarnation",
        "drops: absurd stamp",
        "drops: absurd coordinate",
        "drops: name taken",
        "drops: foreign cluster",
        "drops: wrong destination",
        "drops: own frame",
        "drops: unexpected answer",
        "drops: unknown target",
        "drops: unknown owner",
        "drops: stranger",
        "drops: too many digests",
        "meets: somebody alive",
        "meets: a suspect",
        "changes: alive to suspect",
        "changes: alive to dead",
        "changes: alive to left",
        "changes: suspect to alive",
        "changes: suspect to dead",
        "changes: suspect to left",
        "changes: dead to alive",
        "changes: dead to suspect",
        "changes: dead to left",
        "changes: left to alive",
        "changes: a new life",
        "changes: registers alone",
        "forgets: somebody",
        "a probe without any answer",
        "helpers were asked",
        "an exchange over a stream",
        "a datagram that is full",
        "doubts itself",
        "doubts itself as much as it can",
        "is alone",
        "is leaving",
        "has ended",
        "its clock went back",
        "is woken late",
        "hears while somebody with the key lies",
    ];

    /// What the run has come by so far.
    #[must_use]
    pub fn hit(&self) -> BTreeSet<&'static str> {
        self.0.borrow().clone()
    }

    pub(super) fn note(&self, moment: &Moment<'_>) {
        let hit = &mut *self.0.borrow_mut();
        hit.extend(call(moment));
        hit.extend(moment.events.iter().flat_map(|event| fact(&event.fact)).flatten());
        hit.extend(moment.sent.iter().filter_map(|sent| transmit(&sent.transmit)));
        hit.extend(moment.said.iter().flatten().flatten().filter_map(said));
        hit.extend(moment.heard_said.unwrap_or_default().iter().filter_map(heard));
        hit.extend(moment.changes.iter().flat_map(change).flatten());
        hit.extend(drops(moment));
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

fn fact(fact: &Fact) -> [Option<&'static str>; 3] {
    let mark = match fact {
        Fact::Joined { member } if member.state == State::Alive => {
            return [Some("event: joined"), Some("meets: somebody alive"), None];
        }
        Fact::Joined { .. } => return [Some("event: joined"), Some("meets: a suspect"), None],
        Fact::JoinFailed { reason, retry_in, .. } => {
            let why = match reason {
                JoinFailure::Unreachable => Some("join failed: unreachable"),
                JoinFailure::Refused => Some("join failed: refused"),
                _ => None,
            };
            return [Some("event: join failed"), why, retry_in.map(|_| "join failed: for now")];
        }
        Fact::Suspected { .. } => "event: suspected",
        Fact::Refuted { .. } => "event: refuted",
        Fact::Restarted { .. } => "event: restarted",
        Fact::Failed { .. } => "event: failed",
        Fact::Left { .. } => "event: left",
        Fact::Updated { value: Some(_), .. } => "event: updated",
        Fact::Updated { value: None, .. } => "event: removed",
        Fact::Forgotten { .. } => "event: forgotten",
        Fact::HasJoined { .. } => "event: has joined",
        Fact::SelfRefuted { .. } => "event: self refuted",
        Fact::HasLeft => "event: has left",
        Fact::Lagged { .. } => "event: lagged",
        _ => return [None; 3],
    };
    [Some(mark), None, None]
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

fn said(said: &Said) -> Option<&'static str> {
    Some(match said {
        Said::Ping(_) => "says: ping",
        Said::PingReq(_) => "says: ping-req",
        Said::Ack(_) => "says: ack",
        Said::Nack(_) => "says: nack",
        Said::Claim { .. } => "says: claim",
        Said::Register { value: Some(_), .. } => "says: register",
        Said::Register { value: None, .. } => "says: removed register",
        Said::Digest => "says: digest",
        Said::Want => "says: want",
        Said::Coordinate => "says: coordinate",
        Said::Sync | Said::Challenge | Said::Echo => return None,
    })
}

fn heard(said: &Said) -> Option<&'static str> {
    Some(match said {
        Said::PingReq(_) => "hears: ping-req",
        Said::Nack(_) => "hears: nack",
        Said::Digest => "hears: digest",
        Said::Want => "hears: want",
        _ => return None,
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

/// Reasons that the faults of a plan can lead to.
const DROPS: [(DropReason, &str); 18] = [
    (DropReason::TooShort, "drops: too short"),
    (DropReason::BadMagic, "drops: bad magic"),
    (DropReason::UnknownVersion, "drops: unknown version"),
    (DropReason::PlainRefused, "drops: plain refused"),
    (DropReason::UnknownKey, "drops: unknown key"),
    (DropReason::BadTag, "drops: bad tag"),
    (DropReason::AbsurdIncarnation, "drops: absurd incarnation"),
    (DropReason::AbsurdStamp, "drops: absurd stamp"),
    (DropReason::AbsurdCoordinate, "drops: absurd coordinate"),
    (DropReason::NameTaken, "drops: name taken"),
    (DropReason::ForeignCluster, "drops: foreign cluster"),
    (DropReason::WrongDestination, "drops: wrong destination"),
    (DropReason::OwnFrame, "drops: own frame"),
    (DropReason::UnexpectedAnswer, "drops: unexpected answer"),
    (DropReason::UnknownTarget, "drops: unknown target"),
    (DropReason::UnknownOwner, "drops: unknown owner"),
    (DropReason::Stranger, "drops: stranger"),
    (DropReason::TooManyDigests, "drops: too many digests"),
];

fn drops(moment: &Moment<'_>) -> impl Iterator<Item = &'static str> {
    DROPS.into_iter().filter(|(reason, _)| moment.stats.dropped(*reason) > 0).map(|(_, mark)| mark)
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
