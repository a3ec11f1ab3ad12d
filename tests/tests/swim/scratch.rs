//! A folder for the files of one test.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::process::Swim;

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// Removed with all that it holds when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    /// A file with this content.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        fs::write(self.0.join(name), content).expect("a file");
        self.path(name)
    }

    /// A fresh key, as an option for `swim run`.
    pub(crate) fn key(&self, name: &str) -> String {
        let path = self.path(name);
        let made = Swim::run(["keygen", &path]);
        assert_eq!(made.code(), Some(0), "{}", made.stderr);
        format!("--key-file {path}")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in the target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
