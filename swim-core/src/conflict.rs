//! Two nodes with one name: whoever answers where it is known keeps the name.
//!
//! ```text
//!  newcomer        somebody who knows the name elsewhere        owner
//!  │ claim ───────► │ ping ─────────────────────────────────────► │
//!  │                │ ◄────────────────────────────────────── ack │  no ack in time: the claim is believed
//!  │ ◄─ the owner's claim                                         │
//!  │ ping ──────────────────────────────────────────────────────► │
//!  │ ◄─────────────────────────────────────────────────────── ack │  the newcomer gives up
//! ```
//!
//! A node gives up its name only to a namesake that answered a ping of its own, and only while nobody pings it by
//! that name: so nobody who is known somewhere can be talked out of its name.

use alloc::vec::Vec;
use core::time::Duration;

use swim_codec::{Addr, Claim, Epoch, Frame, MemberId, Message, Nonce, Ping, State};

use crate::events::Fact;
use crate::merge::Spread;
use crate::outbox::{News, Outgoing, Recipient};
use crate::planted::{Bug, planted};
use crate::stats::DropReason;
use crate::table::{Belief, MemberIndex};
use crate::timers::Timer;
use crate::{Instant, Node};

/// Claims that are being looked into.
#[derive(Default)]
pub(crate) struct Conflicts {
    /// Every question keeps its place while it matters.
    questions: Vec<Option<Question>>,
    /// When somebody last pinged this node by its name.
    known: Option<Instant>,
    /// When a namesake was last reported.
    reported: Option<Instant>,
}

/// Whether somebody still answers.
struct Question {
    who: MemberId,
    nonce: Nonce,
    matter: Matter,
    /// How often it was asked.
    asked: u8,
}

enum Matter {
    /// A member is claimed to be elsewhere.
    Moved { belief: Belief, spread: Spread },
    /// Our name was seen elsewhere, in this life if it was told.
    Namesake { addr: Addr, epoch: Option<Epoch> },
    /// The answer is known, and not asked for again before long.
    Settled,
}

impl Question {
    /// Whether it is worth asking once more.
    fn is_open(&self) -> bool {
        self.asked < ATTEMPTS && !matches!(self.matter, Matter::Settled)
    }
}

/// Questions at a time.
const QUESTIONS_MAX: u8 = 64;
/// How often a member is asked, half a probe timeout apart, before its silence counts: one datagram may be lost.
const ATTEMPTS: u8 = 3;
/// Probe intervals for which a node that was pinged counts as known: others ping it about once in each.
const KNOWN_FOR: u32 = 16;

impl Conflicts {
    fn add(&mut self, question: Question) -> Option<u8> {
        let place = self.questions.iter().position(Option::is_none).unwrap_or(self.questions.len());
        let number = u8::try_from(place).ok().filter(|&number| number < QUESTIONS_MAX)?;
        if place == self.questions.len() {
            self.questions.push(None);
        }
        self.questions[place] = Some(question);
        Some(number)
    }

    fn get_mut(&mut self, place: u8) -> Option<&mut Question> {
        self.questions.get_mut(usize::from(place))?.as_mut()
    }

    fn take(&mut self, place: u8) -> Option<Question> {
        self.questions.get_mut(usize::from(place))?.take()
    }

    fn has(&self, who: MemberId) -> bool {
        self.questions.iter().flatten().any(|question| question.who == who)
    }

    fn is_ours(&self, nonce: Nonce) -> bool {
        self.questions.iter().flatten().any(|question| question.nonce == nonce)
    }

    /// What a member was asked for, which is settled with that.
    fn settle(&mut self, who: MemberId, nonce: Nonce) -> Option<(u8, Matter)> {
        let is_it = |question: &Option<Question>| {
            question.as_ref().is_some_and(|question| question.who == who && question.nonce == nonce)
        };
        let place = self.questions.iter().position(is_it)?;
        let question = self.questions[place].as_mut()?;
        let matter = core::mem::replace(&mut question.matter, Matter::Settled);
        Some((u8::try_from(place).ok()?, matter))
    }

    pub(crate) fn note_known(&mut self, now: Instant) {
        self.known = Some(now);
    }
}

/// Members that are claimed to be elsewhere.
impl Node {
    /// A member that lives, as far as is known, is asked whether it does before it is believed to be elsewhere.
    pub(crate) fn look_into_move(&mut self, member: MemberIndex, belief: Belief, spread: Spread) {
        let Some(row) = self.table.get(member) else { return };
        if planted(Bug::BelievesMoves) {
            return self.believe(member, belief, spread);
        }
        self.ask(row.id, Matter::Moved { belief, spread });
    }

