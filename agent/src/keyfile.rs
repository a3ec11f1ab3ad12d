//! Key files: 64 hexadecimal digits and a newline.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use swim_core::Key;
use zeroize::Zeroizing;

use crate::problem::{Problem, warn};

/// A key and its newline.
const FILE_LEN: usize = 65;
/// The bits of a file's mode that let others than its owner at it.
const OF_OTHERS: u32 = 0o077;

/// A key on its way to or from a file; wiped when dropped.
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// A fresh one from the operating system's entropy.
    pub(crate) fn generate() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes)
            .map_err(|error| Problem::failed(format!("the operating system gives no randomness: {error}")))?;
        Ok(Self(bytes))
    }

    /// The key of `file`, with a warning if others can read it.
    pub(crate) fn read(file: &Path) -> Result<Self, Problem> {
        let (text, mode) = read_start(file).map_err(|error| unreadable(file, &error))?;
        let secret = Self::parse(&text).ok_or_else(|| malformed(file))?;
        if mode & OF_OTHERS != 0 {
            let file = file.display();
            warn(&format!("others than you can read the key in {file}. To change that: chmod 600 {file}"));
        }
        Ok(secret)
    }

    /// Writes the key to a file that is not there yet, readable by its owner alone.
    pub(crate) fn write_new(&self, file: &Path) -> io::Result<()> {
        let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        opened.write_all(self.to_text().as_bytes())?;
        opened.sync_all()
    }

    /// As it stands in a file.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(FILE_LEN));
        for byte in self.0.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(digit.into(), 16));
            }
        }
        text.push('\n');
        text
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.strip_suffix(b"\n").unwrap_or(text);
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let mut bytes = Zeroizing::new([0; 32]);
        if pairs.len() != bytes.len() {
            return None;
        }
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Some(Self(bytes))
    }

    pub(crate) fn to_key(&self) -> Key {
        Key::from_bytes(*self.0)
    }
}

fn digit(character: u8) -> Option<u8> {
    u8::try_from(char::from(character).to_digit(16)?).ok()
}

/// As much of the file as a key has, and one byte more to tell that it is longer; and who may read it.
fn read_start(file: &Path) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    let opened = File::open(file)?;
    let mode = opened.metadata()?.mode();
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_LEN + 1));
    opened.take(FILE_LEN as u64 + 1).read_to_end(&mut text)?;
    Ok((text, mode))
}

fn malformed(file: &Path) -> Problem {
    let file = file.display();
    Problem::failed(format!(
        "{file} is no key file: it must hold 64 hexadecimal digits and a newline. Make one with: swim keygen FILE"
    ))
}

fn unreadable(file: &Path, error: &io::Error) -> Problem {
    let file = file.display();
    let advice = match error.kind() {
        io::ErrorKind::NotFound => ". Make one with: swim keygen FILE",
        io::ErrorKind::PermissionDenied => ". It must belong to the user who runs swim",
        _ => "",
    };
    Problem::failed(format!("cannot read the key file {file}: {error}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<[u8; 32]> {
        Secret::parse(text.as_bytes()).map(|secret| *secret.0)
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let secret = Secret::generate().expect("entropy");
        assert_eq!(secret.to_text().len(), FILE_LEN);
        assert_eq!(parse(&secret.to_text()), Some(*secret.0));
    }

    #[test]
    fn the_newline_may_be_missing_and_digits_may_be_large() {
        let digits = "0aB9".repeat(16);
        assert_eq!(parse(&digits), Some([0x0a, 0xb9].repeat(16).try_into().expect("32 bytes")));
    }

    #[test]
    fn anything_else_is_no_key() {
        let digits = "ab".repeat(32);
        let wrong = [
            String::new(),
            "\n".into(),
            digits[1..].into(),
            digits[2..].into(),
            format!("{digits}\n\n"),
            format!("{digits}00"),
            format!(" {digits}"),
            format!("0x{}", &digits[2..]),
            digits.replace('a', "g"),
        ];
        wrong.iter().for_each(|text| assert_eq!(parse(text), None, "{text:?}"));
    }
}
