//! Believing what others say, as far as it is news.

use core::cmp::Ordering;

use swim_codec::{Claim, Incarnation, MemberId, Name, State, Status};

use crate::Node;
use crate::announce::Before;
use crate::buggify::Site;
use crate::claim::{Precedence, Word, is_absurd};
use crate::events::Fact;
use crate::planted::{Bug, planted};
use crate::stats::{DropReason, add};
use crate::table::{Belief, MemberIndex, NameHash};
use crate::timers::Timer;

/// Whether what was learned is told on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    Tell,
    /// Those who would hear it from us told us.
    Keep,
}

impl Node {
    /// Somebody says something of a member. Answers whom it accuses, if it is behind: an accuser that missed a
    /// refutation would stay wrong, were the accusation just dropped.
    pub(crate) fn on_claim(
        &mut self,
        sender: MemberId,
        claim: &Claim<'_>,
        spread: Spread,
        word: Word,
    ) -> Option<MemberIndex> {
        let hash = self.table.hash_of(claim.name);
        let Some(index) = self.table.find_hashed(hash, claim.name) else {
            self.meet(sender, claim, hash, spread, word);
            return None;
        };
        let outdated = self.is_outdated_accusation(index, claim);
        match index {
            MemberIndex::LOCAL => self.on_claim_about_self(claim),
            index => self.merge_claim(index, sender, claim, spread, word),
        }
        outdated.then_some(index)
    }

    fn is_outdated_accusation(&self, index: MemberIndex, claim: &Claim<'_>) -> bool {
        let accuses = claim.status.state() > State::Alive;
        let known = self.table.get(index).map(|row| (row.epoch, row.incarnation));
        accuses && known > Some((claim.epoch, claim.incarnation))
    }

    fn merge_claim(
        &mut self,
        index: MemberIndex,
        sender: MemberId,
        claim: &Claim<'_>,
        spread: Spread,
        word: Word,
    ) {
        let Some(row) = self.table.get(index) else { return };
        let order = match Precedence::of(claim).cmp(&row.precedence()) {
            Ordering::Less if planted(Bug::OlderClaimsWin) => Ordering::Greater,
            Ordering::Less if planted(Bug::LifeBeatsSuspicion) && claim.status == Status::Alive => {
                claim.incarnation.cmp(&row.incarnation).then(Ordering::Greater)
            }
            Ordering::Greater if planted(Bug::IgnoresEpochs) => claim.incarnation.cmp(&row.incarnation),
            Ordering::Greater if planted(Bug::DeathIsFinal) && !row.is_live() => Ordering::Less,
            order => order,
        };
        let refuted = if claim.epoch == row.epoch { row.incarnation } else { Incarnation::default() };
        match (order, claim.status) {
            (Ordering::Less, Status::Alive)
                if !row.is_live() && (claim.epoch, claim.incarnation) == (row.epoch, row.incarnation) =>
            {
                self.ask_owner(index);
            }
            // Of one life and incarnation there is one address: two nodes bear this name.
            (Ordering::Less | Ordering::Equal, _)
                if (claim.epoch, claim.incarnation) == (row.epoch, row.incarnation)
                    && claim.addr != row.addr_ref() =>
            {
                self.look_into_move(index, sender, belief_of(claim), spread);
            }
            // Our own accusation comes back for a while after the accused has answered us.
            (Ordering::Equal, Status::Suspect { by }) if by != self.id() => {
                self.confirm_suspicion(index, by);
            }
            (Ordering::Less | Ordering::Equal, _) => {}
            (Ordering::Greater, _) if claim.epoch > row.epoch && self.is_absurd_life(claim.epoch, word) => {
                self.look_into_life(row.name.clone(), claim, spread);
            }
            (Ordering::Greater, _) if sender != row.id && is_absurd(refuted, claim.incarnation) => {
                self.stats.drop(DropReason::AbsurdIncarnation);
                self.ask_owner(index);
            }
            (Ordering::Greater, _) if claim.addr != row.addr_ref() => {
                self.look_into_move(index, sender, belief_of(claim), spread);
            }
            (Ordering::Greater, _) => self.adopt(index, belief_of(claim), spread),
        }
    }

    /// Takes over what somebody else believes, unless the member itself is asked for it.
    fn adopt(&mut self, index: MemberIndex, belief: Belief, spread: Spread) {
        if self.is_to_be_asked(index, &belief) {
            self.look_into_hearsay(index, belief, spread);
        } else {
            self.believe_others(index, belief, spread);
        }
    }

    /// Who is said to be dead and had no time to refute is only suspected, though by everybody: a side that was cut off
    /// holds our neighbours for dead, and says so when it is back.
    pub(crate) fn believe_others(&mut self, index: MemberIndex, belief: Belief, spread: Spread) {
        let Some(row) = self.table.get(index) else { return };
        let by = match belief.status {
            Status::Dead { by } if row.is_live() && !self.had_time_to_refute(index) => by,
            _ => return self.believe(index, belief, spread),
        };
        let suspicion = Belief { status: Status::Suspect { by }, ..belief };
        if suspicion.precedence() > row.precedence() {
            self.believe(index, suspicion, spread);
        }
        self.condemn(index);
    }

