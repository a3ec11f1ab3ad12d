//! What a seed means: how many nodes, on which network, with which faults.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use swim_codec::limits::REGISTER_VALUE_MAX;

use super::foes;
use super::plan::{Fault, Kind, Plan, Preset, Strike};
use crate::{Rng, Seed};

/// The child of a run's seed that decides its plan.
const CHILD: u64 = 16;
/// How long the gone are remembered: a day, and in some runs so short that it ends.
const TOMBSTONE_S: [u64; 2] = [24 * 3600, 20];
/// How late a datagram arrives at most.
pub(super) const DELAY_MAX: Duration = Duration::from_secs(10);
/// A node stays down at least so long, so that its next life has a later epoch.
const DOWN_MIN_MS: u64 = 100;
/// In this share of the plans of any class somebody with the key lies, and nothing else goes wrong.
const INSIDERS: f64 = 0.02;
/// The farthest that a clock is set, in milliseconds: mostly an hour, sometimes ten years.
const STEP_MAX_MS: [u64; 2] = [3_600_000, 315_360_000_000];

/// How large a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 2 to 8 nodes.
    S,
    /// 9 to 64 nodes.
    M,
    /// 65 to 256 nodes.
    L,
    /// 1 000 nodes.
    Xl,
    /// 7 nodes and a hostile member, which has the key; nothing else goes wrong.
    Insider,
}

impl Class {
    fn draw(rng: &mut Rng) -> Self {
        match rng.below(100) {
            0..60 => Self::S,
            60..90 => Self::M,
            90..99 => Self::L,
            _ => Self::Xl,
        }
    }

    fn nodes(self) -> RangeInclusive<u64> {
        match self {
            Self::S => 2..=8,
            Self::M => 9..=64,
            Self::L => 65..=256,
            Self::Xl => 1_000..=1_000,
            Self::Insider => 7..=7,
        }
    }
}

/// The kinds of faults, of which each run has a subset: what never happens leaves room for what else goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Crash,
    Restart,
    Snapshot,
    Leave,
    Register,
    Partition,
    Oneway,
    Isolate,
    Repair,
    Deafen,
    Pause,
    Corrupt,
    Wake,
    Duplicate,
    Mute,
    Delay,
    Replay,
    Bursts,
    Clock,
    Late,
    Slow,
    Streams,
    Attack,
}

const SORTS: [Sort; 23] = [
    Sort::Crash,
    Sort::Restart,
    Sort::Snapshot,
    Sort::Leave,
    Sort::Register,
    Sort::Partition,
    Sort::Oneway,
    Sort::Isolate,
    Sort::Repair,
    Sort::Deafen,
    Sort::Pause,
    Sort::Corrupt,
    Sort::Wake,
    Sort::Duplicate,
    Sort::Mute,
    Sort::Delay,
    Sort::Replay,
    Sort::Bursts,
    Sort::Clock,
    Sort::Late,
    Sort::Slow,
    Sort::Streams,
    Sort::Attack,
];

impl Sort {
    /// In which share of the plans it is.
    fn share(self) -> f64 {
        if self == Self::Attack { 0.3 } else { 0.5 }
    }

    /// Whether nodes that live may lose each other over it for longer than a short tombstone lasts, or news may come
    /// that late.
    fn separates(self) -> bool {
        use Sort::{Corrupt, Crash, Deafen, Leave, Register, Repair, Restart, Snapshot, Streams, Wake};
        let harmless = [Corrupt, Crash, Deafen, Leave, Register, Repair, Restart, Snapshot, Streams, Wake];
        !harmless.contains(&self)
    }
}

impl Plan {
    /// What this seed means; the class is drawn too unless it is given.
    #[must_use]
    pub fn draw(seed: u64, class: Option<Class>) -> Self {
        let rng = &mut Rng::new(Seed::from(seed).child(CHILD));
        let drawn = Class::draw(rng);
        let nodes = u32::try_from(rng.number(class.unwrap_or(drawn).nodes())).unwrap_or(2);
        if class == Some(Class::Insider) || rng.chance(INSIDERS) {
            return Self::draw_insider(seed, nodes, rng);
        }
        let sealed = rng.chance(0.5);
        // Who forgets the dead soon must not lose the living for long.
        let forgetful = rng.chance(0.05);
        let may_be = |sort: &Sort| !(forgetful && sort.separates());
        let sorts: Vec<_> =
            SORTS.into_iter().filter(may_be).filter(|sort| rng.chance(sort.share())).collect();
        let loss = if rng.chance(0.3) { 0 } else { rng.number(1..=if forgetful { 5 } else { 30 }) };
        let chaos_ms = 1000 * if rng.chance(0.03) { rng.number(120..=600) } else { rng.number(10..=90) };
        let (core, rest) = draw_core(rng, nodes);
        Self {
            seed,
            nodes,
            foreigners: if rng.chance(0.2) { 2 } else { 0 },
            sealed,
            preset: if rng.chance(0.2) { Preset::Local } else { Preset::Lan },
            max_events: if rng.chance(0.3) { 16 } else { 4_096 },
            tombstone_s: TOMBSTONE_S[usize::from(forgetful)],
            loss: u32::try_from(loss).unwrap_or(0),
            latency_ms: draw_latency(rng),
            chaos_ms,
            core,
            cut_off: rest.into_iter().filter(|_| !forgetful && rng.chance(0.3)).collect(),
            core_s: if rng.chance(0.02) { 600 } else { 30 },
            strikes: Strikes::new(rng, nodes, sealed).draw(&sorts, chaos_ms),
        }
    }

