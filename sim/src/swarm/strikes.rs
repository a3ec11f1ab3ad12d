//! Which faults a seed means, one after the other.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use swim_codec::limits::REGISTER_VALUE_MAX;

use super::fault::{Fault, Kind, Strike};
use super::foes;
use super::sorts::Sort;
use super::tweak::Tweak;
use crate::Rng;

/// How late a datagram arrives at most.
pub(super) const DELAY_MAX: Duration = Duration::from_secs(10);
/// A node stays down at least so long, so that its next life has a later epoch.
pub(super) const DOWN_MIN_MS: u64 = 100;
/// How long a partition that flaps is there each time, and how long a link is bad on average.
const FLAP_MS: RangeInclusive<u64> = 100..=60_000;
const BAD_MS: RangeInclusive<u64> = 100..=30_000;
/// Between two faults there is half a second to eight at most, and in long runs more: so many shall fit at least.
const PAUSE_MAX_MS: u64 = 8_000;
const STRIKES_MIN: u64 = 60;
/// The farthest that a clock is set, in milliseconds: mostly an hour, sometimes ten years.
const STEP_MAX_MS: [u64; 2] = [3_600_000, 315_360_000_000];

/// Draws one strike after the other, so that most of them hit something.
pub(super) struct Strikes<'a> {
    pub(super) rng: &'a mut Rng,
    nodes: u32,
    sealed: bool,
    down: BTreeSet<u32>,
    deaf: BTreeSet<u32>,
    /// What was drawn so far, and when the next one happens.
    strikes: Vec<Strike>,
    at_ms: u64,
}

impl<'a> Strikes<'a> {
    /// Of that many nodes, of which the latecomers are down at first.
    pub(super) fn new(rng: &'a mut Rng, nodes: u32, latecomers: &[u32], sealed: bool) -> Self {
        let (down, deaf) = (latecomers.iter().copied().collect(), BTreeSet::new());
        Self { rng, nodes, sealed, down, deaf, strikes: Vec::new(), at_ms: 0 }
    }

    pub(super) fn draw(mut self, sorts: &[Sort], chaos_ms: u64) -> Vec<Strike> {
        let pause_max = self.rng.number(500..=PAUSE_MAX_MS.max(chaos_ms / STRIKES_MIN));
        while let Some(&sort) = self.rng.pick(sorts) {
            self.at_ms += DOWN_MIN_MS + self.rng.number(0..=pause_max);
            if self.at_ms >= chaos_ms {
                break;
            }
            if let Some(fault) = self.fault(sort) {
                self.after(0, fault);
            }
        }
        self.strikes.retain(|strike| strike.at_ms < chaos_ms);
        self.strikes.sort_by_key(|strike| strike.at_ms);
        self.strikes
    }

    /// It happens so long after what is being drawn.
    pub(super) fn after(&mut self, millis: u64, fault: Fault) {
        self.strikes.push(Strike { at_ms: self.at_ms + millis, fault });
    }

    fn fault(&mut self, sort: Sort) -> Option<Fault> {
        Some(match sort {
            Sort::Crash => Fault::Crash { node: self.take_down()? },
            Sort::Vanish => Fault::Vanish { node: self.take_down()? },
            Sort::Bounce => self.bounce()?,
            Sort::Mass => {
                self.mass();
                return None;
            }
            Sort::Rolling => {
                self.rolling();
                return None;
            }
            Sort::Leave => Fault::Leave { node: self.take_down()? },
            Sort::Restart => Fault::Restart { node: self.bring_up()? },
            Sort::Snapshot if self.rng.chance(0.5) => Fault::Save { node: self.any_up()? },
            Sort::Snapshot => Fault::Recover { node: self.bring_up()? },
            Sort::Register => self.register()?,
            Sort::Torn => Fault::Torn { node: self.bring_up()? },
            Sort::Move => Fault::Move { node: self.bring_up()? },
            Sort::Chatter => Fault::Chatter { node: self.any_up()?, times: self.up_to(1_000) },
            Sort::Join => Fault::Join { node: self.any_up()?, through: self.some() },
            Sort::Reconfigure => Fault::Reconfigure { node: self.any_up()?, tweak: self.tweak() },
            Sort::Rotate if !self.sealed => return None,
            Sort::Rotate => Fault::Rotate { nodes: self.up_to(2 * self.nodes) },
            Sort::Ring => Fault::Ring { nodes: self.shuffled() },
            Sort::Flap => {
                let Fault::Partition { groups } = self.partition() else { return None };
                let period_ms = self.rng.scaled(FLAP_MS);
                Fault::Flap { groups, period_ms, times: self.up_to(20) }
            }
            Sort::Clog => Fault::Clog { nodes: self.some(), within_ms: self.late() },
            Sort::Nat => Fault::Nat { nodes: self.some(), memory_ms: self.millis(60_000) },
            Sort::Clone => Fault::Clone { node: self.any_up()? },
            Sort::Partition => self.partition(),
            Sort::Oneway => self.oneway(),
            Sort::Isolate => Fault::Isolate { node: self.any() },
            Sort::Repair => Fault::Repair,
            Sort::Hold => self.hold(),
            Sort::Deafen => self.deafen()?,
            Sort::Pause => self.pause()?,
            Sort::Corrupt => Fault::Corrupt { percent: self.up_to(5) },
            Sort::Wake => Fault::Wake { node: self.any_up()? },
            Sort::Duplicate => Fault::Duplicate { percent: self.up_to(50), within_ms: self.late() },
            Sort::Mute => {
                let percent = if self.rng.chance(0.5) { 100 } else { self.up_to(100) };
                Fault::Mute { kind: Kind::ALL[self.rng.index(Kind::ALL.len())], percent }
            }
            Sort::Delay => Fault::Delay { percent: self.up_to(20), within_ms: self.late() },
            Sort::Replay => Fault::Replay { count: self.up_to(100) },
            Sort::Bursts => {
                let percent = if self.rng.chance(0.5) { 100 } else { self.up_to(100) };
                let bad_ms = self.rng.scaled(BAD_MS);
                Fault::Bursts { good_ms: self.millis(30_000), bad_ms, percent }
            }
            Sort::Clock => self.clock(),
            Sort::Late => Fault::Late { node: self.any(), within_ms: self.late() },
            Sort::Batch => {
                let at_most = if self.rng.chance(0.5) { None } else { Some(self.up_to(8)) };
                Fault::Batch { node: self.any(), within_ms: self.late(), at_most }
            }
            Sort::Slow => Fault::Slow { node: self.any(), by_ms: self.millis(500) },
            Sort::Streams => self.streams(),
            Sort::Attack => foes::any(self.rng, self.nodes, self.sealed)?,
        })
    }

