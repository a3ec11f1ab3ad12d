//! What every adapter does for any machine: the list of behaviours is run with a toy machine on each of them.

#![forbid(unsafe_code)]

#[path = "../../support/adapter.rs"]
mod adapter;
mod datagrams;
#[path = "../../support/runtime.rs"]
mod runtime;
mod streams;
#[path = "../../../adapter-std/tests/common/toy.rs"]
#[allow(unreachable_pub, reason = "the same toy as in the tests of one adapter")]
mod toy;
mod world;

use libtest_mimic::{Arguments, Trial};

use crate::adapter::Adapter;

fn main() {
    let mut trials = Vec::new();
    for on in Adapter::ALL {
        for &(name, behaviour) in datagrams::ALL.iter().chain(streams::ALL) {
            trials.push(Trial::test(format!("{}::{name}", on.as_str()), move || {
                behaviour(on);
                Ok(())
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
