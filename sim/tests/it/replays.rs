//! Plans in files: from a run that fails to a small one that fails alike.

use std::path::Path;

use sim::Replay;
use sim::swarm::{Class, Fault, Foe, Kind, Plan, Strike};

use crate::command_line::{sim, stdout};

/// Nobody meets anybody in time where a datagram takes a minute.
fn hopeless() -> Plan {
    Plan { latency_ms: [60_000, 60_000], ..Plan::draw(3, Some(Class::S)) }
}

#[test]
fn a_plan_that_fails_is_saved_smaller_and_fails_alike_in_another_process() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replays");
    let _none_yet = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plan.toml");
    std::fs::write(&file, Replay::new(hopeless(), "L3").to_string()).unwrap();

    let output = sim(&format!("replay {} --save {}", file.display(), folder.display()));
    assert_eq!(output.status.code(), Some(1));
    let saved = folder.join("L3-3.toml");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told.trim_end(), format!("smaller: sim replay {}", saved.display()));

    let text = std::fs::read_to_string(&saved).unwrap();
    let small = Replay::parse(&text).expect("a replay file");
    assert!(small.plan.nodes == 2 && small.plan.strikes.is_empty(), "{text}");
    assert_eq!((small.rule.as_str(), small.plan.latency_ms), ("L3", [60_000, 60_000]));
    let output = sim(&format!("replay {}", saved.display()));
    assert_eq!(output.status.code(), Some(1));
    let first_line = text.lines().next().unwrap().trim_start_matches("# ");
    assert!(stdout(&output).contains(&format!("\n{first_line}")), "{}", stdout(&output));
}

#[test]
fn a_run_of_any_seed_is_read_again() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("largest.toml");
    let replay = Replay::new(Plan { seed: u64::MAX, ..Plan::draw(3, Some(Class::S)) }, "L3");
    assert_eq!(Replay::parse(&replay.to_string()), Ok(replay.clone()));
    std::fs::write(&file, replay.to_string()).unwrap();
    let output = sim(&format!("replay {}", file.display()));
    assert!(stdout(&output).starts_with("seed 18446744073709551615: "), "{output:?}");
}

#[test]
fn a_plan_with_a_number_that_makes_no_sense_is_refused() {
    let fault = |fault| Plan { strikes: vec![Strike { at_ms: 0, fault }], ..Plan::draw(3, Some(Class::S)) };
    let day = 86_400_000;
    for (plan, part) in [
        (fault(Fault::Corrupt { percent: 300 }), "percent must be at most 100, not 300"),
        (fault(Fault::Mute { kind: Kind::Ping, percent: 101 }), "percent must be at most 100, not 101"),
        (
            fault(Fault::Late { node: 0, within_ms: day + 1 }),
            "within_ms must be at most 86400000, not 86400001",
        ),
        (
            fault(Fault::Attack { by: Foe::OnPath { percent: 101 }, every_ms: 1, for_ms: 1 }),
            "percent must be at most 100, not 101",
        ),
        (Plan { chaos_ms: u64::MAX, ..hopeless() }, "chaos_ms must be at most 86400000"),
        (Plan { core_s: u64::MAX, ..hopeless() }, "core_s must be at most 86400"),
        (Plan { core: vec![1, 1], ..hopeless() }, "core two different ones at least"),
    ] {
        let error = Replay::parse(&Replay::new(plan, "L3").to_string()).expect_err("refused");
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
    let longest = fault(Fault::Late { node: 0, within_ms: day });
    assert!(Replay::parse(&Replay::new(longest, "L3").to_string()).is_ok());
}

#[test]
fn a_plan_that_holds_is_good_and_nothing_is_saved() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("held");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plan.toml");
    std::fs::write(&file, Replay::new(Plan::draw(3, Some(Class::S)), "L3").to_string()).unwrap();
    let output = sim(&format!("replay {} --save {}/smaller", file.display(), folder.display()));
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).ends_with("good: L3 is not broken any more\n"), "{}", stdout(&output));
    assert!(!folder.join("smaller").exists());
}

#[test]
fn a_file_of_another_version_says_which_one_wrote_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("elsewhere");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plan.toml");
    let mut replay = Replay::new(hopeless(), "L3");
    replay.by.version = "0.0.7".into();
    std::fs::write(&file, replay.to_string()).unwrap();
    let output = sim(&format!("replay {}", file.display()));
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("was written by version 0.0.7, format "), "{told}");
}
