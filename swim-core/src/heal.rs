//! Looking for those who are gone: a partition ends without an operator.
//!
//! Each interval the live nodes together take about eight turns. In a turn a node pings a member that failed, an
//! address that it remembers, and a seed behind which it knows no member, each if there is one. Every
//! other of those who failed is one of the last. So however few live on one side, and however many are gone for good, the
//! sides find each other soon.

use alloc::collections::VecDeque;

use swim_codec::{Addr, Buckets, MemberId, Nonce, State};

use crate::Node;
use crate::buggify::Site;
use crate::outbox::{News, Outgoing, Recipient};
use crate::planted::{Bug, planted};
use crate::sync::Why;
use crate::table::{MemberIndex, Row};
use crate::timers::Timer;

/// Turns of all live nodes together in one interval.
const TURNS: u32 = 8;
/// Pings whose answers still count; the oldest are given up.
const CALLS_MAX: usize = 64;
/// Departed members that are looked at for some worth a call.
const LOOKS_MAX: usize = 64;

/// Pings to those who are gone.
#[derive(Default)]
pub(crate) struct Calls {
    waiting: VecDeque<Call>,
    /// One stream for each few pings to addresses: whoever answers first probably knows the rest.
    dialed: bool,
    /// Whether the last call went to one who failed lately.
    lately: bool,
}

struct Call {
    nonce: Nonce,
    to: Callee,
}

enum Callee {
    Member(MemberId),
    Somebody(Addr),
}

impl Calls {
    fn add(&mut self, nonce: Nonce, to: Callee) {
        if self.waiting.len() == CALLS_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Call { nonce, to });
    }

    fn take_answered(&mut self, sender: MemberId, nonce: Nonce) -> Option<Callee> {
        let is_it = |call: &Call| {
            call.nonce == nonce && !matches!(call.to, Callee::Member(member) if member != sender)
        };
        let place = self.waiting.iter().position(is_it)?;
        self.waiting.remove(place).map(|call| call.to)
    }
}

impl Node {
    /// Up to eight nodes take all turns; of more, each takes one in some intervals.
    pub(crate) fn on_heal_interval(&mut self) {
        let live = self.table.live();
        let somebody = self.has_somebody_to_call();
        let share = u32::try_from(live).map_or(TURNS, |live| live.min(TURNS));
        let share = if somebody { share } else { TURNS };
        let share = if self.switches.fires(Site::LooksSoon) { 1 } else { share };
        self.timers.set(Timer::Heal, self.now + self.config.heal_interval * share / TURNS);
        if planted(Bug::NeverHeals) {
            return;
        }
        if self.table.ring().is_empty() {
            self.join_again();
        }
        if self.rng.below(live) < TURNS as usize && !self.switches.fires(Site::MissesATurn) {
            self.take_turn();
        }
    }

    fn has_somebody_to_call(&self) -> bool {
        !self.table.departed().is_empty()
            || !self.join.seeds().is_empty()
            || self.recall.addrs().next().is_some()
    }

    fn take_turn(&mut self) {
        self.call_departed();
        self.recall_again();
        if self.table.ring().is_empty() {
            self.call_one_who_left();
        } else {
            self.call_seed();
        }
    }

    /// Those who left did so on purpose; but to one who is alone, somebody who came back to where they were is better
    /// than nobody.
    fn call_one_who_left(&mut self) {
        let departed = self.table.departed();
        let mut looks = around(departed, self.rng.below(departed.len())).take(LOOKS_MAX);
        let left = looks.find_map(|&index| self.table.get(index).filter(|row| row.state() == State::Left));
        let addr = left.map(|row| row.addr());
        drop(looks);
        self.call_addrs(addr);
    }

    /// Every other call goes to one who failed lately: of a side that was cut off one is among them, however many failed
    /// for good before. The ping bears the news of its death (see `gossip::tell_accused`), so one who lives refutes.
    fn call_departed(&mut self) {
        self.calls.lately = !self.calls.lately;
        let lately = if self.calls.lately { self.one_who_failed_lately() } else { None };
        if let Some(to) = lately.or_else(|| self.one_who_failed()) {
            self.call_member(to);
        }
    }

    fn one_who_failed_lately(&mut self) -> Option<MemberIndex> {
        let (table, rng) = (&self.table, &mut self.rng);
        let mut looks = (0..LOOKS_MAX).map_while(|_| table.failed_lately().draw(rng));
        looks.find(|&member| table.get(member).is_some_and(|row| is_worth_a_call(&row)))
    }

    fn one_who_failed(&mut self) -> Option<MemberIndex> {
        let departed = self.table.departed();
        let mut looks = around(departed, self.rng.below(departed.len())).take(LOOKS_MAX);
        looks.find(|&&member| self.table.get(member).is_some_and(|row| is_worth_a_call(&row))).copied()
    }

    /// Pings a member; when it answers, both sides tell each other what they believe.
    pub(crate) fn call_member(&mut self, to: MemberIndex) {
        let Some(id) = self.table.get(to).map(|row| row.id) else { return };
        let nonce = self.rng.nonce();
        self.calls.add(nonce, Callee::Member(id));
        self.send(Outgoing::Ping { to, nonce, news: News::Welcome });
    }

    /// Two halves that never met may have a seed in common, or the seed's name another address by now.
    fn call_seed(&mut self) {
        let seeds = self.join.seeds();
        let mut seeds = around(seeds, self.rng.below(seeds.len()));
        let strange = seeds.find(|seed| !seed.member.is_some_and(|member| self.is_live(member)));
        let addr = strange.map(|seed| seed.addr.clone());
        drop(seeds);
        self.call_addrs(addr);
    }

    /// Pings whoever is at these few addresses.
    pub(crate) fn call_addrs(&mut self, addrs: impl IntoIterator<Item = Addr>) {
        self.calls.dialed = false;
        for addr in addrs {
            let nonce = self.rng.nonce();
            self.calls.add(nonce, Callee::Somebody(addr.clone()));
            self.send(Outgoing::Call { to: Recipient::unknown(addr), nonce });
        }
    }

    /// Whether this answers a call: then both sides tell each other what they believe.
    pub(crate) fn on_call_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let answered = self.calls.take_answered(sender, nonce);
        match answered.filter(|_| !self.switches.fires(Site::ForgetsACall)) {
            Some(Callee::Member(_)) => self.compare_with(sender),
            Some(Callee::Somebody(addr)) => self.on_somebody(sender, addr),
            None => return false,
        }
        true
    }

    /// Whoever is known by now needs no more calls; with a stranger everything is exchanged, for a cluster that lost
    /// its memory may have come back as several.
    fn on_somebody(&mut self, sender: MemberId, addr: Addr) {
        if self.is_live(sender) {
            self.recall.forget(&addr);
            self.join.note_member(&addr, sender);
        } else if !self.calls.dialed && !self.is_leaving() {
            let why = Why::Repair { buckets: Buckets::ALL };
            self.calls.dialed = self.dial(why, addr).is_some();
        }
    }

    fn is_live(&self, member: MemberId) -> bool {
        self.table.find_id(member).and_then(|index| self.table.get(index)).is_some_and(|row| row.is_live())
    }
}

/// All of them once, from this one on.
fn around<T>(all: &[T], first: usize) -> impl Iterator<Item = &T> {
    let (before, after) = all.split_at(first);
    after.iter().chain(before)
}

/// Those who left did so on purpose.
fn is_worth_a_call(row: &Row) -> bool {
    row.state() == State::Dead
}
