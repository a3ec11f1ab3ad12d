//! Another node with our own name: which of the two keeps it.
//!
//! ```text
//!  this node                  namesake                 members
//!  │ ping ─────────────────────► │                        │
//!  │ ◄────────────────────── ack │                        │
//!  │ ask to ping our name ──────────────────────────────► │  of those, some know this node by that name,
//!  │ ◄───────────────────────────────────── ping, and ack │  and ping it,
//!  │ ◄─────────────────────────────────────────────── ack │  and some the namesake
//! ```
//!
//! Whom nobody knows gives up at once. Where both are known, as after a partition, the name stays with whom more of
//! the asked members know. So nobody who is known can be talked out of its name by one who lies: each member speaks
//! for itself only, because each is asked with a nonce of its own.
//!
//! Never do both give up. The one with the larger epoch, and of two equal ones the larger address, decides at once;
//! the other gives it an interval to do so and then asks again. Whoever decides does not answer its namesake: the
//! namesake would give up for it.

use alloc::vec::Vec;
use core::time::Duration;

use swim_codec::{Addr, Claim, Epoch, Frame, MemberId, Message, Nonce, Ping, State};

use crate::Node;
use crate::conflict::Matter;
use crate::events::Fact;
use crate::outbox::{Outgoing, Recipient};
use crate::stats::DropReason;
use crate::table::MemberIndex;
use crate::timers::Timer;

/// Probe intervals for which a node that was pinged counts as known: others ping it about once in each.
const KNOWN_FOR: u32 = 16;
/// Members that are asked at a time.
const ASKED_AT_ONCE: usize = 8;

/// What members were asked, and what came of it.
#[derive(Default)]
pub(crate) struct Census(Vec<Asked>);

struct Asked {
    member: MemberId,
    nonce: Nonce,
    knows: Knows,
}

/// Whom a member knows by our name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Knows {
    /// It did not answer yet.
    Nobody,
    Us,
    Namesake,
}

impl Census {
    fn begin(&mut self) {
        self.0.clear();
    }

    /// With which nonce to ask a member, unless it has answered.
    fn ask(&mut self, member: MemberId, fresh: Nonce) -> Option<Nonce> {
        if let Some(asked) = self.0.iter().find(|asked| asked.member == member) {
            return (asked.knows == Knows::Nobody).then_some(asked.nonce);
        }
        self.0.push(Asked { member, nonce: fresh, knows: Knows::Nobody });
        Some(fresh)
    }

    fn note_ping(&mut self, member: MemberId) {
        self.0.iter_mut().filter(|asked| asked.member == member).for_each(|asked| asked.knows = Knows::Us);
    }

    /// One who knows us pinged us before it acked.
    fn note_ack(&mut self, member: MemberId, nonce: Nonce) -> bool {
        let mut all = self.0.iter_mut();
        let Some(asked) = all.find(|asked| asked.member == member && asked.nonce == nonce) else {
            return false;
        };
        if asked.knows == Knows::Nobody {
            asked.knows = Knows::Namesake;
        }
        true
    }

    /// Where as many know the one as the other, whoever decides first gives up.
    fn is_lost(&self) -> bool {
        let count = |knows| self.0.iter().filter(|asked| asked.knows == knows).count();
        count(Knows::Namesake) >= count(Knows::Us).max(1)
    }
}

impl Node {
    /// Somebody believes this node to be elsewhere. It may be a former life of ours, or a namesake.
    pub(crate) fn on_claim_of_namesake(&mut self, claim: &Claim<'_>) {
        let is_over = claim.status.state() > State::Suspect && claim.epoch < self.table.local().epoch;
        if !is_over {
            self.look_for_namesake(claim.addr.to_addr(), Some(claim.epoch));
        }
    }

    pub(crate) fn look_for_namesake(&mut self, addr: Addr, epoch: Option<Epoch>) {
        if self.is_leaving() {
            return;
        }
        // Only a later life must be outlived, so it does not wait for what becomes of an earlier one.
        let life = self.table.local().epoch;
        if epoch >= Some(life)
            && let Some(place) = self.conflicts.drop_namesake_before(self.id(), life)
        {
            self.timers.clear(Timer::Conflict(place));
        }
        self.ask(self.id(), Matter::Namesake { addr, epoch, had_time: false });
    }

    /// A frame to our name under our name. Only a namesake sends that, or somebody who sends our own back.
    pub(crate) fn on_namesake(&mut self, from: &Addr, frame: &Frame<'_>) {
        for message in frame.messages() {
            match message {
                Ok(Message::Ping(ping)) if !self.conflicts.is_ours(ping.nonce) => {
                    self.on_namesake_ping(from, &ping);
                }
                Ok(Message::Ack(ack)) => self.on_namesake_ack(ack.nonce, frame.header.epoch),
                _ => self.stats.drop(DropReason::OwnFrame),
            }
            if self.has_left() {
                return;
            }
        }
    }

