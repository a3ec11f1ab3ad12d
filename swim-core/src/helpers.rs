//! Asking others to ping a member on our behalf (SWIM §3.1).

use swim_codec::{MemberId, Nonce, State};

use crate::Node;
use crate::buggify::Site;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::table::MemberIndex;

/// Those who were asked about one member.
#[derive(Clone, Copy, Default)]
pub(crate) struct Helpers {
    asked: [Option<Helper>; HELPERS_MAX],
    /// Whether there was no room to ask one of them.
    pub(crate) are_refused: bool,
}

#[derive(Clone, Copy)]
struct Helper {
    id: MemberId,
    nacked: bool,
}

/// The upper bound of [`Config::indirect_probes`](crate::Config::indirect_probes).
const HELPERS_MAX: usize = 8;

impl Helpers {
    pub(crate) fn contains(&self, id: MemberId) -> bool {
        self.asked.iter().flatten().any(|helper| helper.id == id)
    }

    pub(crate) fn note_nack(&mut self, id: MemberId) {
        for helper in self.asked.iter_mut().flatten() {
            helper.nacked |= helper.id == id;
        }
    }

    /// Whether somebody said in time that it has no answer: the network works between here and there, so the silence
    /// of the others is not this node's fault.
    pub(crate) fn any_nacked(&self) -> bool {
        self.asked.iter().flatten().any(|helper| helper.nacked)
    }

    /// Whether somebody was asked, and all of them said that they have no answer either. If not, it may be us whom
    /// nothing reaches.
    pub(crate) fn all_nacked(&self) -> bool {
        let mut helpers = self.asked.iter().flatten().peekable();
        helpers.peek().is_some() && helpers.all(|helper| helper.nacked)
    }
}

impl Node {
    /// Asks some members, all different, to ping another. One of them is whoever was heard from last: where most
    /// have died at once, the others would be mostly among the dead.
    pub(crate) fn ask_helpers(&mut self, target: MemberIndex, id: MemberId, nonce: Nonce) -> Helpers {
        let mut chosen = [MemberIndex::LOCAL; HELPERS_MAX];
        let wanted = if planted(Bug::AsksNobody) { 0 } else { usize::from(self.config.indirect_probes) };
        let wanted = if self.switches.fires(Site::AsksOneHelper) { wanted.min(1) } else { wanted };
        let sure = self.heard_last().filter(|&member| member != target && wanted > 0);
        let sure = sure.filter(|_| !self.switches.fires(Site::ForgetsWhoSpoke));
        sure.iter().for_each(|&member| chosen[0] = member);
        let sures = usize::from(sure.is_some());
        let others = &mut chosen[sures..wanted];
        let count = sures + self.pick_members(others, |member| member != target && Some(member) != sure);
        let mut helpers = Helpers::default();
        for (&to, asked) in chosen[..count].iter().zip(&mut helpers.asked) {
            *asked = self.table.get(to).map(|row| Helper { id: row.id, nacked: false });
            helpers.are_refused |= !self.send(Outgoing::PingReq { to, target: id, nonce });
        }
        helpers
    }

    /// Long silence is no evidence of anything.
    fn heard_last(&self) -> Option<MemberIndex> {
        let lately = self.health.stretch(self.config.probe_interval * 2);
        let (sender, _) = self.heard.filter(|&(_, at)| self.now.since(at) < lately)?;
        let member = self.table.find_id(sender)?;
        self.table.get(member).filter(|row| row.state() == State::Alive).map(|_| member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(nacked: &[bool]) -> Helpers {
        let mut helpers = Helpers::default();
        for ((place, &nacked), at) in helpers.asked.iter_mut().zip(nacked).zip(0..) {
            *place = Some(Helper { id: MemberId::from_bytes([at; 8]), nacked });
        }
        helpers
    }

    #[test]
    fn only_helpers_that_were_asked_can_all_have_nacked() {
        assert!(asked(&[true, true]).all_nacked());
        assert!(!asked(&[true, false]).all_nacked());
        assert!(!asked(&[]).all_nacked());
        assert!(asked(&[false, true]).any_nacked());
        assert!(!asked(&[false, false]).any_nacked());
    }
}
