//! Key files: the name of a suite and a colon, unless it is the default, 64 hexadecimal digits and a newline.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use swim_core::{InvalidKey, Key, Suite};
use zeroize::Zeroizing;

use crate::problem::{Problem, warn};
use crate::reason;

/// The digits of a key.
const DIGITS: usize = 64;
/// The longest name of a suite, its colon, a key and a newline.
const FILE_MAX: usize = 18 + DIGITS + 1;
/// The bits of a file's mode that let others than its owner at it.
const OF_OTHERS: u32 = 0o077;

/// A fresh key on its way to a file; wiped when dropped.
pub(crate) struct Secret {
    suite: Suite,
    bytes: Zeroizing<[u8; 32]>,
}

impl Secret {
    /// A fresh one from the operating system's entropy.
    pub(crate) fn generate() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes)
            .map_err(|error| Problem::failed(format!("the operating system gives no randomness: {error}")))?;
        Ok(Self { suite: Suite::default(), bytes })
    }

    /// The same bytes for another suite.
    pub(crate) fn with_suite(self, suite: Suite) -> Self {
        Self { suite, ..self }
    }

    /// Writes the key to a file that is not there yet, readable by its owner alone.
    pub(crate) fn write_new(&self, file: &Path) -> io::Result<()> {
        let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        opened.write_all(self.to_text().as_bytes()).and_then(|()| opened.sync_all()).inspect_err(|_| {
            // Without a whole key it would only be in the way of the next attempt.
            let _ = fs::remove_file(file);
        })
    }

    /// As it stands in a file.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(FILE_MAX));
        if self.suite != Suite::default() {
            text.push_str(self.suite.as_str());
            text.push(':');
        }
        for byte in self.bytes.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(digit.into(), 16));
            }
        }
        text.push('\n');
        text
    }

    pub(crate) fn to_key(&self) -> Key {
        Key::new(self.suite, *self.bytes)
    }
}

/// The key of `file`, with a warning if others can read it.
pub(crate) fn read(file: &Path) -> Result<Key, Problem> {
    let (text, mode) = read_start(file).map_err(|error| unreadable(file, &error))?;
    let text = str::from_utf8(&text).map_err(|_| malformed(file, InvalidKey::NoDigit))?;
    let key = text.parse().map_err(|why| malformed(file, why))?;
    if mode & OF_OTHERS != 0 {
        let file = file.display();
        warn(&format!("others than you can read the key in {file}. To change that: chmod 600 {file}"));
    }
    Ok(key)
}

/// As much of the file as a key has, and one byte more to tell that it is longer; and who may read it.
fn read_start(file: &Path) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    let opened = File::open(file)?;
    let mode = opened.metadata()?.mode();
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_MAX + 1));
    opened.take(FILE_MAX as u64 + 1).read_to_end(&mut text)?;
    Ok((text, mode))
}

fn malformed(file: &Path, why: InvalidKey) -> Problem {
    let file = file.display();
    Problem::failed(format!("{file} is no key file: {why}. Make one with: swim keygen FILE"))
}

fn unreadable(file: &Path, error: &io::Error) -> Problem {
    let is_missing = error.kind() == io::ErrorKind::NotFound;
    let advice = if is_missing { ". Make one with: swim keygen FILE" } else { "" };
    let (file, why) = (file.display(), reason::of_reading(error));
    Problem::failed(format!("cannot read the key file {file}: {why}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_any_suite_is_read_as_it_was_written() {
        for suite in Suite::ALL {
            let secret = Secret::generate().expect("entropy").with_suite(suite);
            assert!(secret.to_text().len() <= FILE_MAX);
            let read: Key = secret.to_text().parse().expect("a key");
            assert_eq!(read.fingerprint(), secret.to_key().fingerprint());
        }
    }
}
