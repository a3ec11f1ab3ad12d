//! Puts the scenarios of `scenarios/` into the library, so that the binary needs no files, and says which commit it is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    library();
    commit();
}

/// The commit of a release; a debug build would have to be made anew after every commit.
fn commit() {
    let is_release = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    let known = is_release.then(|| git(&["rev-parse", "--short=12", "HEAD"])).flatten();
    if let Some(log) = known.as_ref().and_then(|_| git(&["rev-parse", "--git-path", "logs/HEAD"])) {
        println!("cargo::rerun-if-changed={log}");
    }
    println!("cargo::rustc-env=SIM_COMMIT={}", known.as_deref().unwrap_or("unknown"));
}

/// What it prints; `None` without git or outside of a repository.
fn git(line: &[&str]) -> Option<String> {
    let output = Command::new("git").args(line).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn library() {
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("scenarios");
    println!("cargo::rerun-if-changed={}", folder.display());
    let files = fs::read_dir(&folder).expect("the folder of the scenarios");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a readable folder").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let entries: String = files.iter().map(|file| entry(file)).collect();
    let out = Path::new(&env::var_os("OUT_DIR").expect("set by cargo")).join("library.rs");
    fs::write(out, format!("&[\n{entries}]\n")).expect("a writable folder");
}

/// The name of a scenario, and where its text is.
fn entry(file: &Path) -> String {
    let name = file.file_stem().and_then(|name| name.to_str()).expect("a name in UTF-8");
    format!("    ({name:?}, include_str!({:?})),\n", file.display().to_string())
}
