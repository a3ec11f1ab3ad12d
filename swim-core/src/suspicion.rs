//! From suspicion to death: how long a member has to refute, and the last attempt to reach it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Bound;
use core::time::Duration;

use swim_codec::{MemberId, Nonce, State, Status};

use crate::buggify::Site;
use crate::helpers::Helpers;
use crate::outbox::{News, Outgoing};
use crate::planted::{Bug, planted};
use crate::table::MemberIndex;
use crate::timers::Timer;
use crate::{Config, Instant, Node};

/// The members that are suspected now.
#[derive(Default)]
pub(crate) struct Suspicions {
    by_member: BTreeMap<MemberIndex, Suspicion>,
    /// Whom a last attempt with that nonce is for.
    attempts: BTreeMap<Nonce, MemberIndex>,
    /// Who was looked at last in search of somebody to tell that it is accused.
    last_told: Option<MemberIndex>,
}

/// Suspicions that are looked at for one of this node's own.
const LOOKS_MAX: usize = 64;

/// A suspicion, as this node knows of it.
struct Suspicion {
    began: Instant,
    /// All different; at most as many as shorten the time, and the first.
    accusers: Vec<MemberId>,
    attempt: Option<Attempt>,
    /// Whether somebody holds the member for dead: that counts as all who are wanted.
    is_condemned: bool,
    /// Whether a pause was forgiven since it began, or since the last attempt did.
    is_forgiven: bool,
}

/// The question that is asked once more before the verdict.
struct Attempt {
    nonce: Nonce,
    target: MemberId,
    helpers: Helpers,
}

impl Suspicion {
    fn new(now: Instant, accuser: MemberId) -> Self {
        Self {
            began: now,
            accusers: Vec::from([accuser]),
            attempt: None,
            is_condemned: false,
            is_forgiven: false,
        }
    }

    /// Takes note of one more accuser; false if it is none, or one more than counts.
    fn confirm(&mut self, accuser: MemberId, wanted: u8) -> bool {
        let counts = self.accusers.len() <= usize::from(wanted) && !self.accusers.contains(&accuser);
        if counts {
            self.accusers.push(accuser);
        }
        counts
    }

    fn deadline(&self, config: &Config, members: usize, flaps: bool) -> Instant {
        let confirmed = u8::try_from(self.accusers.len() - 1).unwrap_or(u8::MAX);
        let confirmations = if self.is_condemned { u8::MAX } else { confirmed };
        let usual = config.suspicion_time(members, confirmations);
        let time = if flaps { (usual * 2).min(config.suspicion_time(members, 0)) } else { usual };
        self.began + time
    }
}

impl Suspicions {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_member.is_empty()
    }

    /// Drops what is known of a suspicion that is over.
    pub(crate) fn end(&mut self, member: MemberIndex) {
        let over = self.by_member.remove(&member);
        if let Some(attempt) = over.and_then(|suspicion| suspicion.attempt) {
            self.attempts.remove(&attempt.nonce);
        }
    }

    /// The next in turn of those whom `accuser` suspects, too.
    pub(crate) fn next_accused_by(&mut self, accuser: MemberId) -> Option<MemberIndex> {
        let Self { by_member, last_told, .. } = self;
        let behind = last_told.map_or(Bound::Unbounded, Bound::Excluded);
        let in_turn = by_member.range((behind, Bound::Unbounded)).chain(by_member.iter());
        for (&member, suspicion) in in_turn.take(LOOKS_MAX) {
            *last_told = Some(member);
            if suspicion.accusers.contains(&accuser) {
                return Some(member);
            }
        }
        None
    }
}

impl Node {
    /// A member is suspected. Everybody who learns of it arms the deadline, whoever accused first, so the verdict
    /// does not depend on the accuser staying alive.
    pub(crate) fn begin_suspicion(&mut self, member: MemberIndex, accuser: MemberId) {
        self.suspicions.end(member);
        self.suspicions.by_member.insert(member, Suspicion::new(self.now, accuser));
        self.arm_suspicion(member);
    }

