//! Makes a failing run as small as it gets: fewer faults, fewer nodes, less time, finer weather.

use crate::addresses::Addresses;
use crate::swarm::{Fault, Foe, Plan, Preset, Strike};

/// How many runs [`shrink`] may take.
pub const SHRINK_RUNS_MAX: u32 = 1_000;

/// A smaller plan that `fails` as well, or this one. Calls `fails` at most [`SHRINK_RUNS_MAX`] times.
#[must_use]
pub fn shrink(plan: &Plan, fails: impl FnMut(&Plan) -> bool) -> Plan {
    let mut shrinker = Shrinker { best: plan.clone(), fails, runs: SHRINK_RUNS_MAX };
    while shrinker.runs > 0 && shrinker.pass() {}
    shrinker.best
}

struct Shrinker<F> {
    best: Plan,
    fails: F,
    runs: u32,
}

impl<F: FnMut(&Plan) -> bool> Shrinker<F> {
    /// Tries everything once; false if nothing helped.
    fn pass(&mut self) -> bool {
        let steps = [
            self.drop_some(|plan| &mut plan.strikes),
            self.drop_some(|plan| &mut plan.switches),
            self.drop_some(|plan| &mut plan.latecomers),
            self.drop_parts(),
            self.drop_nodes(),
            self.simplify(),
        ];
        steps.contains(&true)
    }

    /// Leaves out half of a list, then a quarter, and so on to single items.
    fn drop_some<T>(&mut self, list: fn(&mut Plan) -> &mut Vec<T>) -> bool {
        let before = list(&mut self.best).len();
        let mut size = before;
        while size > 0 {
            let mut start = 0;
            while start < list(&mut self.best).len() {
                let end = (start + size).min(list(&mut self.best).len());
                if !self.attempt(|plan| drop(list(plan).drain(start..end))) {
                    start = end;
                }
            }
            size /= 2;
        }
        list(&mut self.best).len() < before
    }

    /// Leaves out what single faults can do without.
    fn drop_parts(&mut self) -> bool {
        let before = self.best.clone();
        for strike in 0..self.best.strikes.len() {
            let mut part = 0;
            while leave_out_part(&mut self.best.strikes[strike].fault.clone(), part).is_none() {
                let without = |plan: &mut Plan| _ = leave_out_part(&mut plan.strikes[strike].fault, part);
                if !self.attempt(without) {
                    part += 1;
                }
            }
        }
        self.best != before
    }

    fn drop_nodes(&mut self) -> bool {
        let before = self.best.nodes;
        let mut step = before / 2;
        while step > 0 {
            if !self.attempt(|plan| keep_nodes(plan, plan.nodes.saturating_sub(step))) {
                step /= 2;
            }
        }
        self.best.nodes < before
    }

    fn simplify(&mut self) -> bool {
        SIMPLER.iter().filter(|simplify| self.attempt(|plan| simplify(plan))).count() > 0
    }

    /// Takes the change over if the plan still fails.
    fn attempt(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.best.clone();
        change(&mut plan);
        if plan == self.best || plan.validate().is_err() || self.runs == 0 {
            return false;
        }
        self.runs -= 1;
        let fails = (self.fails)(&plan);
        if fails {
            self.best = plan;
        }
        fails
    }
}

/// The first nodes of a plan; two of them are its core if there were fewer.
fn keep_nodes(plan: &mut Plan, nodes: u32) {
    let known = |node: &u32| *node < nodes;
    plan.nodes = nodes;
    plan.latecomers.retain(known);
    plan.core.retain(known);
    plan.cut_off.retain(known);
    for node in 0..nodes {
        if plan.core.len() < 2 && !plan.core.contains(&node) {
            plan.core.push(node);
            plan.cut_off.retain(|other| *other != node);
        }
    }
    plan.strikes.retain_mut(|strike| keep_fault(strike, nodes));
}

/// False for a fault of nobody who is left.
fn keep_fault(strike: &mut Strike, nodes: u32) -> bool {
    match &mut strike.fault {
        Fault::Partition { groups } | Fault::Flap { groups, .. } => {
            groups.iter_mut().for_each(|group| group.retain(|node| *node < nodes));
        }
        Fault::Oneway { from, to } | Fault::Hold { from, to } => {
            from.retain(|node| *node < nodes);
            to.retain(|node| *node < nodes);
        }
        Fault::Ring { nodes: some }
        | Fault::Join { through: some, .. }
        | Fault::Clog { nodes: some, .. }
        | Fault::Nat { nodes: some, .. } => {
            some.retain(|node| *node < nodes);
        }
        _ => {}
    }
    strike.fault.nodes().iter().all(|node| *node < nodes)
}

/// Leaves out one lie, one trick, or one node of those whom a fault is about, all of them counted through. If it has no
/// so many, answers how many are lacking.
fn leave_out_part(fault: &mut Fault, part: usize) -> Option<usize> {
    match fault {
        Fault::Attack { by: Foe::Liar { lies }, .. } => leave_out(lies, part),
        Fault::Attack { by: Foe::Caller { lies, tricks }, .. } => {
            leave_out(lies, part).and_then(|rest| leave_out(tricks, rest))
        }
        Fault::Oneway { from, to } | Fault::Hold { from, to } => {
            leave_out(from, part).and_then(|rest| leave_out(to, rest))
        }
        Fault::Join { through: nodes, .. } | Fault::Clog { nodes, .. } | Fault::Nat { nodes, .. } => {
            leave_out(nodes, part)
        }
        _ => Some(part),
    }
}

