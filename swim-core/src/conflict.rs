//! Asking whether somebody still answers. Of two nodes with one name, whoever answers where it is known keeps it.
//!
//! ```text
//!  newcomer        somebody who knows the name elsewhere        owner
//!  │ claim ───────► │ ping ─────────────────────────────────────► │
//!  │                │ ◄────────────────────────────────────── ack │  no ack in time: the claim is believed
//!  │ ◄─ the owner's claim                                         │
//!  │ ping ──────────────────────────────────────────────────────► │
//!  │ ◄─────────────────────────────────────────────────────── ack │  the newcomer gives up (see `namesake`)
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use swim_codec::{Addr, Epoch, MemberId, Nonce, State};

use crate::buggify::Site;
use crate::hearsay::Word;
use crate::late_life::LateLife;
use crate::merge::Spread;
use crate::namesake::Census;
use crate::outbox::{News, Outgoing, Recipient};
use crate::planted::{Bug, planted};
use crate::seldom::Seldom;
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
    pub(crate) known: Option<Instant>,
    /// The application is told of a namesake.
    pub(crate) report: Seldom,
    pub(crate) census: Census,
}

/// Whether somebody still answers.
struct Question {
    who: MemberId,
    nonce: Nonce,
    matter: Matter,
    /// How often it was asked.
    asked: u8,
    /// Whether this node stood still meanwhile.
    is_forgiven: bool,
}

pub(crate) enum Matter {
    /// A member is claimed to be elsewhere.
    Moved { belief: Belief, spread: Spread, by: MemberId },
    /// A member is said to have left, or to be suspect or dead.
    Hearsay(Word),
    /// A member is said to live in a life that no clock explains.
    LateLife(Box<LateLife>),
    /// A member of whom that is said answers.
    Denied { said: State },
    /// Our name was seen elsewhere, in this life if it was told. It may have answered once and had time to give up.
    Namesake { addr: Addr, epoch: Option<Epoch>, had_time: bool },
    /// Who of the members knows us by our name, and who the namesake at this address.
    Census { addr: Addr, epoch: Epoch },
    /// The answer is known, and not asked for again before long.
    Settled,
}

impl Question {
    /// Whether somebody has to answer it.
    fn is_open(&self) -> bool {
        !matches!(self.matter, Matter::Settled | Matter::Denied { .. })
    }
}

impl Matter {
    fn is_hearsay(&self) -> bool {
        matches!(self, Self::Hearsay(_) | Self::Denied { .. })
    }
}

/// Questions at a time whether somebody is elsewhere, and as many about hearsay.
const QUESTIONS_MAX: usize = 64;
/// How often a member is asked, half a probe timeout apart, before its silence counts: one datagram may be lost.
const ATTEMPTS: u8 = 3;

impl Conflicts {
    fn add(&mut self, question: Question) -> Option<u8> {
        if !self.has_room_for(question.matter.is_hearsay()) {
            return None;
        }
        let place = self.questions.iter().position(Option::is_none).unwrap_or(self.questions.len());
        let number = u8::try_from(place).ok()?;
        if place == self.questions.len() {
            self.questions.push(None);
        }
        self.questions[place] = Some(question);
        Some(number)
    }

    fn get(&self, place: u8) -> Option<&Question> {
        self.questions.get(usize::from(place))?.as_ref()
    }

    fn get_mut(&mut self, place: u8) -> Option<&mut Question> {
        self.questions.get_mut(usize::from(place))?.as_mut()
    }

    fn take(&mut self, place: u8) -> Option<Question> {
        self.questions.get_mut(usize::from(place))?.take()
    }

    /// If it is asked already whether the member is there, what was said last since then will be believed.
    pub(crate) fn learn_later_word(&mut self, who: MemberId, later: &Belief, wanted: u8) {
        for question in self.questions.iter_mut().flatten().filter(|question| question.who == who) {
            match &mut question.matter {
                Matter::Moved { belief, .. }
                    if belief.addr == later.addr && belief.precedence() < later.precedence() =>
                {
                    *belief = later.clone();
                }
                Matter::Hearsay(word) if word.belief.addr == later.addr => word.hear(later, wanted),
                _ => {}
            }
        }
    }

