//! Telling the news: on every datagram that goes out anyway, and in rounds while there is news.

use swim_codec::{FrameWriter, Message};

use crate::broadcasts::Broadcasts;
use crate::buggify::Site;
use crate::claim::claim_of;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::register_store::{RegisterIndex, Registers, message_of};
use crate::table::{MemberIndex, Row, Seen, Table};
use crate::timers::Timer;
use crate::{Config, Node};

/// What this node still has to tell.
#[derive(Default)]
pub(crate) struct Gossip {
    claims: Broadcasts,
    registers: Broadcasts,
    /// Whose turn it was to go first.
    registers_first: bool,
}

impl Gossip {
    pub(crate) fn is_empty(&self) -> bool {
        self.claims.waiting() == 0 && self.registers.waiting() == 0
    }

    pub(crate) fn claims_waiting(&self) -> usize {
        self.claims.waiting()
    }

    pub(crate) fn registers_waiting(&self) -> usize {
        self.registers.waiting()
    }

    pub(crate) fn forget_register(&mut self, place: RegisterIndex) {
        self.registers.remove(place.get());
    }

    pub(crate) fn forget_member(&mut self, member: MemberIndex) {
        self.claims.remove(member.subject());
    }

    /// Fills the rest of a frame, without the claim about `told` that stands in it. Claims and registers go first by
    /// turns and leave a quarter of it to the others that wait, so neither starves; the first record of all may take
    /// more, so a large one does not either. What does not count is told as often again.
    pub(crate) fn fill(
        &mut self,
        table: &Table,
        registers: &Registers,
        config: &Config,
        told: Option<MemberIndex>,
        counts: bool,
        frame: &mut FrameWriter<'_>,
    ) {
        if self.is_empty() {
            return;
        }
        let repeats = |waiting| counts.then(|| config.repeats(table.live(), waiting));
        let (of_claims, of_registers) = (repeats(self.claims.waiting()), repeats(self.registers.waiting()));
        self.registers_first = !self.registers_first;
        if self.registers_first {
            self.fill_registers(table, registers, of_registers, Room::beside(&self.claims, frame));
            self.fill_claims(table, of_claims, told, Room::rest(frame));
        } else {
            self.fill_claims(table, of_claims, told, Room::beside(&self.registers, frame));
            self.fill_registers(table, registers, of_registers, Room::rest(frame));
        }
    }

    fn fill_claims(
        &mut self,
        table: &Table,
        limit: Option<u16>,
        told: Option<MemberIndex>,
        mut room: Room<'_, '_>,
    ) {
        self.claims.fill(limit, |subject| {
            if told.is_some_and(|told| told.subject() == subject) {
                return true;
            }
            let row = table.get(MemberIndex::new(subject));
            row.is_none_or(|row| room.push(&Message::Claim(claim_of(&row))))
        });
    }

    fn fill_registers(
        &mut self,
        table: &Table,
        registers: &Registers,
        limit: Option<u16>,
        mut room: Room<'_, '_>,
    ) {
        if planted(Bug::KeepsRegistersBack) {
            return;
        }
        self.registers.fill(limit, |subject| {
            let register = registers.get(RegisterIndex::new(subject));
            let message = register.and_then(|register| message_of(register, table));
            message.is_none_or(|message| room.push(&Message::Register(message)))
        });
    }
}

/// Whoever is believed to be anything but alive is told so first, that it can refute at once (the buddy
/// system of Lifeguard §IV-C, for the dead as well as for the suspected). Whether there was room for it: a claim that
/// does not fit beside the message waits for the next one.
pub(crate) fn tell_accused(accused: &Seen<'_>, frame: &mut FrameWriter<'_>) -> bool {
    !planted(Bug::TellsNobodyOfItsDeath) && frame.push(&Message::Claim(claim_of(accused)))
}

/// What one class of news may take of a frame.
struct Room<'a, 'b> {
    frame: &'a mut FrameWriter<'b>,
    /// Bytes that are left to the other class once there is a record.
    kept: usize,
    is_used: bool,
}

impl<'a, 'b> Room<'a, 'b> {
    fn rest(frame: &'a mut FrameWriter<'b>) -> Self {
        Self { frame, kept: 0, is_used: false }
    }

    fn beside(others: &Broadcasts, frame: &'a mut FrameWriter<'b>) -> Self {
        let kept = if others.waiting() > 0 { frame.remaining() / 4 } else { 0 };
        Self { frame, kept, is_used: false }
    }

