//! Marks of what applications are told.

use swim_core::{Fact, JoinFailure, State};

use super::NAMELESS;

pub(super) fn fact(fact: &Fact) -> [Option<&'static str>; 3] {
    let mark = match fact {
        Fact::Joined { member } if member.state == State::Alive => {
            return [Some("event: joined"), Some("meets: somebody alive"), None];
        }
        Fact::Joined { .. } => return [Some("event: joined"), Some("meets: a suspect"), None],
        Fact::JoinFailed { reason, retry_in, .. } => {
            let why = match reason {
                JoinFailure::Unreachable => "join failed: unreachable",
                JoinFailure::Refused => "join failed: refused",
                JoinFailure::BadAnswer => "join failed: bad answer",
                JoinFailure::TimedOut => "join failed: timed out",
                JoinFailure::TooManyStreams => "join failed: too many streams",
                _ => NAMELESS,
            };
            return [Some("event: join failed"), Some(why), retry_in.map(|_| "join failed: for now")];
        }
        Fact::Suspected { .. } => "event: suspected",
        Fact::Refuted { .. } => "event: refuted",
        Fact::Restarted { .. } => "event: restarted",
        Fact::AddressChanged { .. } => "event: address changed",
        Fact::Failed { .. } => "event: failed",
        Fact::Left { .. } => "event: left",
        Fact::Updated { value: Some(_), .. } => "event: updated",
        Fact::Updated { value: None, .. } => "event: removed",
        Fact::Forgotten { .. } => "event: forgotten",
        Fact::HasJoined { .. } => "event: has joined",
        Fact::SelfRefuted { .. } => "event: self refuted",
        Fact::NameConflict { .. } => "event: name conflict",
        Fact::NameClaimed { .. } => "event: name claimed",
        Fact::KeyMismatch { .. } => "event: key mismatch",
        Fact::DatagramsBlocked { .. } => "event: datagrams blocked",
        Fact::HasLeft => "event: has left",
        Fact::Lagged { .. } => "event: lagged",
        _ => NAMELESS,
    };
    [Some(mark), None, None]
}