    /// The last attempt is made in time for the verdict to come at the deadline, and a little sooner by chance: of
    /// many members that were accused in one datagram not all are asked in the same moment.
    fn arm_suspicion(&mut self, member: MemberIndex) {
        let Some(deadline) = self.suspicion_deadline(member) else { return };
        let sooner = self.rng.duration_up_to(self.config.gossip_interval);
        // However long an attempt takes by now, one who answers without refuting is not asked again at once.
        let soonest = self.now + deadline.since(self.now) / 2;
        let due = (deadline - self.attempt_time() - sooner).max(soonest);
        let attempt = if self.switches.fires(Site::AttemptsSoon) { soonest } else { due };
        self.timers.set(Timer::Member(member), attempt);
    }

    fn suspicion_deadline(&self, member: MemberIndex) -> Option<Instant> {
        let suspicion = self.suspicions.by_member.get(&member)?;
        if self.hears_nobody() {
            return Some(suspicion.began + self.config.suspicion_time(self.table.live(), u8::MAX));
        }
        // Though never longer than with a single accuser, so that who comes and goes does not do so at everybody's expense.
        let flaps = self.was_buried_by_mistake(member);
        Some(suspicion.deadline(&self.config, self.table.live(), flaps))
    }

    /// Somebody else suspects the same. It is told on, so that everybody hears of as many accusers as count.
    pub(crate) fn confirm_suspicion(&mut self, member: MemberIndex, accuser: MemberId) {
        let wanted = self.config.confirmations_wanted(self.table.live());
        let Some(suspicion) = self.suspicions.by_member.get_mut(&member) else { return };
        if self.switches.fires(Site::ForgetsAnAccuser) || !suspicion.confirm(accuser, wanted) {
            return;
        }
        let asked_already = suspicion.attempt.is_some();
        self.table.set_status(member, Status::Suspect { by: accuser });
        self.spread_claim(member);
        if !asked_already {
            self.arm_suspicion(member);
        }
    }

    /// Whether a member was suspected here for so long that its refutation, if it had one, would be known by now: in half
    /// of the least time the accusation reaches it, and in the other half its answer comes back.
    pub(crate) fn had_time_to_refute(&self, member: MemberIndex) -> bool {
        let least = self.config.suspicion_time(self.table.live(), u8::MAX);
        let suspicion = self.suspicions.by_member.get(&member);
        let had_time = suspicion.is_some_and(|s| self.now.since(s.began) >= least / 2);
        planted(Bug::BuriesOnHearsay) || had_time && !self.switches.fires(Site::GivesMoreTime)
    }

    /// Somebody holds a suspected member for dead: the least time is all that it has left.
    pub(crate) fn condemn(&mut self, member: MemberIndex) {
        let Some(suspicion) = self.suspicions.by_member.get_mut(&member) else { return };
        if self.switches.fires(Site::ForgetsWhoIsCondemned) {
            return;
        }
        let known = core::mem::replace(&mut suspicion.is_condemned, true);
        if !known && suspicion.attempt.is_none() {
            self.arm_suspicion(member);
        }
    }

    /// A suspicion had its time: one more attempt, and then the verdict.
    pub(crate) fn on_suspicion_timeout(&mut self, member: MemberIndex) {
        let Some(suspicion) = self.suspicions.by_member.get(&member) else { return };
        match suspicion.attempt.as_ref().map(|attempt| attempt.nonce) {
            Some(_) if planted(Bug::NeverBuries) => self.begin_suspicion(member, self.id()),
            Some(nonce) if self.outbox.holds_question(nonce) => self.await_driver(member),
            Some(_) if self.switches.fires(Site::PutsOffTheVerdict) => self.await_driver(member),
            Some(_) => self.accuse(member, Status::Dead { by: self.id() }),
            None if self.switches.fires(Site::PutsOffTheAttempt) => self.await_driver(member),
            None => self.attempt_once_more(member),
        }
    }

    /// Who was not asked has not been silent.
    fn await_driver(&mut self, member: MemberIndex) {
        let soon = self.now + self.attempt_time();
        self.timers.set(Timer::Member(member), soon);
    }

