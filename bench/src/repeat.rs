//! One thing, done again and again, for a profiler.

use std::time::Duration;

use clap::ValueEnum;
use swim_core::Node;

use crate::foca::FocaPeer;
use crate::peer::Peer;
use crate::swim::sealed;
use crate::town::Town;

/// One of the libraries.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Library {
    Swim,
    Foca,
}

/// What is done.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Case {
    /// A ping without news, taken in and answered.
    Ping,
    /// The same under HMAC-SHA256; swim only.
    Sealed,
    /// A packet with 60 updates that are known, taken in.
    Known,
    /// A packet filled with news from among all members.
    Fill,
    /// A table of all members, taken in.
    Table,
    /// One second of a cluster in which nothing happens.
    Idle,
}

/// Does `case` so often, each time by way of [`counted`]. Getting ready for it is not counted.
pub(crate) fn run(library: Library, case: Case, members: u32, rounds: u32) {
    match library {
        Library::Swim => repeat::<Node>(case, members, rounds),
        Library::Foca => repeat::<FocaPeer>(case, members, rounds),
    }
}

fn repeat<P: Peer + 'static>(case: Case, members: u32, rounds: u32) {
    let mut call: Box<dyn FnMut()> = match case {
        Case::Ping => P::calls(members).ping,
        Case::Known => P::calls(members).known,
        Case::Fill => P::calls(members).fill,
        Case::Sealed => sealed(members, rounds),
        Case::Table => {
            let tables: Vec<_> = (0..rounds).map(|_| P::table(members)).collect();
            return tables.into_iter().for_each(counted);
        }
        Case::Idle => return idle::<P>(members, rounds),
    };
    (0..rounds).for_each(|_| counted(&mut call));
}

fn idle<P: Peer + 'static>(nodes: u32, seconds: u32) {
    let mut town = Town::<P>::start(nodes, 1);
    town.boot(Duration::from_secs(300));
    town.come_to_rest();
    town.begin();
    town.run_for(Duration::from_secs(seconds.into()));
}

/// Calls it. A profiler that counts within this function alone counts what is measured and nothing else.
#[inline(never)]
pub(crate) fn counted<R>(call: impl FnOnce() -> R) -> R {
    call()
}
