//! Plays every scenario and compares what came of it with its file; `UPDATE=1` rewrites the files instead.

use std::path::{Path, PathBuf};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use sim::scenario::Scenario;

/// The seed of what the files say.
const SEED: u64 = 1;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads =
        arguments.test_threads.or_else(|| Some(std::thread::available_parallelism().ok()?.get()));
    libtest_mimic::run(&arguments, trials()).exit();
}

fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = fs::read_dir(&folder).expect("the folder of the scenarios");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a readable folder").path()).collect();
    files.sort();
    files.into_iter().map(trial).collect()
}

fn trial(file: PathBuf) -> Trial {
    let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    Trial::test(name.clone(), move || play(&name, &file))
}

fn play(name: &str, file: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let scenario = Scenario::parse(&format!("sim/scenarios/{name}.txt"), &text, None)?;
    if scenario.title().is_empty() {
        return Err("it does not begin with a comment that tells the story".into());
    }
    let (transcript, ending) = scenario.transcript(SEED);
    if env::var_os("UPDATE").is_some() {
        fs::write(file, &transcript)?;
    }
    if let Some(failure) = ending.failure {
        return Err(format!("run it with: sim run {name}\n{failure}").into());
    }
    if transcript != text && env::var_os("UPDATE").is_none() {
        let changed = first_difference(&text, &transcript);
        return Err(format!("{changed}\nUPDATE=1 cargo test -p sim rewrites the files").into());
    }
    Ok(())
}

fn first_difference(expected: &str, found: &str) -> String {
    let mut lines = expected.lines().chain([""]).zip(found.lines().chain([""])).enumerate();
    let different = lines.find(|(_, (expected, found))| expected != found);
    different.map_or_else(
        || "the end differs".into(),
        |(index, (expected, found))| format!("line {}:\n  file: {expected}\n  run:  {found}", index + 1),
    )
}