    fn has(&self, who: MemberId, is_hearsay: bool) -> bool {
        let mut questions = self.questions.iter().flatten();
        questions.any(|question| question.who == who && question.matter.is_hearsay() == is_hearsay)
    }

    fn has_room_for(&self, is_hearsay: bool) -> bool {
        let questions = self.questions.iter().flatten();
        questions.filter(|question| question.matter.is_hearsay() == is_hearsay).count() < QUESTIONS_MAX
    }

    pub(crate) fn has_room_for_hearsay(&self) -> bool {
        self.has_room_for(true)
    }

    pub(crate) fn is_asked_for_hearsay(&self, who: MemberId) -> bool {
        self.has(who, true)
    }

    /// The places of those that rest for a heal interval: the answer is known, or there was none and it is asked anew.
    pub(crate) fn resting(&self) -> Vec<u8> {
        let rests = |question: &Question| match question.matter {
            Matter::Settled => true,
            Matter::Namesake { had_time, .. } => question.asked == 0 && !had_time,
            _ => false,
        };
        (0..=u8::MAX)
            .zip(&self.questions)
            .filter(|(_, question)| question.as_ref().is_some_and(rests))
            .map(|(place, _)| place)
            .collect()
    }

    /// The places of those who have to answer and were forgiven no pause before.
    pub(crate) fn forgive(&mut self) -> Vec<u8> {
        let waits =
            |question: &&mut Question| !matches!(question.matter, Matter::Settled) && !question.is_forgiven;
        let questions = (0..=u8::MAX).zip(&mut self.questions);
        let waiting =
            questions.filter_map(|(place, question)| Some((place, question.as_mut().filter(waits)?)));
        waiting
            .map(|(place, question)| {
                question.is_forgiven = true;
                place
            })
            .collect()
    }

    pub(crate) fn replace(&mut self, place: u8, matter: Matter) {
        if let Some(question) = self.get_mut(place) {
            question.matter = matter;
        }
    }

    /// What was said of somebody is looked into no more. Answers whose place is free now.
    pub(crate) fn close_hearsay(&mut self, who: MemberId) -> Option<u8> {
        self.free(|question| question.who == who && question.matter.is_hearsay())
    }

    /// A question about a member whose answer is known; answers whose place is free now.
    pub(crate) fn drop_settled(&mut self, who: MemberId) -> Option<u8> {
        self.free(|question| question.who == who && matches!(question.matter, Matter::Settled))
    }

    fn free(&mut self, is_it: impl Fn(&Question) -> bool) -> Option<u8> {
        let place = self.questions.iter().position(|question| question.as_ref().is_some_and(&is_it))?;
        self.questions[place] = None;
        u8::try_from(place).ok()
    }

    /// Whether this node is about to give up its name, or not: one question about it is asked at a time.
    pub(crate) fn is_deciding(&self, own: MemberId) -> bool {
        self.questions.iter().flatten().any(|question| {
            let decides = match question.matter {
                Matter::Namesake { had_time, .. } => had_time,
                Matter::Census { .. } => true,
                Matter::Moved { .. }
                | Matter::Hearsay(_)
                | Matter::LateLife(_)
                | Matter::Denied { .. }
                | Matter::Settled => false,
            };
            question.who == own && question.asked > 0 && decides
        })
    }

    /// A namesake of a life before this node's was asked for; answers whose place is free now, as there is a later one.
    pub(crate) fn drop_namesake_before(&mut self, own: MemberId, life: Epoch) -> Option<u8> {
        self.free(|question| {
            let before =
                matches!(question.matter, Matter::Namesake { epoch: Some(epoch), .. } if epoch < life);
            question.who == own && before
        })
    }

    /// It does not matter any more who else bears our name. Answers whose place is free now.
    pub(crate) fn drop_namesake(&mut self, own: MemberId) -> Option<u8> {
        self.free(|question| question.who == own)
    }