    /// One hostile member among honest ones that have no other trouble.
    fn draw_insider(seed: u64, nodes: u32, rng: &mut Rng) -> Self {
        let strike = Strike { at_ms: 0, fault: foes::draw_insider(rng) };
        let Fault::Attack { for_ms, .. } = strike.fault else { unreachable!("an attack") };
        Self {
            seed,
            nodes,
            foreigners: 0,
            sealed: true,
            preset: if rng.chance(0.5) { Preset::Local } else { Preset::Lan },
            max_events: 4_096,
            tombstone_s: TOMBSTONE_S[0],
            loss: 0,
            latency_ms: [rng.number(0..=5), rng.number(5..=20)],
            chaos_ms: for_ms,
            core: (0..nodes).collect(),
            cut_off: Vec::new(),
            core_s: 0,
            strikes: vec![strike],
        }
    }
}

fn draw_latency(rng: &mut Rng) -> [u64; 2] {
    let shortest = rng.number(0..=20);
    [shortest, shortest + if rng.chance(0.3) { rng.number(1..=200) } else { rng.number(1..=20) }]
}

/// At least two of the nodes, and the others.
fn draw_core(rng: &mut Rng, nodes: u32) -> (Vec<u32>, Vec<u32>) {
    let mut all: Vec<_> = (0..nodes).collect();
    rng.shuffle(&mut all);
    let rest = all.split_off(usize::try_from(rng.number(2..=u64::from(nodes))).unwrap_or(2));
    (all, rest)
}

/// Draws one strike after the other, so that most of them hit something.
struct Strikes<'a> {
    rng: &'a mut Rng,
    nodes: u32,
    sealed: bool,
    down: BTreeSet<u32>,
    deaf: BTreeSet<u32>,
    paused: BTreeSet<u32>,
}

impl<'a> Strikes<'a> {
    fn new(rng: &'a mut Rng, nodes: u32, sealed: bool) -> Self {
        let (down, deaf, paused) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { rng, nodes, sealed, down, deaf, paused }
    }

    fn draw(mut self, sorts: &[Sort], chaos_ms: u64) -> Vec<Strike> {
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
            Sort::Partition => self.partition(),
            Sort::Oneway => self.oneway(),
            Sort::Isolate => Fault::Isolate { node: self.any() },
            Sort::Repair => Fault::Repair,
            Sort::Deafen => self.deafen()?,
            Sort::Pause => self.pause()?,
            Sort::Corrupt => Fault::Corrupt { percent: self.up_to(5) },
            Sort::Wake => Fault::Wake { node: self.any_up()? },
            Sort::Duplicate => Fault::Duplicate { percent: self.up_to(50), within_ms: self.late() },
            Sort::Mute => Fault::Mute { kind: self.kind() },
            Sort::Delay => Fault::Delay { percent: self.up_to(20), within_ms: self.late() },
            Sort::Replay => Fault::Replay { count: self.up_to(100) },
            Sort::Bursts => Fault::Bursts { good_ms: self.millis(30_000), bad_ms: self.millis(5_000) },
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
        let mut from: Vec<_> = (0..self.nodes).collect();
        self.rng.shuffle(&mut from);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_means_the_same_and_another_seed_something_else() {
        assert_eq!(Plan::draw(7, None), Plan::draw(7, None));
        assert_ne!(Plan::draw(7, Some(Class::S)).strikes, Plan::draw(8, Some(Class::S)).strikes);
    }

    #[test]
    fn every_plan_can_be_run() {
        for plan in (0..1000).map(|seed| Plan::draw(seed, None)) {
            assert_eq!(plan.validate(), Ok(()), "{plan}");
        }
    }

    #[test]
    fn a_hostile_member_is_all_that_is_wrong_with_its_class() {
        for plan in (0..1000).map(|seed| Plan::draw(seed, Some(Class::Insider))) {
            assert_eq!(plan.validate(), Ok(()), "{plan}");
            assert!(plan.has_only_insiders(), "{plan}");
        }
    }

    #[test]
    fn a_class_is_a_range_of_sizes_and_most_clusters_are_small() {
        let sizes = |class| (0..200).map(move |seed| Plan::draw(seed, class).nodes);
        assert!(sizes(Some(Class::M)).all(|nodes| (9..=64).contains(&nodes)));
        assert!(sizes(Some(Class::Xl)).all(|nodes| nodes == 1_000));
        assert!((90..=150).contains(&sizes(None).filter(|&nodes| nodes <= 8).count()));
    }
}
