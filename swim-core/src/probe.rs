//! Finding out who is alive (SWIM §3.1 and §4.3).
//!
//! ```text
//!  interval                                            interval
//!  │ ping ───────────► target                          │
//!  │      ◄─────────── ack                             │ next target
//!  │                                                   │
//!  │ ping ───────────► target   (no ack in time)       │
//!  │ ping-req ───────► helpers ── ping ──► target      │
//!  │      ◄─────────── ack or nack ◄─ ack ─            │
//!  │ stream ─────────► target   (see `stream_probe`)   │ still no ack: suspect
//! ```
//!
//! Helpers are asked as soon as an answer is later than this member's usually are. The stream waits for the configured
//! timeout: it costs many packets, and by then the helpers have mostly found out.

use core::time::Duration;

use swim_codec::{Ack, Epoch, Incarnation, MemberId, Nack, Nonce, Ping, State, Status};

use crate::buggify::Site;
use crate::helpers::Helpers;
use crate::leave::Life;
use crate::outbox::{News, Outgoing, Recipient};
use crate::planted::{Bug, planted};
use crate::stats::{DropReason, add};
use crate::stream_probe::{Blocked, StreamProbe};
use crate::table::MemberIndex;
use crate::timers::Timer;
use crate::{Instant, Node};

/// A probe that waits for its answer. There is one at a time.
#[derive(Clone, Copy)]
pub(crate) struct Probe {
    pub(crate) target: MemberIndex,
    /// Who stood at that place when the probe began.
    pub(crate) id: MemberId,
    /// What it had said of itself by then.
    claimed: (Epoch, Incarnation),
    pub(crate) nonce: Nonce,
    pub(crate) sent: Instant,
    /// None before the direct ping had its time.
    helpers: Option<Helpers>,
    /// Whether a pause was forgiven since the target, or the helpers, were asked.
    pub(crate) is_forgiven: bool,
    /// Whether there was no room for the ping.
    is_refused: bool,
    pub(crate) stream: StreamProbe,
    pub(crate) blocked: Blocked,
}

impl Probe {
    /// An answer counts only with the nonce of the question, and only from someone who was asked.
    fn is_answered_by(&self, sender: MemberId, nonce: Nonce) -> bool {
        let helps = |helpers: &Helpers| helpers.contains(sender);
        nonce == self.nonce && (sender == self.id || self.helpers.as_ref().is_some_and(helps))
    }

    fn asked(&self, whether: fn(&Helpers) -> bool) -> bool {
        self.helpers.as_ref().is_some_and(whether)
    }

    /// Whether no answer can come any more, unless one is very late.
    fn is_hopeless(&self) -> bool {
        self.asked(Helpers::all_nacked) && matches!(self.stream, StreamProbe::Failed)
    }
}

impl Node {
    /// An interval ends: the last probe gets its verdict, and the next begins.
    pub(crate) fn on_probe_interval(&mut self, deadline: Instant) {
        if self.probe.as_ref().is_some_and(|probe| probe.helpers.is_none()) {
            return self.on_probe_timeout();
        }
        if self.await_stream() {
            return;
        }
        match self.conclude_probe() {
            Some((again, blocked)) => self.start_probe(again, blocked),
            None if planted(Bug::ForgetsToProbe) && self.stats.probes >= 20 => {}
            None => self.probe_next(),
        }
        if self.probe.is_none() && self.table.ring().is_empty() {
            return;
        }
        let interval = self.stretch(self.config.probe_interval);
        let next = deadline + interval;
        self.timers.set(Timer::Probe, if next > self.now { next } else { self.now + interval });
    }

    /// The verdict. Answers whom to probe again at once, because only a stream reached it.
    fn conclude_probe(&mut self) -> Option<(MemberIndex, Blocked)> {
        let probe = self.probe?;
        self.end_probe();
        if probe.asked(Helpers::any_nacked) && !self.switches.fires(Site::DoubtsItself) {
            self.health.improve();
        } else {
            self.health.worsen();
        }
        if let StreamProbe::Answered = probe.stream {
            return self.on_reached_by_stream_alone(&probe);
        }
        add(&mut self.stats.probes_failed, 1);
        // Silence says nothing of one who was not asked, or who began a new life or refuted meanwhile.
        let is_refused = probe.is_refused || probe.asked(|helpers| helpers.are_refused);
        let is_unasked = is_refused || self.outbox.holds_question(probe.nonce);
        if is_unasked && !planted(Bug::BlamesTheUnasked) || self.switches.fires(Site::PassesNoVerdict) {
            return None;
        }
        let target = self.table.get(probe.target);
        let same = target.filter(|row| row.id == probe.id && (row.epoch, row.incarnation) == probe.claimed);
        match same.map(|row| row.state()) {
            Some(State::Alive) => self.accuse(probe.target, Status::Suspect { by: self.id() }),
            Some(State::Suspect) => self.confirm_suspicion(probe.target, self.id()),
            Some(State::Dead | State::Left) | None => {}
        }
        None
    }

    /// Whatever became of it, the probe and what belongs to it are over.
    pub(crate) fn end_probe(&mut self) {
        self.timers.clear(Timer::ProbeTimeout);
        if let Some(stream) = self.probe.as_ref().and_then(|probe| probe.stream.under_way()) {
            self.hang_up(stream);
        }
        self.probe = None;
    }

    /// Whoever knows somebody probes. Nodes that start together should not do so in step.
    pub(crate) fn arm_probe(&mut self) {
        if !self.timers.is_set(Timer::Probe) && self.life == Life::Running {
            let pause = self.rng.duration_up_to(self.config.probe_interval);
            self.timers.set(Timer::Probe, self.now + pause);
        }
    }

