//! What every adapter does for any machine: the list of behaviours is run with a toy machine on each of them.

#![forbid(unsafe_code)]

#[path = "../../support/adapter.rs"]
mod adapter;
mod datagrams;
#[path = "../../support/ipv6.rs"]
mod ipv6;
#[path = "../../support/page.rs"]
mod page;
mod rebinding;
#[path = "../../support/runtime.rs"]
mod runtime;
mod streams;
#[path = "../../../adapter-std/tests/common/toy.rs"]
#[allow(unreachable_pub, reason = "the same toy as in the tests of one adapter")]
mod toy;
mod world;

use libtest_mimic::{Arguments, Trial};

use crate::adapter::Adapter;
use crate::world::Behaviour;

/// Each with whether it needs IPv6.
const LISTS: [(&[(&str, Behaviour)], bool); 4] =
    [(datagrams::ALL, false), (datagrams::OF_IPV6, true), (streams::ALL, false), (rebinding::ALL, false)];

fn main() {
    libtest_mimic::run(&Arguments::from_args(), trials()).exit();
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for on in Adapter::ALL {
        for (list, needs_ipv6) in LISTS {
            for &(name, behaviour) in list {
                let title = format!("{}::{name}", on.as_str());
                trials.push(ipv6::trial(title, needs_ipv6, move || behaviour(on)));
            }
        }
    }
    trials.push(page::trial("toys", page::table(&trials)));
    trials
}
