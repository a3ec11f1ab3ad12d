//! Finding the cluster.

use alloc::vec::Vec;
use core::time::Duration;

use swim_codec::{Addr, MemberId};

use crate::Node;
use crate::buggify::Site;
use crate::events::{Fact, JoinFailure};
use crate::planted::{Bug, planted};
use crate::sync::Why;
use crate::timers::Timer;

/// Where a node is on its way into the cluster. It tries for ever: several seeds at a time, in rounds with growing
/// pauses.
#[derive(Default)]
pub(crate) struct Join {
    /// Who was named last, the latest first, without ourselves.
    seeds: Vec<Seed>,
    /// Whether the application waits for the first answer.
    wanted: bool,
    /// Whether there is a round to go on with.
    in_round: bool,
    under_way: usize,
    /// How many of those have had their time, so that they keep nobody else waiting.
    overdue: usize,
    rounds: u32,
}

/// An address that was named.
pub(crate) struct Seed {
    pub(crate) addr: Addr,
    /// Who answered there last.
    pub(crate) member: Option<MemberId>,
    /// In this round.
    is_tried: bool,
}

/// Seeds that are remembered, tried at a time, and waited for beside those because they may answer late.
const SEEDS_MAX: usize = 256;
const PARALLEL_MAX: usize = 3;
const OVERDUE_MAX: usize = 13;

impl Join {
    pub(crate) fn seeds(&self) -> &[Seed] {
        &self.seeds
    }

    /// Before all others, and in place of those that were named the longest ago, if need be.
    fn name_seeds(&mut self, named: impl DoubleEndedIterator<Item = Addr>) {
        for addr in named.rev().take(SEEDS_MAX) {
            let known =
                self.seeds.iter().position(|seed| seed.addr == addr).map(|place| self.seeds.remove(place));
            self.seeds.insert(0, known.unwrap_or(Seed { addr, member: None, is_tried: false }));
        }
        self.seeds.truncate(SEEDS_MAX);
    }

    fn begin_round(&mut self) {
        self.in_round = true;
        self.seeds.iter_mut().for_each(|seed| seed.is_tried = false);
    }

    /// The next one of this round.
    fn next_seed(&mut self) -> Option<&mut Seed> {
        self.seeds.iter_mut().find(|seed| self.in_round && !seed.is_tried)
    }

    /// One of those under way has an answer, or none.
    fn end_attempt(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
        self.overdue = self.overdue.min(self.under_way);
    }

    /// Somebody answered at an address, which may be that of a seed.
    pub(crate) fn note_member(&mut self, addr: &Addr, member: MemberId) {
        if let Some(seed) = self.seeds.iter_mut().find(|seed| seed.addr == *addr) {
            seed.member = Some(member);
        }
    }
}

impl Node {
    pub(crate) fn start_joining(&mut self, seeds: &[Addr]) {
        let local = self.table.local().addr();
        self.join.name_seeds(seeds.iter().cloned().map(Addr::canonical).filter(|seed| *seed != local));
        self.join.wanted = true;
        self.join.rounds = 0;
        if self.join.in_round {
            // Whoever names its seeds again and again would else get no further than the first.
            self.try_seeds();
        } else {
            self.start_join_round();
        }
    }

    /// A node without members and without a round under way starts over.
    pub(crate) fn join_again(&mut self) {
        if !self.join.in_round && !self.timers.is_set(Timer::Join) && !planted(Bug::JoinsOnce) {
            self.join.rounds = 0;
            self.start_join_round();
        }
    }

    pub(crate) fn start_join_round(&mut self) {
        self.timers.clear(Timer::Join);
        self.end_join_round();
        if !self.join.seeds.is_empty() && self.is_seeking() {
            self.join.begin_round();
            self.try_seeds();
        }
    }

    /// A node that had joined, lost everybody and was found needs its seeds no more.
    fn is_seeking(&self) -> bool {
        self.join.wanted || self.table.ring().is_empty()
    }

    fn try_seeds(&mut self) {
        while self.join.under_way < self.join.overdue + PARALLEL_MAX
            && let Some(seed) = self.join.next_seed()
        {
            seed.is_tried = true;
            let seed = seed.addr.clone();
            self.join.under_way += 1;
            if self.dial(Why::Join { seed: seed.clone() }, seed.clone()).is_none() {
                self.on_join_failed(seed, JoinFailure::TooManyStreams);
            }
        }
        if self.join.next_seed().is_none() {
            self.timers.clear(Timer::Seed);
        } else if !self.timers.is_set(Timer::Seed) {
            self.timers.set(Timer::Seed, self.now + self.seed_patience());
        }
    }

    /// Those that have not answered by now may never do: they keep nobody waiting any more.
    pub(crate) fn on_seed_overdue(&mut self) {
        self.join.overdue = self.join.under_way.min(OVERDUE_MAX);
        self.try_seeds();
    }

    /// A join takes a few round trips, and a ping that is answered takes one.
    pub(crate) fn seed_patience(&self) -> Duration {
        self.config.probe_timeout.saturating_mul(2)
    }

    /// Whoever answers now answers nobody.
    pub(crate) fn give_up_joining(&mut self) {
        self.join.wanted = false;
        self.end_join_round();
        self.timers.clear(Timer::Join);
    }

    fn end_join_round(&mut self) {
        self.join.in_round = false;
        self.timers.clear(Timer::Seed);
    }

    /// A seed answered.
    pub(crate) fn on_joined(&mut self, seed: Addr, member: MemberId) {
        self.join.end_attempt();
        self.join.note_member(&seed, member);
        self.join.wanted = false;
        if self.join.in_round || self.timers.is_set(Timer::Join) {
            self.end_join_round();
            self.timers.clear(Timer::Join);
            self.join.rounds = 0;
            self.comparison.hurry();
            self.events.push(Fact::HasJoined { seed });
        }
    }

    /// A seed did not answer: the next one is tried, and after the last the round is repeated.
    pub(crate) fn on_join_failed(&mut self, seed: Addr, reason: JoinFailure) {
        self.join.end_attempt();
        if !self.join.in_round {
            return;
        }
        if matches!(reason, JoinFailure::Refused | JoinFailure::BadAnswer) {
            // It may bear this node's own name.
            self.look_for_namesake(seed.clone(), None);
        }
        if !self.is_seeking() {
            self.end_join_round();
            return self.events.push(Fact::JoinFailed { seed, reason, retry_in: None });
        }
        let more = self.join.next_seed().is_some() || self.join.under_way > 0;
        let retry_in = (!more).then(|| self.pause_join());
        self.events.push(Fact::JoinFailed { seed, reason, retry_in });
        if reason != JoinFailure::TooManyStreams {
            self.try_seeds();
        }
    }

    /// Each round waits twice as long as the last, up to the heal interval, with up to a half by chance, so that
    /// a cluster that starts at once does not call its seed in step.
    fn pause_join(&mut self) -> Duration {
        let doubled = self.config.probe_interval.saturating_mul(1 << self.join.rounds.min(16));
        let longest = self.config.heal_interval;
        let pause = if self.switches.fires(Site::PausesLong) { longest } else { doubled.min(longest) };
        let pause = pause / 2 + self.rng.duration_up_to(pause / 2);
        self.join.rounds = self.join.rounds.saturating_add(1);
        self.end_join_round();
        if planted(Bug::JoinsOnce) {
            return pause;
        }
        self.timers.set(Timer::Join, self.now + pause);
        pause
    }
}