    fn probe_next(&mut self) {
        let first = self.table.ring().get(0).filter(|_| planted(Bug::ProbesOneOnly));
        let at_random = self.switches.fires(Site::ProbesAnybody);
        let anybody = if at_random { self.table.ring().random(&mut self.rng) } else { None };
        if let Some(target) = first.or(anybody).or_else(|| self.table.next_to_probe(&mut self.rng)) {
            self.start_probe(target, Blocked::default());
        }
    }

    fn start_probe(&mut self, target: MemberIndex, blocked: Blocked) {
        let Some(row) = self.table.get(target) else { return };
        let (id, claimed) = (row.id, (row.epoch, row.incarnation));
        let nonce = self.rng.nonce();
        let (helpers, stream) = (None, StreamProbe::Unasked);
        let is_refused = !self.send(Outgoing::Ping { to: target, nonce, news: News::Welcome });
        let (sent, is_forgiven) = (self.now, false);
        self.probe = Some(Probe {
            target,
            id,
            claimed,
            nonce,
            sent,
            helpers,
            is_forgiven,
            is_refused,
            stream,
            blocked,
        });
        let wait = self.stretch(self.usual_wait(target));
        self.timers.set(Timer::ProbeTimeout, self.now + wait);
        add(&mut self.stats.probes, 1);
    }

    /// How long this member may take to answer: neither longer than the timeout nor so short that a moment's pause looks like
    /// a loss.
    fn usual_wait(&self, target: MemberIndex) -> Duration {
        let timeout = self.config.probe_timeout;
        if self.switches.fires(Site::AsksHelpersSoon) {
            return timeout / (WAIT_MIN * WAIT_MIN);
        }
        self.expected_rtt(target).map_or(timeout, |late| late.clamp(timeout / WAIT_MIN, timeout))
    }

    /// The direct ping had its time, or all datagrams had.
    pub(crate) fn on_probe_timeout(&mut self) {
        let Some(Probe { target, id, nonce, sent, helpers, .. }) = self.probe else { return };
        self.timers.clear(Timer::ProbeTimeout);
        if helpers.is_none() {
            let asked = self.ask_helpers(target, id, nonce);
            if let Some(probe) = &mut self.probe {
                (probe.helpers, probe.is_forgiven) = (Some(asked), false);
            }
            self.await_helpers();
            add(&mut self.stats.probes_indirect, 1);
        }
        let timeout = sent + self.stretch(self.config.probe_timeout);
        if timeout > self.now && !self.switches.fires(Site::DialsAtOnce) {
            self.timers.set(Timer::ProbeTimeout, timeout);
        } else {
            self.probe_by_stream();
        }
    }

    /// A node that is called late has both deadlines behind it at once: the verdict waits until others were asked (§3.1).
    fn await_helpers(&mut self) {
        if self.timers.deadline(Timer::Probe).is_none_or(|due| due <= self.now) {
            let wait = self.health.stretch(self.config.probe_timeout);
            self.timers.set(Timer::Probe, self.now + wait);
        }
    }

    pub(crate) fn on_ping(&mut self, from: Recipient, ping: &Ping) {
        self.send(Outgoing::Ack { to: from, nonce: ping.nonce });
    }

    /// `epoch` is the life in which it answers.
    pub(crate) fn on_ack(&mut self, sender: MemberId, epoch: Epoch, ack: &Ack) {
        if let Some(to) = self.table.find_id(sender).filter(|_| planted(Bug::AnswersAnswers)) {
            self.send(Outgoing::Ping { to, nonce: ack.nonce, news: News::Welcome });
        }
        self.hearsay.note_answer(sender);
        if self.probe.as_ref().is_some_and(|probe| probe.is_answered_by(sender, ack.nonce)) {
            self.on_probe_answered(sender);
        } else if !self.on_relayed_ack(sender, ack.nonce)
            && !self.on_attempt_ack(sender, ack.nonce)
            && !self.on_conflict_ack(sender, epoch, ack.nonce)
            && !self.on_census_ack(sender, ack.nonce)
            && !self.on_call_ack(sender, ack.nonce)
            && !self.on_hello_ack(sender, ack.nonce)
        {
            self.hearsay.forget_answer();
            self.stats.drop(DropReason::UnexpectedAnswer);
        }
    }

    fn on_probe_answered(&mut self, sender: MemberId) {
        let Some(Probe { id, target, sent, .. }) = self.probe else { return };
        self.end_probe();
        if !self.switches.fires(Site::DoubtsAnAnswer) {
            self.health.improve();
        }
        if sender == id {
            self.measure(sender, self.now.since(sent));
            self.on_reached_by_datagram(target);
        }
    }

    /// A helper had no answer either. That shows that it is reached, and we are.
    pub(crate) fn on_nack(&mut self, sender: MemberId, nack: &Nack) {
        let of_probe = self.probe.as_mut().filter(|probe| probe.is_answered_by(sender, nack.nonce));
        if let Some(helpers) = of_probe.and_then(|probe| probe.helpers.as_mut()) {
            helpers.note_nack(sender);
            self.conclude_if_hopeless();
        } else if !self.is_attempt(nack.nonce) {
            self.stats.drop(DropReason::UnexpectedAnswer);
        }
    }

    /// A verdict that waiting cannot change comes now.
    pub(crate) fn conclude_if_hopeless(&mut self) {
        if self.probe.as_ref().is_some_and(Probe::is_hopeless) {
            let _nobody = self.conclude_probe();
        }
    }
}

/// The least wait for a direct answer, as a part of the timeout.
const WAIT_MIN: u32 = 4;
