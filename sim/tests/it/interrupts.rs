//! Ctrl-C: what was done until then is told, and what is written is whole.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::command_line::sim;

/// A story that nobody wants to hear to its end.
const LONG: &str = "# Long.\ncluster 3\nrun 10 s\nrun 3000 days\n";

fn begin(line: &str) -> (Child, BufReader<ChildStdout>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    let mut child =
        command.args(line.split_whitespace()).stdout(Stdio::piped()).spawn().expect("the binary starts");
    let output = BufReader::new(child.stdout.take().expect("piped"));
    (child, output)
}

/// Interrupts it; answers all that it says from then on, once it has ended as interrupted processes do.
fn interrupt((mut child, mut output): (Child, BufReader<ChildStdout>)) -> String {
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    let mut text = String::new();
    output.read_to_string(&mut text).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    text
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn a_sweep_that_is_interrupted_sums_up_what_was_done_so_far() {
    let mut sweep = Command::new(env!("CARGO_BIN_EXE_sim"));
    sweep.args(["sweep", "--seeds", "0..100000", "--class", "s", "--json"]).stdout(Stdio::piped());
    let mut sweep = sweep.spawn().expect("the binary starts");
    let mut output = BufReader::new(sweep.stdout.take().expect("piped"));
    let mut text = String::new();
    // The work, and one seed.
    for _ in 0..2 {
        output.read_line(&mut text).expect("text");
    }
    kill_process(Pid::from_child(&sweep), Signal::INT).expect("it runs");
    output.read_to_string(&mut text).expect("text");
    assert_eq!(sweep.wait().expect("it ends").code(), Some(130));
    let (_work, text) = text.split_once('\n').expect("the work");
    let (seeds, total) = text.trim_end().rsplit_once('\n').expect("a seed and a sum");
    let total: serde_json::Value = serde_json::from_str(total).expect("a sum");
    assert_eq!(total["seeds"].as_u64(), Some(seeds.lines().count() as u64));
    assert_eq!(total["complete"].as_bool(), Some(false));
}

#[test]
fn a_scenario_that_is_interrupted_ends_its_page_its_trace_and_its_summary() {
    let folder = folder("interrupted-run");
    let [story, page, trace] = ["long.txt", "long.html", "long.jsonl"].map(|name| folder.join(name));
    std::fs::write(&story, LONG).unwrap();
    std::fs::write(&page, "a page of an earlier run").unwrap();
    let line = format!("run {} --report {} --trace {}", story.display(), page.display(), trace.display());
    let (child, mut output) = begin(&line);
    let mut begun = String::new();
    while !begun.contains("3000 days") {
        assert_ne!(output.read_line(&mut begun).expect("text"), 0, "{begun}");
    }
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "a page of an earlier run");
    let told = interrupt((child, output));
    assert!(told.contains("FAILED: interrupted at ") && told.contains("\ninterrupted: seed 1, "), "{told}");
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("This run is not whole."));
    let lines = std::fs::read_to_string(&trace).unwrap();
    assert!(lines.ends_with('\n'));
    lines
        .lines()
        .for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).expect("a whole line")));
}

#[test]
fn a_replay_can_be_interrupted() {
    let replay = folder("interrupted-replay").join("long.toml");
    let mut plan = sim::swarm::Plan::draw(1, Some(sim::swarm::Class::S));
    plan.chaos_ms = 86_400_000;
    std::fs::write(&replay, sim::Replay::new(plan, "S1").to_string()).unwrap();
    let (child, mut output) = begin(&format!("replay {} --calls", replay.display()));
    // The plan, and a call.
    for _ in 0..2 {
        output.read_line(&mut String::new()).expect("text");
    }
    assert!(interrupt((child, output)).contains("interrupted at "));
}

#[test]
fn a_comparison_of_runs_can_be_interrupted() {
    let other = folder("interrupted-comparison").join("other.sh");
    std::fs::write(&other, "#!/bin/sh\nkill -INT $PPID\n").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = sim(&format!("determinism --seeds 0..1 --class s --other {}", other.display()));
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
}
