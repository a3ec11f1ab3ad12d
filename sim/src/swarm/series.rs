//! Faults that end by themselves, or come one after the other.

use std::ops::RangeInclusive;

use super::commands::EXIT;
use super::fault::Fault;
use super::strikes::{DOWN_MIN_MS, Strikes};

/// How long a supervisor takes at most to start a process again.
const BOUNCE_MAX_MS: u64 = 10_000;
/// Who goes one after the other comes back before, or long after, the next one goes.
const STEP_MS: RangeInclusive<u64> = DOWN_MIN_MS..=10_000;
/// How long half a cluster is away at most.
const AWAY_MAX_MS: u64 = 60_000;
/// How long something waits on the way at most.
const HOLD_MAX_MS: u64 = 60_000;
/// How long a node stands still: from a short collection of garbage to a laptop that sleeps.
const PAUSE_MS: RangeInclusive<u64> = 10..=3_600_000;

impl Strikes<'_> {
    /// A node crashes and is started again by whoever looks after it.
    pub(super) fn bounce(&mut self) -> Option<Fault> {
        let node = self.any_up()?;
        let down = self.rng.scaled(DOWN_MIN_MS..=BOUNCE_MAX_MS);
        self.after(down, Fault::Restart { node });
        Some(Fault::Crash { node })
    }

    /// What goes one way, or both, waits for a while and comes at once.
    pub(super) fn hold(&mut self) -> Fault {
        let (from, to) = self.sides();
        if self.rng.chance(0.5) {
            self.after(0, Fault::Hold { from: to.clone(), to: from.clone() });
        }
        let held = self.rng.scaled(1..=HOLD_MAX_MS);
        self.after(held, Fault::Release);
        Fault::Hold { from, to }
    }

    /// A node stands still and goes on.
    pub(super) fn pause(&mut self) -> Option<Fault> {
        let node = self.any_up()?;
        let paused = self.rng.scaled(PAUSE_MS);
        self.after(paused, Fault::Resume { node });
        Some(Fault::Pause { node })
    }

    /// Half of the nodes go at once, and all of them come back at once.
    pub(super) fn mass(&mut self) {
        let mut gone = self.shuffled();
        gone.truncate(gone.len().div_ceil(2));
        let way_out = self.way_out();
        let away = way_out.takes_ms() + self.rng.scaled(DOWN_MIN_MS..=AWAY_MAX_MS);
        for &node in &gone {
            self.after(0, way_out.of(node));
            self.after(away, Fault::Restart { node });
        }
    }

    /// Every node is restarted, one after the other.
    pub(super) fn rolling(&mut self) {
        let way_out = self.way_out();
        let (step, down) = (self.rng.scaled(STEP_MS), way_out.takes_ms() + self.rng.scaled(STEP_MS));
        for (turn, node) in (0..).zip(self.shuffled()) {
            self.after(turn * step, way_out.of(node));
            self.after(turn * step + down, Fault::Restart { node });
        }
    }

    fn way_out(&mut self) -> WayOut {
        if self.rng.chance(0.5) { WayOut::Polite } else { WayOut::Sudden }
    }
}

/// How a node goes.
#[derive(Clone, Copy)]
enum WayOut {
    Polite,
    Sudden,
}

impl WayOut {
    fn of(self, node: u32) -> Fault {
        match self {
            Self::Polite => Fault::Leave { node },
            Self::Sudden => Fault::Crash { node },
        }
    }

    /// When its process has ended.
    fn takes_ms(self) -> u64 {
        match self {
            Self::Polite => u64::try_from(EXIT.as_millis()).unwrap_or(0),
            Self::Sudden => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::swarm::fault::Strike;
    use crate::swarm::sorts::Sort;
    use crate::{Rng, Seed};

    const NODES: u32 = 5;
    const LONG_MS: u64 = 10 * 3_600_000;

    /// All that comes of a single sort, for some seeds.
    fn series(sort: Sort) -> impl Iterator<Item = Vec<Strike>> {
        (0..20).map(move |seed| {
            let rng = &mut Rng::new(Seed::from(seed));
            let strikes = Strikes::new(rng, NODES, &[], false).draw(&[sort], LONG_MS);
            assert!(strikes.is_sorted_by_key(|strike| strike.at_ms));
            strikes
        })
    }

    /// How long after each fault that begins something the first comes that ends it.
    fn waits(strikes: &[Strike], ends: impl Fn(&Fault, &Fault) -> bool) -> Vec<u64> {
        let wait = |(place, begin): (usize, &Strike)| {
            let end = strikes[place + 1..].iter().find(|end| ends(&begin.fault, &end.fault))?;
            Some(end.at_ms - begin.at_ms)
        };
        strikes.iter().enumerate().filter_map(wait).collect()
    }

    #[test]
    fn who_bounces_is_back_within_ten_seconds() {
        let ends = |begin: &Fault, end: &Fault| matches!((begin, end), (Fault::Crash { node }, Fault::Restart { node: back }) if node == back);
        for strikes in series(Sort::Bounce) {
            let waits = waits(&strikes, ends);
            assert!(!waits.is_empty() && waits.iter().all(|wait| *wait <= 10_000));
        }
    }

    #[test]
    fn what_is_held_is_released_within_a_minute() {
        let ends = |begin: &Fault, end: &Fault| matches!((begin, end), (Fault::Hold { .. }, Fault::Release));
        for strikes in series(Sort::Hold) {
            let waits = waits(&strikes, ends);
            assert!(!waits.is_empty() && waits.iter().all(|wait| *wait <= 60_000));
        }
    }

    #[test]
    fn pauses_are_short_and_long() {
        let ends = |begin: &Fault, end: &Fault| matches!((begin, end), (Fault::Pause { node }, Fault::Resume { node: back }) if node == back);
        let pauses: Vec<_> = series(Sort::Pause).flat_map(|strikes| waits(&strikes, ends)).collect();
        assert!(pauses.iter().all(|pause| *pause <= 3_600_000));
        assert!(pauses.iter().any(|&pause| pause < 100) && pauses.iter().any(|&pause| pause > 60_000));
    }

    fn named(strikes: &[Strike], is: impl Fn(&Fault) -> bool) -> Vec<u32> {
        strikes.iter().filter(|strike| is(&strike.fault)).flat_map(|strike| strike.fault.nodes()).collect()
    }

    fn goes(fault: &Fault) -> bool {
        matches!(fault, Fault::Leave { .. } | Fault::Crash { .. })
    }

    fn returns(fault: &Fault) -> bool {
        matches!(fault, Fault::Restart { .. })
    }

    #[test]
    fn half_of_the_nodes_go_at_one_moment_and_come_back_at_another() {
        for strikes in series(Sort::Mass) {
            let begin = strikes[0].at_ms;
            let gone = named(&strikes[..3], goes);
            assert_eq!(gone.iter().collect::<BTreeSet<_>>().len(), 3);
            assert!(strikes[..3].iter().all(|strike| strike.at_ms == begin) && strikes[3].at_ms > begin);
            let back = |all: &[Strike]| all[0].at_ms == all[2].at_ms && named(all, returns) == gone;
            assert!(strikes.windows(3).any(back), "all at once, in the same order");
        }
    }

    #[test]
    fn every_node_takes_its_turn_in_a_rolling_restart() {
        for strikes in series(Sort::Rolling) {
            for turn in [goes, returns] {
                let nodes: BTreeSet<_> = named(&strikes, turn).into_iter().collect();
                assert_eq!(nodes, (0..NODES).collect());
            }
        }
    }
}
