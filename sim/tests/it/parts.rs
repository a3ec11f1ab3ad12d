//! Sweeps by several machines, put together; and whether a seed is one run everywhere.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::command_line::{sim, stdout};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn json_has_a_line_for_the_work_one_for_every_seed_and_one_for_all() {
    let output = stdout(&sim("sweep --seeds 3..6 --class s --json"));
    let lines: Vec<serde_json::Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seeds: Vec<_> = lines.iter().filter_map(|line| line["seed"].as_u64()).collect();
    assert_eq!(seeds, [3, 4, 5]);
    assert_eq!((lines.len(), lines[0]["shard"].as_str()), (5, Some("0/1")));
    assert_eq!((lines[4]["failed"].as_u64(), lines[4]["complete"].as_bool()), (Some(0), Some(true)));
}

#[test]
fn shards_together_say_what_one_sweep_says() {
    let folder = folder("shards");
    let files = [0, 1, 2].map(|shard| {
        let file = folder.join(format!("{shard}.jsonl"));
        std::fs::write(&file, sim(&format!("sweep --seeds 0..5 --class s --shard {shard}/3 --json")).stdout)
            .unwrap();
        file.display().to_string()
    });
    let line = format!("merge {} --json", files.join(" "));
    assert_eq!(stdout(&sim(&line)), stdout(&sim("sweep --seeds 0..5 --class s --json")));
}

#[test]
fn a_part_that_is_missing_is_named_and_ends_a_merge_with_1() {
    let file = folder("missing").join("part.jsonl");
    std::fs::write(&file, sim("sweep --seeds 0..4 --class s --shard 0/2 --json").stdout).unwrap();
    let output = sim(&format!("merge {} --json", file.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("2 seeds are missing: 1, 3"), "{}", stderr(&output));
    assert!(stdout(&output).lines().last().unwrap().contains("\"complete\":false"));
}

#[test]
fn a_sweep_that_was_interrupted_is_not_whole() {
    let file = folder("interrupted").join("part.jsonl");
    let sweep = stdout(&sim("sweep --seeds 0..4 --class s --json"));
    let begin: Vec<_> = sweep.lines().take(3).collect();
    std::fs::write(&file, begin.join("\n")).unwrap();
    let output = sim(&format!("merge {}", file.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("2 seeds are missing: 2 to 3"), "{}", stderr(&output));
}

#[test]
fn what_is_no_part_of_a_sweep_ends_a_merge_with_2() {
    let folder = folder("no-part");
    let sweep = stdout(&sim("sweep --seeds 0..2 --class s --json"));
    let without_work = sweep.split_once('\n').unwrap().1;
    for (name, text, part) in [
        ("empty", "", ":1: not what `sim sweep --json` prints: nothing is there"),
        ("headless", without_work, ":1: not what"),
        ("half", &sweep[..sweep.len() / 2], "not what"),
        (
            "stray",
            &sweep.replacen("\"end\":2", "\"end\":1", 1),
            ":3: not what `sim sweep --json` prints: seed 1",
        ),
    ] {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        let output = sim(&format!("merge {}", file.display()));
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(part), "{name}: {}", stderr(&output));
    }
    let (small, large) = (folder.join("s"), folder.join("i"));
    std::fs::write(&small, &sweep).unwrap();
    std::fs::write(&large, sim("sweep --seeds 2..3 --class i --json").stdout).unwrap();
    let output = sim(&format!("merge {} {}", small.display(), large.display()));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("are of different classes"), "{}", stderr(&output));
}

#[test]
fn a_seed_that_was_not_the_same_run_everywhere_ends_a_merge_with_1() {
    let file = folder("torn").join("torn.jsonl");
    let sweep = stdout(&sim("sweep --seeds 5..6 --class s --json"));
    let line = sweep.lines().nth(1).unwrap();
    let hash = serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].as_str().unwrap().to_owned();
    std::fs::write(&file, format!("{sweep}{}\n", line.replace(&hash, &"0".repeat(32)))).unwrap();
    let output = sim(&format!("merge {}", file.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("seed 5 was not the same run everywhere"));
}

#[test]
fn runs_are_the_same_in_another_process_and_as_they_were_known() {
    let known = folder("known").join("sweep.jsonl");
    std::fs::write(&known, sim("sweep --seeds 3..6 --class s --json").stdout).unwrap();
    for line in ["--seeds 0..2 --class s".to_owned(), format!("--known {} --jobs 3", known.display())] {
        let output = sim(&format!("determinism {line}"));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).ends_with(" seeds, one run each\n"), "{}", stdout(&output));
    }
}

#[test]
fn a_known_run_that_is_another_one_now_is_told_by_its_seed() {
    let known = folder("known-otherwise").join("sweep.jsonl");
    let sweep = stdout(&sim("sweep --seeds 3..6 --class s --json"));
    std::fs::write(&known, sweep.replacen("\"calls\":", "\"calls\":1", 2)).unwrap();
    let output = sim(&format!("determinism --known {}", known.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).starts_with("seed 3 is one run in "), "{}", stdout(&output));
    assert!(stdout(&output).contains("both are the same run when each is run alone"));
}

#[test]
fn another_program_that_fails_or_says_nothing_does_not_agree() {
    for (program, part) in
        [("/bin/false", "nothing is there"), ("/bin/no-such-program", "/bin/no-such-program sweep")]
    {
        let output = sim(&format!("determinism --seeds 0..1 --class s --other {program}"));
        assert_eq!(output.status.code(), Some(2), "{program}");
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}