    fn tweak(&mut self) -> Tweak {
        if self.rng.chance(0.5) { Tweak::draw(self.rng, self.nodes) } else { Tweak::draw_end(self.rng) }
    }

    fn clock(&mut self) -> Fault {
        let node = self.any();
        match self.rng.below(10) {
            0 => Fault::ClockRate { node, thousandths: 0 },
            1..5 => Fault::ClockRate { node, thousandths: 499 + self.up_to(1_501) },
            kind => {
                let by_ms = i64::try_from(self.millis(STEP_MAX_MS[usize::from(kind == 9)])).unwrap_or(0);
                Fault::ClockStep { node, by_ms: if self.rng.chance(0.5) { by_ms } else { -by_ms } }
            }
        }
    }

    fn streams(&mut self) -> Fault {
        let piece = if self.rng.chance(0.3) { 1 } else { self.up_to(2_000) };
        let (reset, stalled) = (self.up_to(20), self.up_to(50));
        let boastful = if self.rng.chance(0.3) { self.up_to(20) } else { 0 };
        Fault::Streams { reset, piece, stalled, stall_ms: self.late(), boastful }
    }

    fn register(&mut self) -> Option<Fault> {
        let node = self.any_up()?;
        let key = ["role", "zone", "load", "state/1"][self.rng.index(4)].to_owned();
        if self.rng.chance(0.2) {
            return Some(Fault::Remove { node, key });
        }
        // A long one now and then, so that datagrams fill up.
        let longest = u32::try_from(REGISTER_VALUE_MAX).unwrap_or(0);
        let bytes = if self.rng.chance(0.3) { longest } else { self.up_to(64) };
        Some(Fault::Set { node, key, bytes })
    }

    /// Two or three groups, and now and then a bridge between them.
    fn partition(&mut self) -> Fault {
        let count = self.rng.index(2) + 2;
        let bridge = self.rng.chance(0.2).then(|| self.any());
        let mut groups = vec![Vec::new(); count];
        for node in (0..self.nodes).filter(|&node| bridge != Some(node)) {
            groups[self.rng.index(count)].push(node);
        }
        Fault::Partition { groups }
    }

    fn oneway(&mut self) -> Fault {
        let (from, to) = self.sides();
        Fault::Oneway { from, to }
    }

    /// All nodes, some of them here and the others there.
    pub(super) fn sides(&mut self) -> (Vec<u32>, Vec<u32>) {
        let mut here = self.shuffled();
        let there = here.split_off(self.rng.index(here.len() - 1) + 1);
        (here, there)
    }

    fn deafen(&mut self) -> Option<Fault> {
        let node = self.any_up()?;
        Some(if self.deaf.remove(&node) {
            Fault::Listen { node }
        } else {
            self.deaf.insert(node);
            Fault::Deafen { node }
        })
    }

    fn up_to(&mut self, most: u32) -> u32 {
        u32::try_from(self.rng.number(1..=u64::from(most))).unwrap_or(1)
    }

    /// From a millisecond on.
    fn millis(&mut self, most: u64) -> u64 {
        self.rng.number(1..=most)
    }

    fn late(&mut self) -> u64 {
        u64::try_from(self.rng.duration(&(Duration::ZERO..=DELAY_MAX)).as_millis()).unwrap_or(0)
    }

    pub(super) fn shuffled(&mut self) -> Vec<u32> {
        let mut all: Vec<_> = (0..self.nodes).collect();
        self.rng.shuffle(&mut all);
        all
    }

    fn some(&mut self) -> Vec<u32> {
        let mut some = self.shuffled();
        some.truncate(self.rng.index(some.len()) + 1);
        some
    }

    fn any(&mut self) -> u32 {
        u32::try_from(self.rng.below(u64::from(self.nodes))).unwrap_or(0)
    }

    pub(super) fn any_up(&mut self) -> Option<u32> {
        let up: Vec<_> = (0..self.nodes).filter(|node| !self.down.contains(node)).collect();
        self.rng.pick(&up).copied()
    }

    fn take_down(&mut self) -> Option<u32> {
        let node = self.any_up().filter(|_| self.down.len() + 1 < self.nodes as usize)?;
        self.down.insert(node);
        self.deaf.remove(&node);
        Some(node)
    }

    fn bring_up(&mut self) -> Option<u32> {
        let down: Vec<_> = self.down.iter().copied().collect();
        let node = self.rng.pick(&down).copied()?;
        self.down.remove(&node);
        Some(node)
    }
}