    /// Unless that is asked already, or too much is.
    fn ask(&mut self, who: MemberId, matter: Matter) {
        if self.conflicts.has(who) {
            return;
        }
        let question = Question { who, nonce: self.rng.nonce(), matter, asked: 0 };
        match self.conflicts.add(question) {
            Some(place) => self.ask_again(place),
            None => self.stats.drop(DropReason::NameTaken),
        }
    }

    fn ask_again(&mut self, place: u8) {
        let Some(question) = self.conflicts.get_mut(place) else { return };
        question.asked += 1;
        let (who, nonce) = (question.who, question.nonce);
        let ping = match &question.matter {
            Matter::Moved { .. } => {
                self.table.find_id(who).map(|to| Outgoing::Ping { to, nonce, news: News::Unasked })
            }
            Matter::Namesake { addr, .. } => {
                Some(Outgoing::Call { to: Recipient { addr: addr.clone(), id: who }, nonce })
            }
            Matter::Settled => None,
        };
        ping.into_iter().for_each(|ping| self.send(ping));
        let pause = self.health.stretch(self.config.probe_timeout) / 2;
        self.timers.set(Timer::Conflict(place), self.now + pause);
    }

    /// Whether this answers a question: the member keeps its name, and whoever claimed it is told.
    pub(crate) fn on_conflict_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let Some((place, matter)) = self.conflicts.settle(sender, nonce) else { return false };
        self.timers.set(Timer::Conflict(place), self.now + self.config.heal_interval);
        if let Matter::Moved { belief, .. } = matter
            && let Some(about) = self.table.find_id(sender)
        {
            self.stats.drop(DropReason::NameTaken);
            self.send(Outgoing::Introduction { to: Recipient { addr: belief.addr, id: sender }, about });
        }
        true
    }

    /// Nobody answered in time, or the answer is old.
    pub(crate) fn on_conflict_timeout(&mut self, place: u8) {
        if self.conflicts.get_mut(place).is_some_and(|question| question.is_open()) {
            return self.ask_again(place);
        }
        match self.conflicts.take(place) {
            Some(Question { who, matter: Matter::Moved { belief, spread }, .. }) => {
                self.believe_moved(who, belief, spread);
            }
            Some(Question { matter: Matter::Namesake { epoch: Some(epoch), .. }, .. }) => {
                self.outlive(epoch);
            }
            _ => {}
        }
    }

    fn believe_moved(&mut self, who: MemberId, belief: Belief, spread: Spread) {
        let Some(index) = self.table.find_id(who) else { return };
        if self.table.get(index).is_some_and(|row| belief.precedence() > row.precedence()) {
            self.believe(index, belief, spread);
        }
    }
}

/// Others with our own name.
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
        self.ask(self.id(), Matter::Namesake { addr, epoch });
    }

    /// A frame to our name under our name. Only a namesake sends that, or somebody who sends our own back.
    pub(crate) fn on_namesake(&mut self, from: &Addr, frame: &Frame<'_>) {
        for message in frame.messages() {
            match message {
                Ok(Message::Ping(ping)) if !self.conflicts.is_ours(ping.nonce) => {
                    self.on_namesake_ping(from, &ping);
                }
                Ok(Message::Ack(ack)) => self.on_namesake_ack(ack.nonce),
                _ => self.stats.drop(DropReason::OwnFrame),
            }
        }
    }

    fn on_namesake_ping(&mut self, from: &Addr, ping: &Ping) {
        let to = Recipient { addr: from.clone(), id: self.id() };
        self.send(Outgoing::Ack { to, nonce: ping.nonce });
        self.report_namesake(from.clone());
    }

    fn on_namesake_ack(&mut self, nonce: Nonce) {
        let Some((place, matter)) = self.conflicts.settle(self.id(), nonce) else {
            return self.stats.drop(DropReason::UnexpectedAnswer);
        };
        self.timers.set(Timer::Conflict(place), self.now + self.config.heal_interval);
        let Matter::Namesake { addr, .. } = matter else { return };
        if self.is_known() {
            self.report_namesake(addr);
        } else {
            self.stop(Fact::NameConflict { addr });
        }
    }

    fn is_known(&self) -> bool {
        let known_for: Duration = self.config.probe_interval.saturating_mul(KNOWN_FOR);
        self.conflicts.known.is_some_and(|known| self.now.since(known) < known_for)
    }

    /// At most once per heal interval, however many there are.
    fn report_namesake(&mut self, addr: Addr) {
        let pause = self.config.heal_interval;
        if self.conflicts.reported.is_none_or(|last| self.now.since(last) >= pause) {
            self.conflicts.reported = Some(self.now);
            self.events.push(Fact::NameClaimed { addr });
        }
    }
}
