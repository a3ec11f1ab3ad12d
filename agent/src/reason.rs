//! Why the system did not read or write a file, in the words of a user and without its numbers.

use std::io;

/// Why a file was not read.
pub(crate) fn of_reading(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::IsADirectory => FOLDER.into(),
        io::ErrorKind::PermissionDenied => "this user may not read it: change its owner or its mode".into(),
        io::ErrorKind::InvalidData => "it is not text in UTF-8".into(),
        _ => error.to_string(),
    }
}

/// Why a file was not written.
pub(crate) fn of_writing(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist: make it first".into(),
        io::ErrorKind::IsADirectory | io::ErrorKind::InvalidFilename => FOLDER.into(),
        io::ErrorKind::PermissionDenied => "this user may not write there: choose another folder".into(),
        _ => error.to_string(),
    }
}

const FOLDER: &str = "it is a folder: name a file in it";
