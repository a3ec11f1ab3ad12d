//! What a seed means: how many nodes, on which network, with which faults.

use std::ops::RangeInclusive;

use super::fault::{Fault, Strike};
use super::foes;
use super::plan::{Plan, Preset};
use super::sorts::Sort;
use super::strikes::Strikes;
use super::tweak::Tweak;
use crate::addresses::Addresses;
use crate::{Rng, Seed, switches};

/// The child of a run's seed that decides its plan.
const CHILD: u64 = 16;
/// The one that decides its switches, so that a build with switches draws the same faults.
const SWITCHES: u64 = 23;
/// The one that decides what its nodes are called, where they listen, and whether they are far apart.
const KIND: u64 = 25;
/// The one that decides who comes late.
const LATECOMERS: u64 = 26;
/// How long the gone are remembered: a day, and in some runs so short that it ends.
const TOMBSTONE_S: [u64; 2] = [24 * 3600, 20];
/// How long there are faults, and how long in some runs: in more of those that are cheap.
const CHAOS_MS: RangeInclusive<u64> = 10_000..=90_000;
const LONG_CHAOS_MS: RangeInclusive<u64> = 120_000..=1_800_000;
const SMALL: u32 = 8;
const LONG_IF_SMALL: f64 = 0.125;
const LONG: f64 = 0.03;
/// So many nodes tell each other hundreds of thousands of claims in a second of chaos, so theirs is short.
const HUGE: u32 = 500;
const HUGE_CHAOS_MS: u64 = 15_000;
/// By how much longer the ways are between those who are far apart: at most 1.1 s.
const FAR: u64 = 5;
/// In this share of the plans of any class somebody with the key lies, and nothing else goes wrong.
const INSIDERS: f64 = 0.02;

/// How large a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 2 to 8 nodes.
    S,
    /// 9 to 64 nodes.
    M,
    /// 65 to 256 nodes.
    L,
    /// 500 nodes.
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
            Self::Xl => 500..=500,
            Self::Insider => 7..=7,
        }
    }
}

impl Plan {
    /// What this seed means; the class is drawn too unless it is given.
    #[must_use]
    pub fn draw(seed: u64, class: Option<Class>) -> Self {
        let rng = &mut Rng::new(Seed::from(seed).child(CHILD));
        let drawn = Class::draw(rng);
        let nodes = u32::try_from(rng.number(class.unwrap_or(drawn).nodes())).unwrap_or(2);
        let insider = class == Some(Class::Insider) || rng.chance(INSIDERS);
        let draw = if insider { Self::draw_insider } else { Self::draw_chaos };
        let mut plan = draw(seed, nodes, rng);
        plan.vary(&mut Rng::new(Seed::from(seed).child(KIND)));
        plan
    }

    /// All kinds of trouble.
    fn draw_chaos(seed: u64, nodes: u32, rng: &mut Rng) -> Self {
        let sealed = rng.chance(0.5);
        // Who forgets the dead soon must not lose the living for long.
        let forgetful = rng.chance(0.05);
        let sorts = Sort::draw(rng, forgetful);
        let most = if forgetful {
            5
        } else if rng.chance(0.1) {
            60
        } else {
            30
        };
        let loss = if rng.chance(0.3) { 0 } else { rng.number(1..=most) };
        let chaos_ms = draw_chaos_ms(rng, nodes);
        let (core, rest) = draw_core(rng, nodes);
        let latecomers = draw_latecomers(&mut Rng::new(Seed::from(seed).child(LATECOMERS)), nodes);
        Self {
            seed,
            nodes,
            foreigners: if rng.chance(0.2) { 2 } else { 0 },
            sealed,
            preset: if rng.chance(0.2) { Preset::Local } else { Preset::Lan },
            addresses: Addresses::default(),
            name_bytes: 0,
            max_events: if rng.chance(0.3) { 16 } else { 4_096 },
            tombstone_s: TOMBSTONE_S[usize::from(forgetful)],
            loss: u32::try_from(loss).unwrap_or(0),
            latency_ms: draw_latency(rng),
            chaos_ms,
            core,
            cut_off: rest.into_iter().filter(|_| !forgetful && rng.chance(0.3)).collect(),
            core_s: if rng.chance(0.02) { 600 } else { 30 },
            tweaks: draw_some(rng, |rng| Tweak::draw(rng, nodes)),
            switches: switches::draw(&mut Rng::new(Seed::from(seed).child(SWITCHES))),
            strikes: Strikes::new(rng, nodes, &latecomers, sealed).draw(&sorts, chaos_ms),
            latecomers,
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
            addresses: Addresses::default(),
            name_bytes: 0,
            max_events: 4_096,
            tombstone_s: TOMBSTONE_S[0],
            loss: 0,
            latency_ms: [rng.number(0..=5), rng.number(5..=20)],
            chaos_ms: for_ms,
            latecomers: Vec::new(),
            core: (0..nodes).collect(),
            cut_off: Vec::new(),
            core_s: 0,
            tweaks: draw_some(rng, |rng| {
                if rng.chance(0.5) { Tweak::draw(rng, nodes) } else { Tweak::draw_bound(rng, nodes) }
            }),
            switches: switches::draw_without_loss(&mut Rng::new(Seed::from(seed).child(SWITCHES))),
            strikes: vec![strike],
        }
    }

