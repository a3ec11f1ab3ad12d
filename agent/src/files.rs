//! The files that a node writes, and what may be in their places already.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use swim_core::Snapshot;
use swim_trace::{RecordError, Recorder};

use crate::config::Settings;
use crate::problem::Problem;
use crate::reason;

/// What they are called in errors.
const STATE: &str = "the state";
const RECORD: &str = "the record";
/// As much of a file as tells whether it is a state.
const START: u64 = 16;
/// As many symbolic links as Linux follows.
const LINKS_MAX: usize = 40;

/// Refuses places where a node could not write, or where something else than it writes lies. Changes nothing.
pub(crate) fn check(settings: &Settings) -> Result<(), Problem> {
    let Settings { state, record, .. } = settings;
    match (state, record) {
        (Some(state), Some(record)) if state == record => Err(Problem::usage(format!(
            "state and record both name {}: choose another name for one of them",
            state.display()
        ))),
        _ => {
            state.as_deref().map_or(Ok(()), check_state)?;
            let checked = |file: &PathBuf| Recorder::check(file).map_err(|error| unrecorded(file, &error));
            record.as_ref().map_or(Ok(()), checked)
        }
    }
}

fn check_state(file: &Path) -> Result<(), Problem> {
    let file = &followed(file);
    let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename.into());
    name.and_then(|_| fs::metadata(folder_of(file))).map_err(|error| unkept(file, &error))?;
    for file in [file.to_owned(), beside(file, ".new")] {
        if !is_free_for_state(&file).map_err(|error| unkept(&file, &error))? {
            return Err(Problem::usage(format!(
                "{} is no state of swim and is left as it is: choose another name, or remove it",
                file.display()
            )));
        }
    }
    Ok(())
}

fn is_free_for_state(file: &Path) -> io::Result<bool> {
    match fs::metadata(file) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) => Ok(there.is_file() && Snapshot::recognise(&read_start(file)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn read_start(file: &Path) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(file)?.take(START).read_to_end(&mut start)?;
    Ok(start)
}

/// Where a symbolic link leads, even if nothing is there; any other file itself.
pub(crate) fn followed(file: &Path) -> PathBuf {
    let mut file = file.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(target) = fs::read_link(&file) else { break };
        file = folder_of(&file).join(target);
    }
    file
}

/// The file whose name has this behind it.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    file.with_file_name(name)
}

pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Why the state is not in its file.
pub(crate) fn unkept(file: &Path, error: &io::Error) -> Problem {
    unwritable(STATE, file, error)
}

/// Why there is no recording.
pub(crate) fn unrecorded(file: &Path, error: &RecordError) -> Problem {
    match error {
        RecordError::File(error) => unwritable(RECORD, file, error),
        RecordError::Node(_) | RecordError::Foreign(_) => Problem::usage(error.to_string()),
    }
}

fn unwritable(what: &str, file: &Path, error: &io::Error) -> Problem {
    Problem::failed(format!("cannot write {what} to {}: {}", file.display(), reason::of_writing(error)))
}