    /// Only the member itself can confirm what is absurd in anybody else's mouth, or refute a death or a farewell of which
    /// somebody has not heard: it may not have heard of it either. Once per interval, so that a flood of
    /// absurdities does not become one of pings.
    fn ask_owner(&mut self, index: MemberIndex) {
        let leaves_alone = self.is_leaving() || self.switches.fires(Site::LeavesOwnersAlone);
        if !leaves_alone && self.owner_asked.is_due(self.now, self.config.probe_interval) {
            self.call_member(index);
        }
    }

    /// A member of whom nothing was known. One that is gone already is remembered, so that an older claim that it
    /// lives cannot bring it in, but it is no news for anybody.
    fn meet(&mut self, sender: MemberId, claim: &Claim<'_>, hash: NameHash, spread: Spread, word: Word) {
        let Ok(name) = Name::new(claim.name) else { return };
        // A hash of the name: most of what a newcomer costs.
        let id = name.id();
        if self.is_absurd_life(claim.epoch, word) {
            return self.look_into_life(name, claim, spread);
        }
        // What a seed tells when this node joins was asked for, and is bounded by the table alone.
        let limit = self.config.newcomers_per_minute;
        let has_room = spread == Spread::Keep || self.newcomers.has_room(sender, limit, self.now);
        if !has_room || self.switches.fires(Site::MeetsNobody) {
            return self.stats.drop(DropReason::TooManyNewcomers);
        }
        if !self.make_room() {
            return self.stats.drop(DropReason::TableFull);
        }
        let Some(index) = self.table.insert((id, name, hash), belief_of(claim), self.now, &mut self.rng)
        else {
            return self.stats.drop(DropReason::TableFull);
        };
        add(&mut self.stats.claims_adopted, 1);
        match claim.status {
            // Nothing of it is armed that would have to be cleared.
            Status::Alive => self.arm_rounds(),
            _ => self.arm_member(index),
        }
        if claim.status.state() <= State::Suspect || planted(Bug::AnnouncesTheGone) {
            self.announce_arrival(index);
            self.spread(index, spread);
        }
    }

    /// Changes the mind about a known member: the one way in which a row changes.
    pub(crate) fn believe(&mut self, index: MemberIndex, belief: Belief, spread: Spread) {
        let Some(row) = self.table.get(index) else { return };
        let before = Before { was_live: row.is_live(), precedence: row.precedence(), addr: row.addr() };
        let was_announced = row.announced;
        let new_life = belief.epoch > row.epoch;
        self.table.update(index, belief, self.now, &mut self.rng);
        add(&mut self.stats.claims_adopted, 1);
        self.note_mistake(index, &before);
        if new_life && !planted(Bug::RegistersOutliveTheirLife) {
            self.drop_registers(index);
        }
        self.arm_member(index);
        self.announce_change(index, &before);
        if was_announced || self.table.get(index).is_some_and(|row| row.announced) {
            self.spread(index, spread);
        }
    }

    fn spread(&mut self, index: MemberIndex, spread: Spread) {
        if spread == Spread::Tell {
            self.spread_claim(index);
        }
    }

    /// Changes the status of a member on our own account.
    pub(crate) fn accuse(&mut self, index: MemberIndex, status: Status) {
        let Some(row) = self.table.get(index) else { return };
        let leaves = planted(Bug::CallsDeathLeaving) && status.state() == State::Dead;
        let status = if leaves { Status::Left } else { status };
        let belief = Belief { addr: row.addr(), epoch: row.epoch, incarnation: row.incarnation, status };
        self.believe(index, belief, Spread::Tell);
    }

    /// Makes room for one more member, at the cost of one that is gone. False if all are alive, and while there are more
    /// than there may be by now: each that went would bring in another.
    fn make_room(&mut self) -> bool {
        match self.table.len().cmp(&(self.config.max_members as usize)) {
            Ordering::Less => true,
            Ordering::Equal => self.forget_one_who_is_gone(),
            Ordering::Greater => false,
        }
    }

    fn forget_one_who_is_gone(&mut self) -> bool {
        let departed = self.table.departed();
        let gone = departed.get(self.rng.below(departed.len())).copied();
        gone.inspect(|&index| self.forget(index)).is_some()
    }

    pub(crate) fn forget(&mut self, index: MemberIndex) {
        let Some(row) = self.table.get(index) else { return };
        if row.announced {
            self.events.push(Fact::Forgotten { member: row.name.clone() });
            if row.state() == State::Dead {
                self.recall.remember_last(row.addr());
            }
        }
        self.timers.clear(Timer::Member(index));
        self.outbox.forget_member(index);
        self.suspicions.end(index);
        self.mistakes.forget(index);
        self.gossip.forget_member(index);
        self.forget_registers(index);
        self.table.remove(index, &mut self.registers);
    }
}

fn belief_of(claim: &Claim<'_>) -> Belief {
    Belief {
        addr: claim.addr.to_addr(),
        epoch: claim.epoch,
        incarnation: claim.incarnation,
        status: claim.status,
    }
}
