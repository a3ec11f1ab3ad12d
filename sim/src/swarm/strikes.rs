//! Which faults a seed means, one after the other.

use std::collections::BTreeSet;
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
const DOWN_MIN_MS: u64 = 100;
/// The farthest that a clock is set, in milliseconds: mostly an hour, sometimes ten years.
const STEP_MAX_MS: [u64; 2] = [3_600_000, 315_360_000_000];

/// Draws one strike after the other, so that most of them hit something.
pub(super) struct Strikes<'a> {
    rng: &'a mut Rng,
    nodes: u32,
    sealed: bool,
    down: BTreeSet<u32>,
    deaf: BTreeSet<u32>,
    paused: BTreeSet<u32>,
}

impl<'a> Strikes<'a> {
    pub(super) fn new(rng: &'a mut Rng, nodes: u32, sealed: bool) -> Self {
        let (down, deaf, paused) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { rng, nodes, sealed, down, deaf, paused }
    }

    pub(super) fn draw(mut self, sorts: &[Sort], chaos_ms: u64) -> Vec<Strike> {
        let pause_max = self.rng.number(500..=8_000);
        let mut at_ms = 0;
        let mut strikes = Vec::new();
        while let Some(&sort) = self.rng.pick(sorts) {
            at_ms += DOWN_MIN_MS + self.rng.number(0..=pause_max);
            if at_ms >= chaos_ms {
                break;
            }
            if let Some(fault) = self.fault(sort) {
                strikes.push(Strike { at_ms, fault });
            }
        }
        strikes
    }

    fn fault(&mut self, sort: Sort) -> Option<Fault> {
        Some(match sort {
            Sort::Crash => Fault::Crash { node: self.take_down()? },
            Sort::Leave => Fault::Leave { node: self.take_down()? },
            Sort::Restart => Fault::Restart { node: self.bring_up()? },
            Sort::Snapshot if self.rng.chance(0.5) => Fault::Save { node: self.any_up()? },
            Sort::Snapshot => Fault::Recover { node: self.bring_up()? },
            Sort::Register => self.register()?,
            Sort::Torn => Fault::Torn { node: self.bring_up()? },
            Sort::Move => Fault::Move { node: self.bring_up()? },
            Sort::Chatter => Fault::Chatter { node: self.any_up()?, times: self.up_to(1_000) },
            Sort::Reconfigure => {
                let (node, tweak) = (self.any_up()?, Tweak::draw(self.rng, self.nodes));
                Fault::Reconfigure { node, tweak }
            }
            Sort::Rotate if !self.sealed => return None,
            Sort::Rotate => Fault::Rotate { nodes: self.up_to(2 * self.nodes) },
            Sort::Ring => Fault::Ring { nodes: self.shuffled() },
            Sort::Flap => {
                let Fault::Partition { groups } = self.partition() else { return None };
                Fault::Flap { groups, period_ms: 99 + self.millis(10_000), times: self.up_to(20) }
            }
            Sort::Clog => Fault::Clog { nodes: self.some(), within_ms: self.late() },
            Sort::Nat => Fault::Nat { nodes: self.some(), memory_ms: self.millis(60_000) },
            Sort::Partition => self.partition(),
            Sort::Oneway => self.oneway(),
            Sort::Isolate => Fault::Isolate { node: self.any() },
            Sort::Repair => Fault::Repair,
            Sort::Deafen => self.deafen()?,
            Sort::Pause => self.pause()?,
            Sort::Corrupt => Fault::Corrupt { percent: self.up_to(5) },
            Sort::Wake => Fault::Wake { node: self.any_up()? },
            Sort::Duplicate => Fault::Duplicate { percent: self.up_to(50), within_ms: self.late() },
            Sort::Mute => {
                let percent = if self.rng.chance(0.5) { 100 } else { self.up_to(100) };
                Fault::Mute { kind: self.kind(), percent }
            }
            Sort::Delay => Fault::Delay { percent: self.up_to(20), within_ms: self.late() },
            Sort::Replay => Fault::Replay { count: self.up_to(100) },
            Sort::Bursts => {
                let percent = if self.rng.chance(0.5) { 100 } else { self.up_to(100) };
                Fault::Bursts { good_ms: self.millis(30_000), bad_ms: self.millis(5_000), percent }
            }
            Sort::Clock => self.clock(),
            Sort::Late => Fault::Late { node: self.any(), within_ms: self.late() },
            Sort::Slow => Fault::Slow { node: self.any(), by_ms: self.millis(500) },
            Sort::Streams => self.streams(),
            Sort::Attack => foes::any(self.rng, self.nodes, self.sealed)?,
        })
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
        Fault::Streams { reset, piece, stalled, stall_ms: self.late() }
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
        let mut from = self.shuffled();
        let to = from.split_off(self.rng.index(from.len() - 1) + 1);
        Fault::Oneway { from, to }
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

    fn pause(&mut self) -> Option<Fault> {
        let node = self.any_up()?;
        Some(if self.paused.remove(&node) {
            Fault::Resume { node }
        } else {
            self.paused.insert(node);
            Fault::Pause { node }
        })
    }

    fn kind(&mut self) -> Kind {
        use Kind::{Ack, Claim, Digest, Nack, Ping, PingReq, Register, Want};
        let kinds = [Ping, PingReq, Ack, Nack, Claim, Register, Digest, Want];
        kinds[self.rng.index(kinds.len())]
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

    fn shuffled(&mut self) -> Vec<u32> {
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

    fn any_up(&mut self) -> Option<u32> {
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