    fn push(&mut self, message: &Message<'_>) -> bool {
        let before = self.frame.mark();
        let fits = self.frame.push(message) && (self.frame.remaining() >= self.kept || !self.is_used);
        if !fits {
            self.frame.rollback(before);
        }
        self.is_used |= fits;
        fits
    }
}

impl Node {
    /// Tells everybody what is believed of a member.
    pub(crate) fn spread_claim(&mut self, member: MemberIndex) {
        self.gossip.claims.push(member.subject());
        self.arm_gossip();
    }

    /// Tells everybody a register.
    pub(crate) fn spread_register(&mut self, place: RegisterIndex) {
        self.gossip.registers.push(place.get());
        self.arm_gossip();
    }

    /// The rounds run only while there is something to tell and somebody to tell it to.
    pub(crate) fn arm_gossip(&mut self) {
        let news = !self.gossip.is_empty() && !self.table.ring().is_empty();
        let wanted = self.is_leaving() || !self.has_left() && news;
        if wanted && !self.timers.is_set(Timer::Gossip) {
            self.timers.set(Timer::Gossip, self.now + self.config.gossip_interval);
        }
    }

    pub(crate) fn on_gossip_round(&mut self) {
        self.count_goodbye_round();
        if self.has_left() {
            return;
        }
        let fanout =
            if self.switches.fires(Site::TellsOne) { 1 } else { usize::from(self.config.gossip_fanout) };
        let mut chosen = [MemberIndex::LOCAL; FANOUT_MAX];
        let count = self.pick_members(&mut chosen[..fanout], |_| true);
        for &to in &chosen[..count] {
            let times = if planted(Bug::TellsManyTimes) { 40 } else { 1 };
            for _ in 0..times {
                self.send(Outgoing::Gossip { to });
            }
        }
        if let Some(&member) = chosen[..count].first() {
            self.compare_while_much_is_new(member);
        }
        self.gossip_to_the_gone();
        self.gossip_to_the_accused();
        self.arm_gossip();
    }

    /// One who died or left lately hears the news too: if it lives, it hears that it was buried, or what was said in its
    /// name.
    fn gossip_to_the_gone(&mut self) {
        let (failed, left) = (self.table.failed_lately(), self.table.left_lately());
        let (first, second) = if self.rng.below(2) == 0 { (failed, left) } else { (left, failed) };
        let drawn = first.draw(&mut self.rng).or_else(|| second.draw(&mut self.rng));
        let gone = drawn.filter(|&to| self.table.get(to).is_some_and(|row| self.went_lately(&row)));
        if let Some(to) = gone.filter(|_| !self.switches.fires(Site::PassesOverTheGone)) {
            self.send(Outgoing::Gossip { to });
        }
    }

    fn went_lately(&self, row: &Row) -> bool {
        !row.is_live() && self.now.since(row.since) < self.config.gossip_to_dead
    }

    /// The accused hears of it from its accusers, and can refute: after a partition the accusation may be told to all
    /// on this side of it, while those on the other side know no better than that the accused is alive.
    fn gossip_to_the_accused(&mut self) {
        let accused = self.suspicions.next_accused_by(self.id());
        if let Some(to) = accused.filter(|_| !self.switches.fires(Site::PassesOverTheAccused)) {
            self.send(Outgoing::Gossip { to });
        }
    }

    /// Fills `chosen` with different live members that satisfy `wanted`, all equally likely, and says how many
    /// there are. Draws a bounded number of times, so it may miss some where few of many satisfy.
    pub(crate) fn pick_members(
        &mut self,
        chosen: &mut [MemberIndex],
        wanted: impl Fn(MemberIndex) -> bool,
    ) -> usize {
        let (ring, draws) = (self.table.ring(), chosen.len() * 4 + 8);
        let drawn = (0..draws).map_while(|_| ring.random(&mut self.rng));
        // Of a few members chance may leave out the only one.
        let all = (0..ring.len()).filter_map(|place| ring.get(place)).take_while(|_| ring.len() <= draws);
        let mut count = 0;
        for member in drawn.chain(all) {
            if count == chosen.len() {
                break;
            }
            if wanted(member) && !chosen[..count].contains(&member) {
                chosen[count] = member;
                count += 1;
            }
        }
        count
    }
}

/// The upper bound of [`Config::gossip_fanout`](crate::Config::gossip_fanout).
const FANOUT_MAX: usize = 16;