    fn on_namesake_ping(&mut self, from: &Addr, ping: &Ping) {
        if !self.conflicts.is_deciding(self.id()) {
            let to = Recipient { addr: from.clone(), id: self.id() };
            self.send(Outgoing::Ack { to, nonce: ping.nonce });
        }
        self.report_namesake(from.clone());
    }

    fn on_namesake_ack(&mut self, nonce: Nonce, epoch: Epoch) {
        let Some((place, Matter::Namesake { addr, had_time, .. })) = self.conflicts.settle(self.id(), nonce)
        else {
            return self.stats.drop(DropReason::UnexpectedAnswer);
        };
        let local = self.table.local();
        let is_smaller = (local.epoch, local.addr()) < (epoch, addr.clone());
        if is_smaller && !had_time {
            let matter = Matter::Namesake { addr, epoch: Some(epoch), had_time: true };
            self.ask_next(place, matter, self.config.probe_interval);
        } else if self.is_known() {
            self.conflicts.census.begin();
            self.ask_next(place, Matter::Census { addr, epoch }, Duration::ZERO);
        } else {
            self.stop(Fact::NameConflict { addr });
        }
    }

    /// A namesake did not answer. The answers to one whom nobody knows may have been lost, and nobody else tells it.
    pub(crate) fn miss_namesake(&mut self, addr: Addr, epoch: Epoch) {
        if epoch >= self.table.local().epoch {
            self.outlive(epoch);
        } else if !self.is_known() {
            let matter = Matter::Namesake { addr, epoch: Some(epoch), had_time: false };
            self.ask_later(self.id(), matter);
        }
    }

    fn is_known(&self) -> bool {
        let known_for: Duration = self.config.probe_interval.saturating_mul(KNOWN_FOR);
        self.conflicts.known.is_some_and(|known| self.now.since(known) < known_for)
    }

    /// At most once per heal interval, however many there are.
    fn report_namesake(&mut self, addr: Addr) {
        if self.conflicts.report.is_due(self.now, self.config.heal_interval) {
            self.events.push(Fact::NameClaimed { addr });
        }
    }
}

/// Asking the members.
impl Node {
    /// Somebody pinged this node by its name.
    pub(crate) fn note_known_to(&mut self, member: MemberId) {
        self.conflicts.known = Some(self.now);
        self.conflicts.census.note_ping(member);
    }

    /// Some of them, at random.
    pub(crate) fn ask_members(&mut self) {
        let mut chosen = [MemberIndex::LOCAL; ASKED_AT_ONCE];
        let count = self.pick_members(&mut chosen, |_| true);
        for &to in &chosen[..count] {
            let Some(member) = self.table.get(to).map(|row| row.id) else { continue };
            let fresh = self.rng.nonce();
            if let Some(nonce) = self.conflicts.census.ask(member, fresh) {
                self.send(Outgoing::PingReq { to, target: self.id(), nonce });
            }
        }
    }

    /// Whether this answers a question of the census: somebody answered to our name.
    pub(crate) fn on_census_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        self.conflicts.census.note_ack(sender, nonce)
    }

    /// One who keeps its name asks again later, until the namesake is gone or the members know better.
    pub(crate) fn conclude_census(&mut self, place: u8, addr: Addr, epoch: Epoch) {
        if self.conflicts.census.is_lost() {
            return self.stop(Fact::NameConflict { addr });
        }
        self.report_namesake(addr.clone());
        let matter = Matter::Namesake { addr, epoch: Some(epoch), had_time: false };
        self.ask_next(place, matter, self.config.heal_interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_to_whom_more_members_know_and_nobody_gives_up_unasked() {
        let ids = [1, 2, 3].map(|byte| MemberId::from_bytes([byte; 8]));
        let nonce = Nonce::from_u64;
        let mut census = Census::default();
        assert!(!census.is_lost());
        for (place, member) in (1..).zip(ids) {
            assert_eq!(census.ask(member, nonce(place)), Some(nonce(place)));
        }
        assert!(!census.is_lost());
        assert_eq!(census.ask(ids[0], nonce(9)), Some(nonce(1)), "once more");
        census.note_ping(ids[0]);
        assert!(census.note_ack(ids[0], nonce(1)));
        assert_eq!(census.ask(ids[0], nonce(9)), None);
        assert!(!census.is_lost());
        assert!(census.note_ack(ids[1], nonce(2)));
        assert!(census.is_lost(), "as many");
        assert!(!census.note_ack(ids[1], nonce(3)), "everybody speaks for itself");
        census.note_ping(ids[2]);
        assert!(!census.is_lost());
    }
}
