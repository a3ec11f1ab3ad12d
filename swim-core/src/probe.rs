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

use swim_codec::{Ack, MemberId, Nack, Nonce, Ping, Status};

use crate::outbox::{News, Outgoing, Recipient};
use crate::stats::{DropReason, add};
use crate::table::MemberIndex;
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
#[derive(Default)]
struct Helpers {
    ids: [Option<MemberId>; HELPERS_MAX],
}

/// The upper bound of [`Config::indirect_probes`](crate::Config::indirect_probes).
const HELPERS_MAX: usize = 8;

impl Probe {
    /// An answer counts only with the nonce of the question, and only from someone who was asked.
    fn is_answered_by(&self, sender: MemberId, nonce: Nonce) -> bool {
        nonce == self.nonce && (sender == self.id || self.helpers.ids.contains(&Some(sender)))
    }
}

impl Node {
    /// An interval ends: the last probe gets its verdict, and the next begins.
    pub(crate) fn on_probe_interval(&mut self, deadline: Instant) {
        self.conclude_probe();
        self.start_probe();
        let next = deadline + self.config.probe_interval;
        let next = if next > self.now { next } else { self.now + self.config.probe_interval };
        self.timers.set(Timer::Probe, next);
    }

    fn conclude_probe(&mut self) {
        let Some(failed) = self.probe.take() else { return };
        add(&mut self.stats.probes_failed, 1);
        self.timers.clear(Timer::ProbeTimeout);
        let target = self.table.get(failed.target).filter(|row| row.id == failed.id);
        if target.is_some_and(|row| row.status == Status::Alive) {
            self.accuse(failed.target, Status::Suspect { by: self.id() });
        }
    }

    fn start_probe(&mut self) {
        let Some(target) = self.table.next_to_probe(&mut self.rng) else { return };
        let Some(id) = self.table.get(target).map(|row| row.id) else { return };
        let nonce = self.rng.nonce();
        self.probe = Some(Probe { target, id, nonce, sent: self.now, helpers: Helpers::default() });
        self.send(Outgoing::Ping { to: target, nonce, news: News::Welcome });
        self.timers.set(Timer::ProbeTimeout, self.now + self.config.probe_timeout);
        add(&mut self.stats.probes, 1);
    }

    /// The direct ping had its time.
    pub(crate) fn on_probe_timeout(&mut self) {
        let Some(Probe { target, id, nonce, .. }) = self.probe else { return };
        let mut helpers = [MemberIndex::LOCAL; HELPERS_MAX];
        let wanted = usize::from(self.config.indirect_probes);
        let count = self.pick_members(&mut helpers[..wanted], |member| member != target);
        for &to in &helpers[..count] {
            self.send(Outgoing::PingReq { to, target: id, nonce });
        }
        if count > 0 {
            add(&mut self.stats.probes_indirect, 1);
        }
        let ids =
            helpers.map(|helper| self.table.get(helper).map(|row| row.id).filter(|&id| id != self.id()));
        if let Some(probe) = &mut self.probe {
            probe.helpers = Helpers { ids };
        }
    }

    pub(crate) fn on_ping(&mut self, from: Recipient, ping: &Ping) {
        self.send(Outgoing::Ack { to: from, nonce: ping.nonce });
    }

    pub(crate) fn on_ack(&mut self, sender: MemberId, ack: &Ack) {
        if let Some(probe) = self.probe.take_if(|probe| probe.is_answered_by(sender, ack.nonce)) {
            self.timers.clear(Timer::ProbeTimeout);
            if sender == probe.id {
                self.measure(sender, self.now.since(probe.sent));
            }
        } else if !self.on_heal_ack(sender, ack.nonce)
            && !self.on_relayed_ack(sender, ack.nonce)
            && !self.on_recall_ack(sender, ack.nonce)
        {
            self.stats.drop(DropReason::UnexpectedAnswer);
        }
    }

    /// A helper had no answer either. The verdict waits for the end of the interval all the same.
    pub(crate) fn on_nack(&mut self, sender: MemberId, nack: &Nack) {
        if !self.probe.as_ref().is_some_and(|probe| probe.is_answered_by(sender, nack.nonce)) {
            self.stats.drop(DropReason::UnexpectedAnswer);
        }
    }
}