    pub(crate) fn is_ours(&self, nonce: Nonce) -> bool {
        self.questions.iter().flatten().any(|question| question.nonce == nonce)
    }

    /// What a member was asked for, which is settled with that.
    pub(crate) fn settle(&mut self, who: MemberId, nonce: Nonce) -> Option<(u8, Matter)> {
        let is_it = |question: &Option<Question>| {
            question.as_ref().is_some_and(|question| {
                let is_open = !matches!(question.matter, Matter::Denied { .. });
                question.who == who && question.nonce == nonce && is_open
            })
        };
        let place = self.questions.iter().position(is_it)?;
        let question = self.questions[place].as_mut()?;
        let matter = core::mem::replace(&mut question.matter, Matter::Settled);
        Some((u8::try_from(place).ok()?, matter))
    }

    /// Where the namesake is of whom the members were asked.
    fn counted(&mut self, place: u8) -> Option<(Addr, Epoch)> {
        match &self.get_mut(place)?.matter {
            Matter::Census { addr, epoch } => Some((addr.clone(), *epoch)),
            _ => None,
        }
    }
}

/// Members that are claimed to be elsewhere.
impl Node {
    /// A member that lives, as far as is known, is asked whether it does before it is believed to be elsewhere.
    pub(crate) fn look_into_move(
        &mut self,
        member: MemberIndex,
        by: MemberId,
        belief: Belief,
        spread: Spread,
    ) {
        let Some(row) = self.table.get(member) else { return };
        if planted(Bug::BelievesMoves) {
            return self.believe(member, belief, spread);
        }
        let who = row.id;
        let wanted = self.config.confirmations_wanted(self.table.live());
        self.conflicts.learn_later_word(who, &belief, wanted);
        self.ask(who, Matter::Moved { belief, spread, by });
    }

    /// Unless that is asked already, or too much is.
    pub(crate) fn ask(&mut self, who: MemberId, matter: Matter) {
        if self.conflicts.has(who, matter.is_hearsay()) || self.switches.fires(Site::HasNoQuestionLeft) {
            return;
        }
        let question = Question { who, nonce: self.rng.nonce(), matter, asked: 0, is_forgiven: false };
        match self.conflicts.add(question) {
            Some(place) => self.ask_again(place),
            None => self.stats.drop(DropReason::NameTaken),
        }
    }

    pub(crate) fn ask_later(&mut self, who: MemberId, matter: Matter) {
        let question = Question { who, nonce: self.rng.nonce(), matter, asked: 0, is_forgiven: false };
        if let Some(place) = self.conflicts.add(question) {
            self.timers.set(Timer::Conflict(place), self.now + self.config.heal_interval);
        }
    }

    /// One question leads to the next, which is asked after a while.
    pub(crate) fn ask_next(&mut self, place: u8, matter: Matter, pause: Duration) {
        let nonce = self.rng.nonce();
        let Some(question) = self.conflicts.get_mut(place) else { return };
        *question = Question { who: question.who, nonce, matter, asked: 0, is_forgiven: false };
        self.timers.set(Timer::Conflict(place), self.now + pause);
    }

    /// Who was not asked, because the driver takes nothing, has not been silent.
    fn ask_again(&mut self, place: u8) {
        let Some(question) = self.conflicts.get(place) else { return };
        let (who, nonce) = (question.who, question.nonce);
        let hurries = matches!(&question.matter, Matter::Hearsay(word) if word.is_accusation());
        let ping = match &question.matter {
            Matter::Moved { .. } => {
                self.table.find_id(who).map(|to| Outgoing::Ping { to, nonce, news: News::Unasked })
            }
            // Its answer bears its refutation, if it has one.
            Matter::Hearsay(word) => self.table.find_id(who).map(|to| Outgoing::Rumour {
                to,
                belief: Box::new(word.belief.clone()),
                nonce: Some(nonce),
            }),
            Matter::LateLife(life) => {
                Some(Outgoing::Call { to: Recipient { addr: life.addr().clone(), id: who }, nonce })
            }
            Matter::Namesake { addr, .. } => {
                Some(Outgoing::Call { to: Recipient { addr: addr.clone(), id: who }, nonce })
            }
            Matter::Census { .. } => {
                self.ask_members();
                None
            }
            Matter::Denied { .. } | Matter::Settled => None,
        };
        let is_asked = ping.is_none_or(|ping| !self.outbox.holds_question(nonce) && self.send(ping));
        if let Some(question) = self.conflicts.get_mut(place) {
            question.asked += u8::from(is_asked);
        }
        // A suspicion can still be refuted, so one who doubts itself does not put it off.
        let timeout = self.config.probe_timeout;
        let pause = if hurries { timeout } else { self.health.stretch(timeout) } / 2;
        let pause = if self.switches.fires(Site::AsksSlowly) { timeout } else { pause };
        self.timers.set(Timer::Conflict(place), self.now + pause);
    }

