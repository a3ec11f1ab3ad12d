//! The binary: what it prints, and how it ends.

use std::process::{Command, Output};

fn sim(line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim")).args(line.split_whitespace()).output().expect("the binary starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn a_sweep_says_the_same_on_any_number_of_threads() {
    let (one, two) = (sim("sweep --seeds 0..6 --jobs 1"), sim("sweep --seeds 0..6 --jobs 2"));
    assert_eq!(one.status.code(), Some(0));
    assert_eq!(stdout(&one), stdout(&two));
    assert!(stdout(&one).starts_with("6 seeds, 0 failed: "), "{}", stdout(&one));
}

#[test]
fn json_has_a_line_for_every_seed_and_one_for_all() {
    let output = stdout(&sim("sweep --seeds 3..6 --json"));
    let lines: Vec<serde_json::Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seeds: Vec<_> = lines.iter().filter_map(|line| line["seed"].as_u64()).collect();
    assert_eq!(seeds, [3, 4, 5]);
    assert_eq!((lines.len(), lines[3]["failed"].as_u64()), (4, Some(0)));
}

#[test]
fn a_replay_has_the_hash_of_its_sweep() {
    let (sweep, replay) = (stdout(&sim("sweep --seeds 5..6 --json")), stdout(&sim("run seed --seed 5")));
    let line: serde_json::Value = serde_json::from_str(sweep.lines().next().unwrap()).unwrap();
    assert!(replay.starts_with(line["plan"].as_str().unwrap()), "{replay}");
    assert!(replay.trim_end().ends_with(line["hash"].as_str().unwrap()), "{replay}");
}

#[test]
fn a_trace_shows_every_event() {
    let trace = stdout(&sim("run seed --seed 1 --events"));
    for part in ["seed 1: ", "n0 Joined", "HasJoined", "good: "] {
        assert!(trace.contains(part), "no {part:?} in the trace");
    }
}

#[test]
fn a_crash_is_told_in_numbers_that_depend_on_the_seed_alone() {
    let line = "run crash --nodes 8 --seed 2";
    let (first, second) = (sim(line), sim(line));
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(stdout(&first), stdout(&second));
    assert!(stdout(&first).contains("all informed"), "{}", stdout(&first));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for line in ["", "sweep", "sweep --seeds 5..5", "run crash --nodes 1", "run nothing"] {
        assert_eq!(sim(line).status.code(), Some(2), "{line:?}");
    }
}

#[test]
fn a_run_is_written_down_where_it_is_told_to() {
    let folder = std::env::temp_dir().join(format!("sim-record-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (page, lines) = (folder.join("run.html"), folder.join("run.jsonl"));
    let files = format!("--report {} --trace {}", page.display(), lines.display());
    for run in ["crash --nodes 4", "seed --seed 2"] {
        assert_eq!(sim(&format!("run {run} {files}")).status.code(), Some(0));
        assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!doctype html>"));
        assert!(std::fs::read_to_string(&lines).unwrap().starts_with("{\"at\":0,"));
    }
    let nowhere = folder.join("no/such/folder.html");
    for line in
        [format!("--report {}", nowhere.display()), format!("--nodes 1001 --report {}", page.display())]
    {
        let output = sim(&format!("run crash {line}"));
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(output.stderr.starts_with(b"sim: "), "{line}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
