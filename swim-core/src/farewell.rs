//! A farewell is believed of the leaver alone.
//!
//! ```text
//!  leaver               this node          somebody who says that the leaver left
//!  │                     │ ◄──────────────────────────────── claim │
//!  │ ◄───────────── ping │                                            asked up to three times
//!  │ ack, farewell ────► │  believed, and told on; so it is where nobody answers
//! ```
//!
//! Who answers and does not say that it left is not believed to have left, whoever says so: where all share a key, a
//! claim does not show who made it. A ping and an answer per member and leaver are little beside the gossip.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use swim_codec::MemberId;

use crate::Node;
use crate::conflict::Matter;
use crate::merge::Spread;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::stats::DropReason;
use crate::table::{Belief, MemberIndex};
use crate::timers::Timer;

/// Members who are asked with one input: a datagram may name dozens.
const ASKED_AT_ONCE: usize = 2;

/// Farewells that were heard.
#[derive(Default)]
pub(crate) struct Farewells {
    /// Of whom it is still to be asked.
    waiting: BTreeMap<MemberId, (Belief, Spread)>,
    /// Who answers a question of this node in the datagram at hand.
    answering: Option<MemberId>,
}

impl Farewells {
    pub(crate) fn note_answer(&mut self, by: MemberId) {
        self.answering = Some(by);
    }

    /// The next input begins.
    pub(crate) fn forget_answer(&mut self) {
        self.answering = None;
    }

    fn add(&mut self, who: MemberId, belief: Belief, spread: Spread, room: usize) {
        let is_known = self.waiting.get(&who);
        let is_news = is_known.is_none_or(|(known, _)| known.precedence() < belief.precedence());
        if is_news && (is_known.is_some() || self.waiting.len() < room) {
            self.waiting.insert(who, (belief, spread));
        }
    }
}

impl Node {
    /// Somebody says that a live member left. Who leaves itself asks nobody any more, and those it tells will ask.
    pub(crate) fn hear_farewell(&mut self, member: MemberIndex, belief: Belief, spread: Spread) {
        let Some(who) = self.table.get(member).map(|row| row.id) else { return };
        if self.farewells.answering == Some(who) || self.is_leaving() || planted(Bug::BelievesFarewells) {
            self.close_farewell(who);
            return self.believe(member, belief, spread);
        }
        self.conflicts.learn_later_word(who, &belief);
        if !self.conflicts.is_asked_whether_it_left(who) {
            self.farewells.add(who, belief, spread, self.table.len());
        }
    }

    /// What is left to ask is asked as inputs come, of which each answer is one.
    pub(crate) fn ask_who_left(&mut self) {
        for _ in 0..ASKED_AT_ONCE {
            if self.farewells.waiting.is_empty() || !self.conflicts.has_room_for_farewell() {
                return;
            }
            if let Some((who, (belief, spread))) = self.farewells.waiting.pop_first()
                && self.would_be_news(who, &belief).is_some()
            {
                self.ask(who, Matter::Farewell { belief, spread });
            }
        }
    }

    /// Who left says so when it answers; until it is known whether this one does, nothing is asked again.
    pub(crate) fn await_denial(&mut self, place: u8, belief: Belief) {
        self.conflicts.replace(place, Matter::Denied { belief });
        self.timers.set(Timer::Conflict(place), self.now + self.config.probe_interval);
    }

    /// It answered and did not say that it left. Where somebody believes that it did, it has to know.
    pub(crate) fn deny_farewell(&mut self, who: MemberId, belief: Belief) {
        self.stats.drop(DropReason::FalseFarewell);
        if let Some(to) = self.would_be_news(who, &belief) {
            self.send(Outgoing::Rumour { to, belief: Box::new(belief) });
        }
    }

    /// Nobody answered.
    pub(crate) fn believe_farewell(&mut self, who: MemberId, belief: Belief, spread: Spread) {
        if let Some(member) = self.would_be_news(who, &belief) {
            self.believe(member, belief, spread);
        }
        self.ask_who_left();
    }

    fn would_be_news(&self, who: MemberId, belief: &Belief) -> Option<MemberIndex> {
        let member = self.table.find_id(who)?;
        let row = self.table.get(member)?;
        (row.is_live() && belief.precedence() > row.precedence()).then_some(member)
    }

    fn close_farewell(&mut self, who: MemberId) {
        self.farewells.waiting.remove(&who);
        if let Some(place) = self.conflicts.close_farewell(who) {
            self.timers.clear(Timer::Conflict(place));
        }
    }
}