    /// Some listen elsewhere, have long names, or are far apart. Who is to be forgotten soon must be found dead sooner, and
    /// no stream may end before an answer can come.
    fn vary(&mut self, rng: &mut Rng) {
        self.addresses = match rng.below(100) {
            0..60 => Addresses::V4,
            60..70 => Addresses::V6,
            70..80 => Addresses::Unix,
            _ => Addresses::Mixed,
        };
        if rng.chance(0.2) {
            self.name_bytes = u8::try_from(rng.number(8..=255)).unwrap_or(u8::MAX);
        }
        if rng.chance(0.05) && self.tombstone_s == TOMBSTONE_S[0] {
            self.preset = Preset::Wan;
            self.latency_ms = self.latency_ms.map(|ms| ms * FAR);
            self.tweaks.retain(|tweak| !matches!(tweak, Tweak::StreamTimeout(_)));
        }
    }
}

/// How long there are faults: about a minute, and in some runs up to half an hour.
fn draw_chaos_ms(rng: &mut Rng, nodes: u32) -> u64 {
    let long = if nodes <= SMALL { LONG_IF_SMALL } else { LONG };
    let chaos_ms = rng.number(CHAOS_MS);
    match nodes {
        HUGE.. => chaos_ms.min(HUGE_CHAOS_MS),
        _ if rng.chance(long) => rng.scaled(LONG_CHAOS_MS),
        _ => chaos_ms,
    }
}

/// Mostly none.
fn draw_some(rng: &mut Rng, mut draw: impl FnMut(&mut Rng) -> Tweak) -> Vec<Tweak> {
    let count = if rng.chance(0.3) { rng.index(3) + 1 } else { 0 };
    (0..count).map(|_| draw(rng)).collect()
}

fn draw_latency(rng: &mut Rng) -> [u64; 2] {
    let shortest = rng.number(0..=20);
    [shortest, shortest + if rng.chance(0.3) { rng.number(1..=200) } else { rng.number(1..=20) }]
}

/// Mostly nobody, and never the first, through whom all others join.
fn draw_latecomers(rng: &mut Rng, nodes: u32) -> Vec<u32> {
    let share = if rng.chance(0.3) { 0.4 } else { 0.0 };
    (1..nodes).filter(|_| rng.chance(share)).collect()
}

/// At least two of the nodes, and the others.
fn draw_core(rng: &mut Rng, nodes: u32) -> (Vec<u32>, Vec<u32>) {
    let mut all: Vec<_> = (0..nodes).collect();
    rng.shuffle(&mut all);
    let rest = all.split_off(usize::try_from(rng.number(2..=u64::from(nodes))).unwrap_or(2));
    (all, rest)
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
        assert!(sizes(Some(Class::Xl)).all(|nodes| nodes == 500));
        assert!((90..=150).contains(&sizes(None).filter(|&nodes| nodes <= 8).count()));
    }
}