    /// Whether this answers a question: the member keeps its name, and whoever claimed it is told.
    pub(crate) fn on_conflict_ack(&mut self, sender: MemberId, epoch: Epoch, nonce: Nonce) -> bool {
        let Some((place, matter)) = self.conflicts.settle(sender, nonce) else { return false };
        match matter {
            Matter::Hearsay(word) => {
                self.await_denial(place, word.belief.status.state());
                return true;
            }
            Matter::LateLife(life) => {
                self.conflicts.take(place);
                self.timers.clear(Timer::Conflict(place));
                self.on_life_answered(sender, epoch, &life);
                return true;
            }
            _ => {}
        }
        self.timers.set(Timer::Conflict(place), self.now + self.config.heal_interval);
        if let Matter::Moved { belief, by, .. } = matter
            && let Some(about) = self.table.find_id(sender)
        {
            self.stats.drop(DropReason::NameTaken);
            if by != sender {
                // Somebody believes it, so its owner has to know.
                let belief = Box::new(belief.clone());
                self.send(Outgoing::Rumour { to: about, belief, nonce: None });
            }
            self.send(Outgoing::Introduction { to: Recipient { addr: belief.addr, id: sender }, about });
        }
        true
    }

    fn is_to_be_asked_again(&self, question: &Question) -> bool {
        question.is_open() && (question.asked < ATTEMPTS || self.outbox.holds_question(question.nonce))
    }

    /// Nobody answered in time, or the answer is old.
    pub(crate) fn on_conflict_timeout(&mut self, place: u8) {
        if self.conflicts.get(place).is_some_and(|question| self.is_to_be_asked_again(question)) {
            return self.ask_again(place);
        }
        if let Some((addr, epoch)) = self.conflicts.counted(place) {
            return self.conclude_census(place, addr, epoch);
        }
        match self.conflicts.take(place) {
            Some(Question { who, matter: Matter::LateLife(life), .. }) => {
                if let Some(life) = life.elsewhere() {
                    self.ask(who, Matter::LateLife(Box::new(life)));
                }
            }
            Some(Question { who, matter: Matter::Moved { belief, spread, .. }, .. }) => {
                self.believe_moved(who, belief, spread);
            }
            Some(Question { who, matter: Matter::Hearsay(word), .. }) => self.believe_hearsay(who, word),
            Some(Question { who, matter: Matter::Denied { said }, .. }) => self.deny_hearsay(who, said),
            Some(Question { matter: Matter::Namesake { addr, epoch: Some(epoch), .. }, .. }) => {
                self.miss_namesake(addr, epoch);
            }
            _ => {}
        }
    }

    /// A claim that is no larger than what is known cannot be believed, though nobody answers to the latter: whoever
    /// makes it is told, and can outlive it.
    fn believe_moved(&mut self, who: MemberId, belief: Belief, spread: Spread) {
        let Some(about) = self.table.find_id(who) else { return };
        if self.table.get(about).is_some_and(|row| belief.precedence() > row.precedence()) {
            // Nobody answered, so nobody is asked once more.
            self.believe_others(about, belief, spread);
        } else {
            self.send(Outgoing::Introduction { to: Recipient { addr: belief.addr, id: who }, about });
        }
    }
}
