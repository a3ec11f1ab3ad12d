//! Puts the scenarios of `scenarios/` into the library, so that the binary needs no files.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
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
