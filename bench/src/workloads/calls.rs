//! Single calls, against the number of members.

use std::time::Instant as Clock;

use swim_core::Node;

use super::Effort;
use crate::foca::FocaPeer;
use crate::peer::{Calls, KNOWN, Peer};
use crate::table::{Row, median};

/// The calls that can be made alone, to count their instructions.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Call {
    Ping,
    Known,
    Fill,
}

/// One of the libraries.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Library {
    Swim,
    Foca,
}

pub(crate) fn rows(effort: Effort) -> Vec<Row> {
    let sizes: &[u32] = if effort.quick { &[1_000] } else { &[64, 1_000, 10_000] };
    let mut rows = Vec::new();
    for &members in sizes {
        let (mut swim, mut foca) = (Node::calls(members), FocaPeer::calls(members));
        rows.push(row(format!("{members} members: ping to ack, ns"), 20_000, &mut swim.ping, &mut foca.ping));
        let what = format!("{members} members: packet with {KNOWN} known updates, ns");
        rows.push(row(what, 500, &mut swim.known, &mut foca.known));
        // Each tells news that is then told once more; after a few hundred there is less of it.
        let what = format!("{members} members: ack filled from as much news, ns");
        rows.push(row(what, 20, &mut swim.fill, &mut foca.fill));
    }
    if !effort.quick {
        rows.push(table(8_000, effort));
    }
    rows
}

fn row(what: String, rounds: u32, swim: &mut dyn FnMut(), foca: &mut dyn FnMut()) -> Row {
    let (swim, foca) = (0..5).map(|_| (nanos(rounds, swim), nanos(rounds, foca))).unzip();
    Row::new(what, median(swim), median(foca))
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
    let (swim, foca) = effort.medians(|_| once(Node::table(members)), |_| once(FocaPeer::table(members)));
    Row::new(format!("a table of {members} members taken in, ms"), swim, foca)
}

/// Makes one call again and again, for a profiler.
pub(crate) fn repeat(library: Library, call: Call, members: u32, rounds: u32) {
    let Calls { ping, known, fill } = match library {
        Library::Swim => Node::calls(members),
        Library::Foca => FocaPeer::calls(members),
    };
    let mut call = match call {
        Call::Ping => ping,
        Call::Known => known,
        Call::Fill => fill,
    };
    (0..rounds).for_each(|_| call());
}
