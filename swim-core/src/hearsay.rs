//! What is said of a member that can still answer for itself.
//!
//! Whoever is said to have left is asked, and so is whoever is accused though it has refuted lately:
//!
//! ```text
//!  member               this node                  somebody who says so
//!  │                     │ ◄──────────────────────────────── claim │
//!  │ ◄────── ping, claim │                                            asked up to three times
//!  │ ack, farewell ────► │  it left, and that is told on; what is said is believed where nobody answers, too
//! ```
//!
//! Who answers and does not say that it left is believed to live, whoever says otherwise: where all share a key, a claim
//! does not show who made it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Ordering;

use swim_codec::{MemberId, State, Status};

use crate::Node;
use crate::buggify::Site;
use crate::conflict::Matter;
use crate::merge::Spread;
use crate::planted::{Bug, planted};
use crate::stats::DropReason;
use crate::table::{Belief, MemberIndex};
use crate::timers::Timer;

/// Members who are asked with one input or deadline: a datagram may name dozens.
const ASKED_AT_ONCE: usize = 2;
/// Nodes, on average, that ask the accused; the others of a large cluster believe their accusers.
const ASKERS: usize = 32;

/// What somebody said of somebody else.
pub(crate) struct Word {
    pub(crate) belief: Belief,
    spread: Spread,
    /// Who else said the same.
    others: Vec<MemberId>,
}

impl Word {
    const fn new(belief: Belief, spread: Spread) -> Self {
        Self { belief, spread, others: Vec::new() }
    }

    pub(crate) fn is_accusation(&self) -> bool {
        self.belief.status != Status::Left
    }

    /// Takes note of a later word, or of one more accuser, of whom so many count.
    pub(crate) fn hear(&mut self, later: &Belief, wanted: u8) {
        match (self.belief.precedence().cmp(&later.precedence()), later.status) {
            (Ordering::Less, _) => *self = Self::new(later.clone(), self.spread),
            (Ordering::Equal, Status::Suspect { by })
                if self.others.len() < usize::from(wanted)
                    && later.status != self.belief.status
                    && !self.others.contains(&by) =>
            {
                self.others.push(by);
            }
            _ => {}
        }
    }
}

/// What was heard of others.
#[derive(Default)]
pub(crate) struct Hearsay {
    /// Of whom it is still to be asked.
    waiting: BTreeMap<MemberId, Word>,
    /// Who answers a question of this node in the datagram at hand.
    answering: Option<MemberId>,
}

impl Hearsay {
    pub(crate) fn note_answer(&mut self, by: MemberId) {
        self.answering = Some(by);
    }

    /// The next input begins.
    pub(crate) fn forget_answer(&mut self) {
        self.answering = None;
    }
}

impl Node {
    /// Whether the member itself is asked before this is believed of it.
    pub(crate) fn is_to_be_asked(&mut self, member: MemberIndex, belief: &Belief) -> bool {
        let Some(row) = self.table.get(member) else { return false };
        match belief.status.state() {
            State::Left => row.is_live(),
            State::Suspect | State::Dead => {
                let (who, live) = (row.id, self.table.live());
                let is_alive = row.state() == State::Alive;
                let counts = is_alive
                    && (self.was_accused_by_mistake(member) || self.switches.fires(Site::AsksTheAccused));
                let believes = self.switches.fires(Site::BelievesAccusers);
                counts && !believes && (self.is_looked_into(who) || self.rng.below(live) < ASKERS)
            }
            State::Alive => false,
        }
    }

    fn is_looked_into(&self, who: MemberId) -> bool {
        self.hearsay.waiting.contains_key(&who) || self.conflicts.is_asked_for_hearsay(who)
    }

    /// Asks a live member. Who leaves itself asks nobody any more, and those it tells will ask.
    pub(crate) fn look_into_hearsay(&mut self, member: MemberIndex, belief: Belief, spread: Spread) {
        let Some(who) = self.table.get(member).map(|row| row.id) else { return };
        let says_so_itself = belief.status.state() == State::Left && self.hearsay.answering == Some(who);
        if says_so_itself || self.is_leaving() || planted(Bug::BelievesFarewells) {
            self.close_hearsay(who);
            return self.believe_others(member, belief, spread);
        }
        let wanted = self.config.confirmations_wanted(self.table.live());
        self.conflicts.learn_later_word(who, &belief, wanted);
        if self.conflicts.is_asked_for_hearsay(who) {
            return;
        }
        let (waiting, room) = (&mut self.hearsay.waiting, self.table.len());
        if let Some(word) = waiting.get_mut(&who) {
            word.hear(&belief, wanted);
        } else if waiting.len() < room && !self.switches.fires(Site::HearsNoMore) {
            waiting.insert(who, Word::new(belief, spread));
        }
    }

    /// What is left to ask is asked as inputs come, of which each answer is one, and deadlines: whoever is there to be asked
    /// is there to be probed.
    #[inline]
    pub(crate) fn ask_about_hearsay(&mut self) {
        if !self.hearsay.waiting.is_empty() {
            self.ask_about_some();
        }
    }

    #[cold]
    fn ask_about_some(&mut self) {
        for _ in 0..ASKED_AT_ONCE {
            if !self.conflicts.has_room_for_hearsay() || self.switches.fires(Site::AsksLater) {
                return;
            }
            if let Some((who, word)) = self.hearsay.waiting.pop_first()
                && self.would_be_news(who, &word.belief).is_some()
            {
                self.ask(who, Matter::Hearsay(word));
            }
        }
    }

    /// Who left says so when it answers; until it is known whether this one does, nothing is asked again.
    pub(crate) fn await_denial(&mut self, place: u8, said: State) {
        self.conflicts.replace(place, Matter::Denied { said });
        self.timers.set(Timer::Conflict(place), self.now + self.config.probe_interval);
    }

    /// It answered and did not say that it left.
    pub(crate) fn deny_hearsay(&mut self, who: MemberId, said: State) {
        self.stats.drop(match said {
            State::Left => DropReason::FalseFarewell,
            _ => DropReason::FalseAccusation,
        });
        let member = self.table.find_id(who);
        member.into_iter().for_each(|member| self.note_false_accusation(member));
    }

    /// Nobody answered.
    pub(crate) fn believe_hearsay(&mut self, who: MemberId, word: Word) {
        if let Some(member) = self.would_be_news(who, &word.belief) {
            self.believe_others(member, word.belief, word.spread);
            word.others.into_iter().for_each(|accuser| self.confirm_suspicion(member, accuser));
        }
        self.ask_about_hearsay();
    }

    fn would_be_news(&self, who: MemberId, belief: &Belief) -> Option<MemberIndex> {
        let member = self.table.find_id(who)?;
        let row = self.table.get(member)?;
        (row.is_live() && belief.precedence() > row.precedence()).then_some(member)
    }

    fn close_hearsay(&mut self, who: MemberId) {
        self.hearsay.waiting.remove(&who);
        if let Some(place) = self.conflicts.close_hearsay(who) {
            self.timers.clear(Timer::Conflict(place));
        }
    }
}
