//! Where the file goes, and what may be there already.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::recorder::RecordError;
use crate::tape::KIND;

/// Makes the place free. A trace that is there, maybe of the life that crashed, is kept beside it.
pub(crate) fn vacate(path: &Path) -> Result<(), RecordError> {
    check(path)?;
    match fs::rename(path, last(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RecordError::File(error)),
        _ => Ok(()),
    }
}

/// Whether a trace can be begun there without touching what is no trace. Changes nothing.
pub(crate) fn check(path: &Path) -> Result<(), RecordError> {
    path.file_name().ok_or(RecordError::File(io::ErrorKind::InvalidFilename.into()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder).map_err(RecordError::File)?;
    for path in [path.to_owned(), last(path)] {
        if !is_free(&path).map_err(RecordError::File)? {
            return Err(RecordError::Foreign(path));
        }
    }
    Ok(())
}

fn last(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".last");
    path.with_file_name(name)
}

fn is_free(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) => Ok(there.is_file() && begins_like_a_trace(path)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// A disk that was full, or a crash, leaves as little as nothing.
fn begins_like_a_trace(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(KIND.len() as u64).read_to_end(&mut start)?;
    Ok(KIND.starts_with(&start))
}
