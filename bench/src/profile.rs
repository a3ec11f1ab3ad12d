//! Where the instructions of the hottest paths are spent.

use std::collections::BTreeMap;

use crate::callgrind::{Run, Stacks};
use crate::flame::{self, Flame};
use crate::part::Outcome;
use crate::repeat::{Case, Library};
use crate::table::{Table, digits};

/// One of the paths, and how many parts its rounds have.
struct Path {
    name: &'static str,
    file: &'static str,
    case: Case,
    members: u32,
    rounds: u32,
    parts: u32,
}

const PATHS: [Path; 3] = [
    Path {
        name: "an idle node's second, 64 members",
        file: "profile-idle.svg",
        case: Case::Idle,
        members: 64,
        rounds: 60,
        parts: 60 * 64,
    },
    Path {
        name: "a packet with 60 known updates, 1 000 members",
        file: "profile-known.svg",
        case: Case::Known,
        members: 1_000,
        rounds: 100,
        parts: 100,
    },
    Path {
        name: "a table of 8 000 members taken in",
        file: "profile-table.svg",
        case: Case::Table,
        members: 8_000,
        rounds: 1,
        parts: 1,
    },
];

/// Functions in the table, of each path.
const SHOWN: usize = 6;

pub(crate) fn measure() -> Outcome {
    let mut table = Table::new(&["", "instructions of its own", "share"]);
    let mut plots = Vec::new();
    for path in &PATHS {
        match path.run().stacks() {
            Ok(stacks) => {
                path.show(&stacks, &mut table);
                plots.push((path.file, path.flame(&stacks)));
            }
            Err(why) => table.push_missing(path.name, &why),
        }
    }
    Outcome { table, plots }
}

impl Path {
    fn run(&self) -> Run {
        Run { library: Library::Swim, case: self.case, members: self.members, rounds: self.rounds }
    }

    fn flame(&self, stacks: &Stacks) -> String {
        let each = total(stacks) / f64::from(self.parts);
        let title = format!("{}: {} instructions", self.name, digits(each));
        Flame::of(stacks).svg(&title)
    }

    fn show(&self, stacks: &Stacks, table: &mut Table) {
        let mut own: BTreeMap<String, u64> = BTreeMap::new();
        for (stack, cost) in stacks {
            let function = stack.last().map(|name| flame::short(name)).unwrap_or_default();
            *own.entry(function).or_default() += cost;
        }
        let mut own: Vec<_> = own.into_iter().collect();
        own.sort_by(|(a, a_cost), (b, b_cost)| b_cost.cmp(a_cost).then(a.cmp(b)));
        table.push([
            format!("**{}**", self.name),
            digits(total(stacks) / f64::from(self.parts)),
            "100 %".into(),
        ]);
        for (function, cost) in own.into_iter().take(SHOWN) {
            let share = 100.0 * cost as f64 / total(stacks);
            let each = cost as f64 / f64::from(self.parts);
            table.push([format!("`{function}`"), digits(each), format!("{share:.1} %")]);
        }
    }
}

fn total(stacks: &Stacks) -> f64 {
    stacks.iter().map(|(_, cost)| *cost as f64).sum()
}
