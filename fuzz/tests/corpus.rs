//! Every target on every input that was ever worth keeping. Those that a fuzzer found have 40 hexadecimal digits for a
//! name.

use std::fs;
use std::path::{Path, PathBuf};

use fuzz::TARGETS;

#[test]
fn every_committed_input_holds() {
    for (name, target) in TARGETS {
        for file in inputs(name) {
            println!("{}", file.display());
            target(&fs::read(&file).expect("readable"));
        }
    }
}

#[test]
fn inputs_that_were_written_by_hand_get_past_all_that_refuses_input() {
    for (name, target) in TARGETS {
        let files = inputs(name);
        let by_hand: Vec<_> = files.iter().filter(|file| file_name(file).len() != 40).collect();
        assert!(!by_hand.is_empty(), "{name}");
        for file in by_hand {
            assert!(target(&fs::read(file).expect("readable")), "{}", file.display());
        }
    }
}

#[test]
fn the_frames_of_the_page_about_the_wire_are_inputs_under_every_seal() {
    for seal in ["plain", "hmac", "chacha", "aes"] {
        let goldens = inputs("frame").into_iter().map(|file| file_name(&file));
        assert_eq!(goldens.filter(|name| name.starts_with("golden") && name.ends_with(seal)).count(), 18);
    }
}

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(&folder).expect("a corpus").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

fn file_name(file: &Path) -> String {
    file.file_name().expect("a file").to_string_lossy().into_owned()
}
