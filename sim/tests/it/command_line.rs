//! The binary: what it prints, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

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
fn a_sweep_that_is_interrupted_sums_up_what_was_done_so_far() {
    let mut sweep = Command::new(env!("CARGO_BIN_EXE_sim"));
    sweep.args(["sweep", "--seeds", "0..100000", "--class", "s", "--json"]).stdout(Stdio::piped());
    let mut sweep = sweep.spawn().expect("the binary starts");
    let mut output = BufReader::new(sweep.stdout.take().expect("piped"));
    let mut text = String::new();
    output.read_line(&mut text).expect("text");
    kill_process(Pid::from_child(&sweep), Signal::INT).expect("it runs");
    output.read_to_string(&mut text).expect("text");
    assert_eq!(sweep.wait().expect("it ends").code(), Some(130));
    let (seeds, total) = text.trim_end().rsplit_once('\n').expect("a seed and a sum");
    let total: serde_json::Value = serde_json::from_str(total).expect("a sum");
    assert_eq!(total["seeds"].as_u64(), Some(seeds.lines().count() as u64));
    assert!(seeds.lines().count() < 100_000);
}

#[test]
fn a_replay_has_the_hash_of_its_sweep() {
    let (sweep, replay) = (stdout(&sim("sweep --seeds 5..6 --json")), stdout(&sim("run seed --seed 5")));
    let line: serde_json::Value = serde_json::from_str(sweep.lines().next().unwrap()).unwrap();
    assert!(replay.starts_with(line["plan"].as_str().unwrap()), "{replay}");
    assert!(replay.trim_end().ends_with(line["hash"].as_str().unwrap()), "{replay}");
}

#[test]
fn every_event_can_be_shown() {
    let events = stdout(&sim("run seed --seed 1 --events"));
    for part in ["seed 1: ", "n0 Joined", "HasJoined", "good: "] {
        assert!(events.contains(part), "no {part:?} among the events");
    }
}

#[test]
fn shards_together_say_what_one_sweep_says() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("shards");
    std::fs::create_dir_all(&folder).unwrap();
    let files = [0, 1, 2].map(|shard| {
        let file = folder.join(format!("{shard}.jsonl"));
        std::fs::write(&file, sim(&format!("sweep --seeds 0..7 --shard {shard}/3 --json")).stdout).unwrap();
        file.display().to_string()
    });
    let line = format!("merge {} --json", files.join(" "));
    assert_eq!(stdout(&sim(&line)), stdout(&sim("sweep --seeds 0..7 --json")));
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
fn a_seed_that_was_not_the_same_run_everywhere_ends_a_merge_with_1() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("torn.jsonl");
    let sweep = stdout(&sim("sweep --seeds 5..6 --json"));
    let line = sweep.lines().next().unwrap();
    let hash = serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].as_str().unwrap().to_owned();
    std::fs::write(&file, format!("{line}\n{}\n", line.replace(&hash, &"0".repeat(32)))).unwrap();
    let output = sim(&format!("merge {}", file.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("seed 5 was not the same run everywhere"));
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
    assert_eq!(commands.lines().count(), sim::scenario::VERBS.len());
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
        ("run crsh", "did you mean \"crash\"?"),
        ("run crash --nodes 1", "at least 2 nodes"),
        ("run crash --nodes 20000", "GiB of memory"),
        ("run seed --nodes 5", "--nodes is for scenarios"),
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
