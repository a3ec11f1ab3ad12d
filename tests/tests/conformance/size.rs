//! How large the adapters are, in lines of code: neither blank ones, nor comments, nor tests.

use std::fs;
use std::path::Path;

const CRATES: [&str; 4] = ["adapter-std", "adapter-tokio", "adapter-smol", "swim-driver"];

pub(crate) fn table() -> String {
    let mut table = String::from("| | for nodes | for servers |\n|---|---|---|\n");
    for name in CRATES {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        let (nodes, servers) = (lines_in(&sources), lines_in(&sources.join("server")));
        table += &format!("| `{name}` | {nodes} | {servers} |\n");
    }
    table
}

/// Of a folder's own files.
fn lines_in(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("sources").map(|entry| entry.expect("a file").path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.map(|file| lines_of(&fs::read_to_string(file).expect("text"))).sum()
}

/// Tests are what a file ends with.
fn lines_of(text: &str) -> usize {
    let code = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
    code.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}