fn leave_out<T>(list: &mut Vec<T>, part: usize) -> Option<usize> {
    let lacking = part.checked_sub(list.len());
    if lacking.is_none() {
        list.remove(part);
    }
    lacking
}

/// One thing less each.
const SIMPLER: &[fn(&mut Plan)] = &[
    |plan| plan.foreigners = 0,
    |plan| plan.tweaks.clear(),
    |plan| plan.loss = 0,
    |plan| plan.latency_ms = [1, 2],
    |plan| plan.preset = Preset::Lan,
    |plan| plan.addresses = Addresses::default(),
    |plan| plan.name_bytes = 0,
    |plan| plan.max_events = 4_096,
    |plan| plan.tombstone_s = 24 * 3_600,
    |plan| plan.core_s = 0,
    |plan| plan.cut_off.clear(),
    |plan| plan.core = (0..plan.nodes).collect(),
    |plan| plan.chaos_ms = plan.strikes.last().map_or(0, |strike| strike.at_ms + 1_000).min(plan.chaos_ms),
    |plan| plan.chaos_ms /= 2,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Replay;
    use crate::attack::{Lie, Trick};
    use crate::swarm::Class;

    /// As a bug would be that takes a crash of a certain node and a partition, in this order.
    fn fails(plan: &Plan) -> bool {
        let crash = plan.strikes.iter().position(|strike| matches!(strike.fault, Fault::Crash { node: 1.. }));
        let partition =
            plan.strikes.iter().rposition(|strike| matches!(strike.fault, Fault::Partition { .. }));
        crash.zip(partition).is_some_and(|(crash, partition)| crash < partition)
    }

    /// The first plans of this class that fail.
    fn failing(class: Class) -> impl Iterator<Item = Plan> {
        (0..10_000).map(move |seed| Plan::draw(seed, Some(class))).filter(fails).take(20)
    }

    #[test]
    fn what_is_left_is_what_it_takes() {
        for plan in failing(Class::M) {
            let small = shrink(&plan, fails);
            assert!(fails(&small) && small.validate().is_ok(), "{small}");
            assert_eq!((small.strikes.len(), small.foreigners, small.loss), (2, 0, 0), "{small}");
            assert!(small.nodes <= plan.nodes && small.core.len() == small.nodes as usize, "{small}");
        }
    }

    #[test]
    fn of_what_an_attacker_does_only_the_harm_is_left() {
        let harms = |plan: &Plan| {
            plan.strikes.iter().any(|strike| match &strike.fault {
                Fault::Attack { by: Foe::Caller { lies, tricks }, .. } => {
                    lies.contains(&Lie::Death) && tricks.contains(&Trick::WrongEcho)
                }
                _ => false,
            })
        };
        let mut plans = (0..10_000).map(|seed| Plan::draw(seed, Some(Class::Insider)));
        let plan = plans.find(harms).expect("one of many");
        let small = shrink(&plan, harms);
        let expected = Foe::Caller { lies: vec![Lie::Death], tricks: vec![Trick::WrongEcho] };
        let [Strike { fault: Fault::Attack { by, .. }, .. }] = small.strikes.as_slice() else {
            panic!("{small}");
        };
        assert_eq!(by, &expected, "{small}");
    }

    #[test]
    fn of_whom_a_fault_is_about_only_those_are_left_who_matter() {
        let is_deaf =
            |fault: &Fault| matches!(fault, Fault::Oneway { from, to } if from.len() > 1 && to.contains(&2));
        let fails = |plan: &Plan| plan.strikes.iter().any(|strike| is_deaf(&strike.fault));
        let mut plans = (0..10_000).map(|seed| Plan::draw(seed, Some(Class::M)));
        let small = shrink(&plans.find(fails).expect("one of many"), fails);
        let [Strike { fault: Fault::Oneway { from, to }, .. }] = small.strikes.as_slice() else {
            panic!("{small}");
        };
        assert_eq!((from.len(), to.as_slice()), (2, [2].as_slice()), "{small}");
    }

    #[test]
    fn what_is_small_gets_no_smaller() {
        for plan in failing(Class::S).chain(failing(Class::L)) {
            let small = shrink(&plan, fails);
            assert_eq!(shrink(&small, fails), small, "from {plan}");
        }
    }

    #[test]
    fn the_smaller_plan_is_a_file_that_a_person_can_read() {
        for plan in [Class::S, Class::M, Class::L].into_iter().flat_map(failing) {
            let text = Replay::new(shrink(&plan, fails), "S1").to_string();
            assert!(text.len() <= Replay::READABLE, "{} bytes from {plan}", text.len());
        }
    }

    #[test]
    fn a_plan_whose_parts_are_all_needed_stays() {
        let plan = Plan::draw(1, Some(Class::S));
        assert_eq!(shrink(&plan, |smaller| *smaller == plan), plan);
    }
}
