//! Plans in files: from a run that fails to a small one that fails alike.

use std::path::Path;

use sim::Replay;
use sim::swarm::{Class, Plan};

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
