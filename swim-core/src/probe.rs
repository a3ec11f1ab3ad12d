//! Finding out who is alive (SWIM §3.1 and §4.3).
//!
//! ```text
//!  interval                                            interval
//!  │ ping ───────────► target                          │
//!  │      ◄─────────── ack                             │ next target
//!  │                                                   │
//!  │ ping ───────────► target   (no ack in time)       │
//!  │ ping-req ───────► helpers ── ping ──► target      │
//!  │      ◄─────────── ack or nack ◄─ ack ─            │ still no ack: suspect
//! ```

use swim_codec::{Ack, MemberId, Nack, Nonce, Ping, State, Status};

use crate::outbox::{News, Outgoing, Recipient};
use crate::planted::{Bug, planted};
use crate::stats::{DropReason, add};
use crate::table::{MemberIndex, Row};
use crate::timers::Timer;
use crate::{Instant, Node};

/// A probe that waits for its answer. There is one at a time.
pub(crate) struct Probe {
    target: MemberIndex,
    /// Who stood at that place when the probe began.
    id: MemberId,
    nonce: Nonce,
    sent: Instant,
    helpers: Helpers,
}

/// Those who were asked to ping on our behalf: none before the direct ping had its time.
#[derive(Clone, Copy, Default)]
pub(crate) struct Helpers {
    asked: [Option<Helper>; HELPERS_MAX],
}

#[derive(Clone, Copy)]
struct Helper {
    id: MemberId,
    nacked: bool,
}

impl Helpers {
    pub(crate) fn contains(&self, id: MemberId) -> bool {
        self.asked.iter().flatten().any(|helper| helper.id == id)
    }

    fn note_nack(&mut self, id: MemberId) {
        for helper in self.asked.iter_mut().flatten() {
            helper.nacked |= helper.id == id;
        }
    }

    /// Whether a helper did not even say that it had no answer: then it may be us whom nothing reaches.
    fn any_silent(&self) -> bool {
        self.asked.iter().flatten().any(|helper| !helper.nacked)
    }
}

/// The upper bound of [`Config::indirect_probes`](crate::Config::indirect_probes).
const HELPERS_MAX: usize = 8;

impl Probe {
    /// An answer counts only with the nonce of the question, and only from someone who was asked.
    fn is_answered_by(&self, sender: MemberId, nonce: Nonce) -> bool {
        nonce == self.nonce && (sender == self.id || self.helpers.contains(sender))
    }
}

impl Node {
    /// An interval ends: the last probe gets its verdict, and the next begins.
    pub(crate) fn on_probe_interval(&mut self, deadline: Instant) {
        self.conclude_probe();
        if !(planted(Bug::ForgetsToProbe) && self.stats.probes == 20) {
            self.start_probe();
        }
        let interval = self.health.stretch(self.config.probe_interval);
        let next = deadline + interval;
        self.timers.set(Timer::Probe, if next > self.now { next } else { self.now + interval });
    }

    fn conclude_probe(&mut self) {
        let Some(failed) = self.probe.take() else { return };
        add(&mut self.stats.probes_failed, 1);
        self.timers.clear(Timer::ProbeTimeout);
        if failed.helpers.any_silent() {
            self.health.worsen();
        }
        let target = self.table.get(failed.target).filter(|row| row.id == failed.id);
        match target.map(Row::state) {
            Some(State::Alive) => self.accuse(failed.target, Status::Suspect { by: self.id() }),
            Some(State::Suspect) => self.confirm_suspicion(failed.target, self.id()),
            Some(State::Dead | State::Left) | None => {}
        }
    }

    fn start_probe(&mut self) {
        let first = self.table.ring().get(0).filter(|_| planted(Bug::ProbesOneOnly));
        let Some(target) = first.or_else(|| self.table.next_to_probe(&mut self.rng)) else { return };
        let Some(id) = self.table.get(target).map(|row| row.id) else { return };
        let nonce = self.rng.nonce();
        self.probe = Some(Probe { target, id, nonce, sent: self.now, helpers: Helpers::default() });
        self.send(Outgoing::Ping { to: target, nonce, news: News::Welcome });
        let timeout = self.health.stretch(self.config.probe_timeout);
        self.timers.set(Timer::ProbeTimeout, self.now + timeout);
        add(&mut self.stats.probes, 1);
    }

    /// The direct ping had its time.
    pub(crate) fn on_probe_timeout(&mut self) {
        let Some(Probe { target, id, nonce, .. }) = self.probe else { return };
        let helpers = self.ask_helpers(target, id, nonce);
        if let Some(probe) = &mut self.probe {
            probe.helpers = helpers;
        }
        add(&mut self.stats.probes_indirect, 1);
    }

    /// Asks some members, all different, to ping another.
    pub(crate) fn ask_helpers(&mut self, target: MemberIndex, id: MemberId, nonce: Nonce) -> Helpers {
        let mut chosen = [MemberIndex::LOCAL; HELPERS_MAX];
        let wanted = usize::from(self.config.indirect_probes);
        let count = self.pick_members(&mut chosen[..wanted], |member| member != target);
        let mut helpers = Helpers::default();
        for (&to, asked) in chosen[..count].iter().zip(&mut helpers.asked) {
            *asked = self.table.get(to).map(|row| Helper { id: row.id, nacked: false });
            self.send(Outgoing::PingReq { to, target: id, nonce });
        }
        helpers
    }

    pub(crate) fn on_ping(&mut self, from: Recipient, ping: &Ping) {
        self.send(Outgoing::Ack { to: from, nonce: ping.nonce });
    }

    pub(crate) fn on_ack(&mut self, sender: MemberId, ack: &Ack) {
        if let Some(to) = self.table.find_id(sender).filter(|_| planted(Bug::AnswersAnswers)) {
            self.send(Outgoing::Ping { to, nonce: ack.nonce, news: News::Welcome });
        }
        if let Some(probe) = self.probe.take_if(|probe| probe.is_answered_by(sender, ack.nonce)) {
            self.timers.clear(Timer::ProbeTimeout);
            self.health.improve();
            if sender == probe.id {
                self.measure(sender, self.now.since(probe.sent));
            }
        } else if !self.on_relayed_ack(sender, ack.nonce)
            && !self.on_attempt_ack(sender, ack.nonce)
            && !self.on_heal_ack(sender, ack.nonce)
            && !self.on_recall_ack(sender, ack.nonce)
        {
            self.stats.drop(DropReason::UnexpectedAnswer);
        }
    }

    /// A helper had no answer either. That shows that it is reached, and we are.
    pub(crate) fn on_nack(&mut self, sender: MemberId, nack: &Nack) {
        let of_probe = self.probe.as_mut().filter(|probe| probe.is_answered_by(sender, nack.nonce));
        if let Some(probe) = of_probe {
            probe.helpers.note_nack(sender);
        } else if !self.is_attempt(nack.nonce) {
            self.stats.drop(DropReason::UnexpectedAnswer);
        }
    }
}