    /// Asks the suspected member itself, and helpers, all at once.
    fn attempt_once_more(&mut self, member: MemberIndex) {
        let Some(target) = self.table.get(member).map(|row| row.id) else { return };
        let nonce = self.rng.nonce();
        if !self.send(Outgoing::Ping { to: member, nonce, news: News::Welcome }) {
            return self.await_driver(member);
        }
        let helpers = self.ask_helpers(member, target, nonce);
        if let Some(suspicion) = self.suspicions.by_member.get_mut(&member) {
            suspicion.attempt = Some(Attempt { nonce, target, helpers });
            suspicion.is_forgiven = false;
            self.suspicions.attempts.insert(nonce, member);
        }
        let answered_by = self.now + self.attempt_time();
        let deadline = self.suspicion_deadline(member).map_or(answered_by, |due| due.max(answered_by));
        self.timers.set(Timer::Member(member), deadline);
    }

    /// Time for a ping, and for one through a helper; never longer than an interval.
    fn attempt_time(&self) -> Duration {
        let time = (self.config.probe_timeout * 2).min(self.config.probe_interval);
        self.stretch(time)
    }

    /// Whether this answers a last attempt. One who answers lives, whatever keeps its refutation from us: its time
    /// begins anew.
    pub(crate) fn on_attempt_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let Some(&member) = self.suspicions.attempts.get(&nonce) else { return false };
        let suspicion = self.suspicions.by_member.get(&member);
        let attempt = suspicion.and_then(|suspicion| suspicion.attempt.as_ref());
        let answered = attempt.is_some_and(|a| a.target == sender || a.helpers.contains(sender));
        if let Some(Status::Suspect { by }) =
            self.table.get(member).filter(|_| answered).map(|row| row.status())
        {
            self.begin_suspicion(member, by);
        }
        answered
    }

    /// The helper of a last attempt has no answer either.
    pub(crate) fn is_attempt(&self, nonce: Nonce) -> bool {
        self.suspicions.attempts.contains_key(&nonce)
    }

    /// Time that this node slept is not held against anybody.
    pub(crate) fn postpone_suspicions(&mut self, gap: Duration) {
        let all = self.suspicions.by_member.iter_mut();
        let suspected = all.filter(|(_, suspicion)| !suspicion.is_forgiven).map(|(&member, suspicion)| {
            suspicion.is_forgiven = true;
            suspicion.began = suspicion.began + gap;
            member
        });
        for member in suspected.collect::<Vec<_>>() {
            self.postpone(Timer::Member(member), gap);
        }
    }

    /// There is somebody to probe, and to tell what nobody was there for.
    pub(crate) fn arm_rounds(&mut self) {
        self.arm_probe();
        self.arm_gossip();
    }

    /// The one deadline of a member: of its suspicion, or of its tombstone.
    pub(crate) fn arm_member(&mut self, member: MemberIndex) {
        match self.table.get(member).map(|row| row.status()) {
            Some(Status::Suspect { by }) => {
                self.arm_rounds();
                return self.begin_suspicion(member, by);
            }
            Some(Status::Dead { .. } | Status::Left) => {
                let soon = planted(Bug::ForgetsSoon);
                let tombstone = if soon { self.config.heal_interval } else { self.config.tombstone };
                self.timers.set(Timer::Member(member), self.now + tombstone);
            }
            Some(Status::Alive) => {
                self.arm_rounds();
                self.timers.clear(Timer::Member(member));
            }
            None => self.timers.clear(Timer::Member(member)),
        }
        self.suspicions.end(member);
    }

    /// The deadline of a member has come.
    pub(crate) fn on_member_timeout(&mut self, member: MemberIndex) {
        match self.table.get(member).map(|row| row.state()) {
            Some(State::Suspect) => self.on_suspicion_timeout(member),
            Some(State::Dead | State::Left) => self.forget(member),
            Some(State::Alive) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accuser_counts_once_and_no_more_than_are_wanted() {
        let id = |byte| MemberId::from_bytes([byte; 8]);
        let mut suspicion = Suspicion::new(Instant::ZERO, id(1));
        assert!(!suspicion.confirm(id(1), 2));
        assert!(suspicion.confirm(id(2), 2));
        assert!(!suspicion.confirm(id(2), 2));
        assert!(suspicion.confirm(id(3), 2));
        assert!(!suspicion.confirm(id(4), 2));
    }
}
