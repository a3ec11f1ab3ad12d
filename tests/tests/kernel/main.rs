//! Nodes of every adapter on hosts of their own: seven network namespaces, joined by a link of ours that delays,
//! doubles and damages, and kept apart by nftables. What is measured is in `docs/kernel.md`.
//!
//! It needs root, `ip` and `nft`; without them the trials are skipped, and say so. Some of them are always played, all
//! of them with `SWIM_KERNEL=all`, and then it is a failure if they cannot be.
//!
//! Every wait is for something that must happen, and ends at the bound that the protocol promises of the worst case; what
//! it promises of most cases, medians are held to (`bounds`, `medians`).

#![forbid(unsafe_code)]

#[path = "../../support/adapter.rs"]
mod adapter;
mod bounds;
mod clock;
mod cluster;
mod firewall;
mod link;
mod measured;
mod medians;
mod namespace;
mod node;
mod packet;
mod process;
mod rig;
mod rig_itself;
mod running;
mod scenarios;
mod table;
mod view;

use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::adapter::Adapter;
use crate::cluster::Cluster;
use crate::measured::Run;
use crate::node::Role;
use crate::rig::Rig;
use crate::rig_itself::CHECKS;
use crate::scenarios::{SCENARIOS, Scenario};

/// Mostly they wait, so there may be some at once; more would make the nodes of each compete for two processors.
const TRIALS_AT_ONCE: usize = 9;

fn main() -> ExitCode {
    if let Some(role) = Role::of_this_process() {
        role.play();
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TRIALS_AT_ONCE);
    let all = std::env::var("SWIM_KERNEL").is_ok_and(|wanted| wanted == "all");
    let seed = seed();
    if !arguments.list {
        println!("seed {seed}, of the link (SWIM_KERNEL_SEED repeats it)");
    }
    let conclusion = libtest_mimic::run(&arguments, trials(seed, all));
    let runs = measured::runs();
    let beyond = medians::beyond(&runs);
    if all && !arguments.list {
        println!("{}", table::table(&runs));
        let is_complete = !conclusion.has_failed() && beyond.is_empty() && conclusion.num_filtered_out == 0;
        if is_complete && std::env::var_os("UPDATE").is_some() {
            table::write(&runs);
        }
    }
    if beyond.is_empty() {
        return conclusion.exit_code();
    }
    println!("medians are beyond what is usual:\n{}", beyond.join("\n"));
    ExitCode::FAILURE
}

fn seed() -> u64 {
    let given = std::env::var("SWIM_KERNEL_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| swim_driver::epoch_now().get())
}

/// First those of the rig itself: what it does to the nodes is worth what it does to packets.
fn trials(seed: u64, all: bool) -> Vec<Trial> {
    let mut trials: Vec<_> = CHECKS
        .iter()
        .map(|&(name, check)| {
            trial(format!("rig::{name}"), all, move || {
                check(&mut Rig::new(seed)?);
                Ok(())
            })
        })
        .collect();
    trials.push(Trial::test("rig::medians_show_what_became_slow", || {
        medians::medians_show_what_became_slow();
        Ok(())
    }));
    for scenario in SCENARIOS.iter().filter(|scenario| all || scenario.is_quick) {
        for adapter in Adapter::ALL {
            let name = format!("{}::{}", adapter.as_str(), scenario.name.replace(' ', "_"));
            trials.push(trial(name, all, move || play(scenario, adapter, seed)));
        }
    }
    trials
}

fn play(scenario: &'static Scenario, adapter: Adapter, seed: u64) -> Result<(), Failed> {
    let mut cluster = Cluster::new(Rig::new(seed)?, adapter);
    let times = (scenario.play)(&mut cluster);
    measured::note(Run { scenario, adapter, times });
    Ok(())
}

/// A trial that is skipped where it is impossible, unless it is required.
fn trial(name: String, required: bool, body: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    static POSSIBLE: LazyLock<Result<(), String>> = LazyLock::new(|| Rig::new(0).map(drop));
    Trial::ignorable_test(name, move || match &*POSSIBLE {
        Ok(()) => body().map(|()| Completion::Completed),
        Err(why) if required => Err(why.into()),
        Err(why) => Ok(Completion::ignored_with(why)),
    })
}
