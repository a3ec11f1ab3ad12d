//! Single calls, against the number of members.

use std::time::Instant as Clock;

use swim_core::Node;

use crate::foca::FocaPeer;
use crate::part::{Effort, Outcome};
use crate::peer::{Calls, KNOWN, Peer};
use crate::plot::{Axis, Panel, Plot, Scale};
use crate::table::{Row, median};

/// What is called, and how often at a stretch.
const CALLS: [(&str, u32); 3] = [
    ("ping to ack", 20_000),
    ("packet with 60 known updates", 500),
    // Each tells some of the news once more, and in the end there is none left.
    ("ack filled from as much news", 10),
];
/// The last of them needs more news than fifty packets can tell.
const MUCH_NEWS: u32 = 1_000;
const _: () = assert!(KNOWN == 60, "the text above says so");

/// Nanoseconds of each of [`CALLS`].
struct Costs {
    members: u32,
    swim: [f64; 3],
    foca: [f64; 3],
}

pub(crate) fn measure(effort: Effort) -> Outcome {
    let sizes: &[u32] = effort.pick(&[64, 1_000], &[64, 256, 1_000, 4_000, 10_000]);
    let costs: Vec<_> = sizes.iter().map(|&members| Costs::with(members)).collect();
    let taken_in: &[u32] = effort.pick(&[1_000], &[8_000]);
    let rows =
        costs.iter().flat_map(Costs::rows).chain(taken_in.iter().map(|&members| table(members, effort)));
    Outcome { table: rows.collect(), plots: vec![("cost.svg", plot(&costs))] }
}

impl Costs {
    fn with(members: u32) -> Self {
        let (mut swim, mut foca) = (Node::calls(members), FocaPeer::calls(members));
        let mut costs = Self { members, swim: [0.0; 3], foca: [0.0; 3] };
        for (i, (_, rounds)) in CALLS.into_iter().enumerate() {
            let turns = (0..5).map(|_| (nanos(rounds, swim.get(i)), nanos(rounds, foca.get(i))));
            let (swim, foca) = turns.unzip();
            (costs.swim[i], costs.foca[i]) = (median(swim), median(foca));
        }
        costs
    }

    /// How many of [`CALLS`] say something at this size.
    fn count(&self) -> usize {
        if self.members < MUCH_NEWS { 2 } else { 3 }
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        CALLS.into_iter().enumerate().take(self.count()).map(|(i, (what, _))| {
            Row::new(format!("{} members: {what}, ns", self.members), self.swim[i], self.foca[i])
        })
    }
}

impl Calls {
    /// In the order of [`CALLS`].
    fn get(&mut self, call: usize) -> &mut dyn FnMut() {
        [&mut self.ping, &mut self.known, &mut self.fill][call]
    }
}

fn plot(costs: &[Costs]) -> String {
    let line = |call: usize, of: fn(&Costs) -> &[f64; 3]| {
        let costs = costs.iter().filter(|costs| call < costs.count());
        costs.map(|costs| (f64::from(costs.members), of(costs)[call])).collect()
    };
    let panels = CALLS.iter().enumerate().map(|(call, (what, _))| Panel {
        title: (*what).into(),
        swim: line(call, |costs| &costs.swim),
        foca: line(call, |costs| &costs.foca),
    });
    let marks = |marks: &[(f64, &str)]| marks.iter().map(|&(value, text)| (value, text.into())).collect();
    let x = [(50.0, ""), (64.0, "64"), (256.0, "256"), (1e3, "1 000"), (4e3, ""), (1e4, "10 000")];
    let y = [
        (50.0, ""),
        (1e2, "100 ns"),
        (1e3, "1 µs"),
        (1e4, "10 µs"),
        (1e5, "100 µs"),
        (1e6, "1 ms"),
        (4e6, ""),
    ];
    Plot {
        title: "Time for one call, against the number of members",
        x: Axis { title: "members", scale: Scale::Log, marks: marks(&x) },
        y: Axis { title: "", scale: Scale::Log, marks: marks(&y) },
        panels: panels.collect(),
    }
    .svg()
}

#[allow(clippy::disallowed_methods, reason = "it measures")]
fn nanos(rounds: u32, call: &mut dyn FnMut()) -> f64 {
    let begun = Clock::now();
    (0..rounds).for_each(|_| call());
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(rounds)
}

fn table(members: u32, effort: Effort) -> Row {
    let once = |call: Box<dyn FnOnce()>| {
        let mut call = Some(call);
        nanos(1, &mut || call.take().into_iter().for_each(|call| call())) / 1e6
    };
    let (swim, foca) = effort.turns(|_| once(Node::table(members)), |_| once(FocaPeer::table(members)));
    Row::new(format!("a table of {members} members taken in, ms"), median(swim), median(foca))
}
