//! Every target on every input that was ever worth keeping.

use std::fs;
use std::path::Path;

#[test]
fn every_committed_input_holds() {
    let mut inputs = 0;
    for (name, target) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut files: Vec<_> =
            fs::read_dir(&folder).expect("a corpus").map(|file| file.expect("a file").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has a corpus");
        for file in files {
            println!("{}", file.display());
            target(&fs::read(&file).expect("readable"));
            inputs += 1;
        }
    }
    assert!(inputs > 100);
}
