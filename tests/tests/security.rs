//! What `SECURITY.md` promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table: a threat, and what shows that it is met.
fn rows(page: &str) -> Vec<(u32, String)> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| T")?.strip_suffix(" |"));
    let row = |cells: &str| {
        let (number, rest) = cells.split_once(" | ").expect("three cells");
        let (_threat, shown) = rest.split_once(" | ").expect("three cells");
        (number.parse().expect("the number of a threat"), shown.to_owned())
    };
    cells.map(row).collect()
}

/// What a cell names.
#[derive(Debug)]
enum Proof {
    Test { package: String, module: String, name: String },
    Scenario(String),
    Step(String),
}

/// `` `sim`: `module::test`, scenario `story` ``: a package holds until the next.
fn proofs(cell: &str) -> Vec<Proof> {
    let (mut proofs, mut package) = (vec![], String::new());
    let parts: Vec<_> = cell.split('`').collect();
    for place in (1..parts.len()).step_by(2) {
        let (before, quoted, after) = (parts[place - 1], parts[place], parts.get(place + 1).unwrap_or(&""));
        if after.starts_with(':') {
            quoted.clone_into(&mut package);
        } else if before.ends_with("scenario ") {
            proofs.push(Proof::Scenario(quoted.to_owned()));
        } else if let Some(step) = quoted.strip_prefix(".ci/run ") {
            proofs.push(Proof::Step(step.to_owned()));
        } else if let Some((module, name)) = quoted.rsplit_once("::") {
            let (module, name) = (module.to_owned(), name.to_owned());
            proofs.push(Proof::Test { package: package.clone(), module, name });
        }
    }
    proofs
}

impl Proof {
    fn exists(&self) -> bool {
        match self {
            Self::Test { package, module, name } => sources(&root().join(package))
                .filter(|path| path.file_stem().is_some_and(|stem| stem == module.as_str()))
                .any(|path| has_test(&read(&path), name)),
            Self::Scenario(name) => root().join(format!("sim/scenarios/{name}.txt")).is_file(),
            Self::Step(name) => read(&root().join(".ci/run")).contains(&format!("\nstep_{name}() {{")),
        }
    }
}

/// The attribute stands right above.
fn has_test(source: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    source.match_indices(&function).any(|(at, _)| source[..at].trim_end().ends_with("#[test]"))
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Box<dyn Iterator<Item = PathBuf>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    Box::new(entries.flat_map(|entry| {
        let path = entry.expect("a file").path();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        let below = path.is_dir() && path.file_name().is_some_and(|name| name != "target");
        let below = below.then(|| sources(&path)).into_iter().flatten();
        is_source.then(|| path.clone()).into_iter().chain(below.collect::<Vec<_>>())
    }))
}

#[test]
fn every_threat_has_a_row_and_every_test_in_it_exists() {
    let text = read(&root().join("SECURITY.md"));
    let (threats, _) = text.split_once("\n## How often they were tried").expect("the table ends there");
    let rows = rows(threats);
    let listed: BTreeSet<u32> = rows.iter().map(|&(number, _)| number).collect();
    let absent = [10, 13, 23];
    assert_eq!(listed, (1..=26).filter(|number| !absent.contains(number)).collect());
    for (number, cell) in rows {
        let proofs = proofs(&cell);
        assert!(!proofs.is_empty() || number == 26, "nothing shows T{number}");
        for proof in proofs {
            assert!(proof.exists(), "T{number} names {proof:?}, which does not exist");
        }
    }
}

#[test]
fn a_test_that_does_not_exist_is_noticed() {
    let cell = "`tests`: `security::a_test_that_does_not_exist_is_noticed`, `security::no_such_test`; scenario `none`, \
                `.ci/run none`";
    let exist: Vec<_> = proofs(cell).iter().map(Proof::exists).collect();
    assert_eq!(exist, [true, false, false, false]);
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace = read(&root().join("Cargo.toml"));
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    let members =
        workspace.split_once("members = [").and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
    for member in members.split('"').skip(1).step_by(2) {
        let manifest = read(&root().join(member).join("Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member} has lints of its own");
    }
}
