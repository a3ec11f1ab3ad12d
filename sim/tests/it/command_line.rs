//! The binary: what it prints, and how it ends.

use std::process::{Command, Output};

pub(crate) fn sim(line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim")).args(line.split_whitespace()).output().expect("the binary starts")
}

pub(crate) fn stdout(output: &Output) -> String {
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
fn a_replay_has_the_hash_of_its_sweep() {
    let (sweep, replay) = (stdout(&sim("sweep --seeds 5..6 --json")), stdout(&sim("run seed --seed 5")));
    let line: serde_json::Value = serde_json::from_str(sweep.lines().nth(1).unwrap()).unwrap();
    assert!(replay.contains(&format!("\n{}\n", line["plan"].as_str().unwrap())), "{replay}");
    assert!(replay.trim_end().ends_with(line["hash"].as_str().unwrap()), "{replay}");
}

#[test]
fn the_first_line_of_a_seed_and_its_page_say_what_makes_the_same_run() {
    let page = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("again.html");
    let line = "run seed --seed 5 --class s";
    let told = stdout(&sim(&format!("{line} --report {}", page.display())));
    let (first, rest) = told.split_once('\n').unwrap();
    assert_eq!(first, format!("sim {line}"));
    assert!(std::fs::read_to_string(&page).unwrap().contains(&format!("sim {line} --report")));
    let again = stdout(&sim(first.trim_start_matches("sim ")));
    assert_eq!(again.split_once('\n').unwrap().1, rest);
}

#[test]
fn every_call_can_be_shown_with_the_hash_of_all_until_then() {
    let calls = stdout(&sim("run seed --seed 1 --calls"));
    let hash = |line: &str| line.rsplit_once("hash ").unwrap().1.to_owned();
    let last_call = calls.lines().rfind(|line| line.contains(" outputs, ")).unwrap();
    assert_eq!(hash(last_call), hash(calls.lines().last().unwrap()));
    assert!(calls.contains(" n0 start: "), "{}", calls.lines().nth(2).unwrap());
}

#[test]
fn every_event_can_be_shown() {
    let events = stdout(&sim("run seed --seed 1 --events"));
    for part in ["seed 1: ", "n0 Joined", "HasJoined", "good: "] {
        assert!(events.contains(part), "no {part:?} among the events");
    }
}

#[test]
fn quality_is_the_same_text_every_time() {
    let line = "quality --quick --only pause";
    let (first, second) = (sim(line), sim(line));
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(stdout(&first), stdout(&second));
    assert!(stdout(&first).ends_with("4 targets met, 0 missed\n"), "{}", stdout(&first));
}

#[test]
fn a_scenario_is_told_alike_each_time_and_as_json_too() {
    let line = "run crash --nodes 8 --seed 2";
    let (first, second, json) = (sim(line), sim(line), stdout(&sim(&format!("{line} --json"))));
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(stdout(&first), stdout(&second));
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(last["failure"], serde_json::Value::Null);
    assert!(stdout(&first).trim_end().ends_with(last["hash"].as_str().unwrap()), "{json}");
}

#[test]
fn the_list_has_a_line_for_every_scenario_and_every_command() {
    let (scenarios, commands) = (stdout(&sim("list")), stdout(&sim("list --commands --json")));
    assert_eq!(scenarios.lines().count(), sim::scenario::LIBRARY.len() + 1);
    assert_eq!(commands.lines().count(), sim::scenario::verbs().count());
    assert!(scenarios.contains("split_in_half"), "{scenarios}");
}

#[test]
fn a_table_equals_itself_and_differs_from_another() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("table.txt");
    let table = stdout(&sim("table --members 2 --loss 0"));
    let row = table.lines().last().unwrap();
    std::fs::write(&file, &table).unwrap();
    let line = format!("compare --base {}", file.display());
    assert_eq!(sim(&line).status.code(), Some(0), "{table}");
    std::fs::write(&file, table.replace(row, &row.replace('.', "9."))).unwrap();
    let output = sim(&line);
    assert_eq!(output.status.code(), Some(1));
    for part in ["* ", "2 members,  0 % loss: differs", "→", "1 of 1 rows differ"] {
        assert!(stdout(&output).contains(part), "no {part:?} in {}", stdout(&output));
    }
}

#[test]
fn a_table_that_lacks_rows_is_not_compared() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("torn.txt");
    let table = stdout(&sim("table --members 2,3 --loss 0,5"));
    std::fs::write(&file, &table).unwrap();
    for (asked, missing) in
        [("--members 2 --loss 0,1", "2 members and 1 % loss"), ("--members 9", "9 members and 0 % loss")]
    {
        let output = sim(&format!("compare --base {} {asked}", file.display()));
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{asked}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(&format!("torn.txt has no row of {missing}")), "{told}");
    }
    let torn: Vec<&str> = table.lines().collect();
    std::fs::write(&file, torn[..torn.len() - 1].join("\n")).unwrap();
    let output = sim(&format!("compare --base {}", file.display()));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no row of 3 members and 5 % loss"));
}

#[test]
fn a_share_without_a_seed_has_a_hash_like_any_other() {
    let output = sim("sweep --seeds 0..2 --class s --shard 3/4 --json");
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let sum: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((&sum["seeds"], sum["hash"].as_str()), (&0.into(), Some(&*"0".repeat(32))));
}

#[test]
fn a_failed_expectation_ends_with_1() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("impossible.txt");
    std::fs::write(&file, "# No.\ncluster 3\nexpect n0 believes n1 left\n").unwrap();
    let output = sim(&format!("run {}", file.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("FAILED: n0 believes that n1 is alive"), "{}", stdout(&output));
}

#[test]
fn a_wrong_command_line_or_file_ends_with_2_and_says_why() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.txt");
    std::fs::write(&file, "cluster 3\ncarsh n1\n").unwrap();
    let wrong_file = format!("run {}", file.display());
    for (line, part) in [
        ("", "Usage"),
        ("sweep", "--seeds"),
        ("sweep --seeds 5..5", "larger than the first"),
        ("sweep --seeds 0..5 --shard 2/2", "the shares of 2 are 0/2 to 1/2"),
        ("sweep --seeds 0..5 --shard 0/0", "of one share at least, as in 0/1"),
        ("sweep --seeds 0..5 --jobs 100000", "1..=1024"),
        ("run crsh", "did you mean \"crash\"?"),
        ("run crash --nodes 1", "at least 2 nodes"),
        ("run crash --nodes 20000", "GiB of memory"),
        ("run seed --nodes 5", "--nodes is for scenarios"),
        ("run crash --class s", "--class is for seeds"),
        ("merge nowhere.jsonl", "nowhere.jsonl: "),
        ("compare --base nowhere.txt", "nowhere.txt: "),
        (&wrong_file, "wrong.txt:2: no command \"carsh\"; did you mean \"crash\"?"),
    ] {
        let output = sim(line);
        assert_eq!(output.status.code(), Some(2), "{line:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(part), "{line:?} says {text}");
    }
}

#[test]
fn a_run_is_written_down_where_it_is_told_to() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("record");
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
}
