//! Key files: the name of a suite and a colon, unless it is the default, 64 hexadecimal digits and a newline.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;

use swim_core::{Key, Suite};
use zeroize::Zeroizing;

use crate::problem::{Problem, warn};

/// The digits of a key.
const DIGITS: usize = 64;
/// The longest name of a suite, its colon, a key and a newline.
const FILE_MAX: usize = 18 + DIGITS + 1;
/// The bits of a file's mode that let others than its owner at it.
const OF_OTHERS: u32 = 0o077;

/// A key on its way to or from a file; wiped when dropped.
#[derive(Clone)]
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

    /// The key of `file`, with a warning if others can read it.
    pub(crate) fn read(file: &Path) -> Result<Self, Problem> {
        let (text, mode) = read_start(file).map_err(|error| unreadable(file, &error))?;
        let secret = Self::parse(&text).map_err(|why| malformed(file, why))?;
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

    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let (suite, digits) = match text.iter().position(|&byte| byte == b':') {
            Some(colon) => (suite(&text[..colon])?, &text[colon + 1..]),
            None => (Suite::default(), text),
        };
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(Malformed::Length(digits.len())) };
        let mut bytes = Zeroizing::new([0; 32]);
        if pairs.len() != bytes.len() {
            return Err(Malformed::Length(digits.len()));
        }
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Ok(Self { suite, bytes })
    }

    pub(crate) fn to_key(&self) -> Key {
        Key::new(self.suite, *self.bytes)
    }
}

impl FromStr for Secret {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::parse(text.as_bytes())
    }
}

/// Why a text is no key. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Length(usize),
    NoDigit,
    Suite,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(len @ ..=FILE_MAX) => {
                write!(f, "a key has {DIGITS} hexadecimal digits, this one has {len} characters")
            }
            Self::Length(_) => {
                write!(f, "a key has {DIGITS} hexadecimal digits, this one has many more characters")
            }
            Self::NoDigit => write!(f, "a key has {DIGITS} hexadecimal digits, and here is something else"),
            Self::Suite => {
                write!(f, "before a colon stands one of")?;
                Suite::ALL.iter().try_for_each(|suite| write!(f, " {suite}"))
            }
        }
    }
}

fn suite(name: &[u8]) -> Result<Suite, Malformed> {
    Suite::ALL.into_iter().find(|suite| suite.as_str().as_bytes() == name).ok_or(Malformed::Suite)
}

fn digit(character: u8) -> Result<u8, Malformed> {
    let digit = char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or(Malformed::NoDigit)
}

/// As much of the file as a key has, and one byte more to tell that it is longer; and who may read it.
fn read_start(file: &Path) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    let opened = File::open(file)?;
    let mode = opened.metadata()?.mode();
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_MAX + 1));
    opened.take(FILE_MAX as u64 + 1).read_to_end(&mut text)?;
    Ok((text, mode))
}

fn malformed(file: &Path, why: Malformed) -> Problem {
    let file = file.display();
    Problem::failed(format!("{file} is no key file: {why}. Make one with: swim keygen FILE"))
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

    fn parse(text: &str) -> Result<[u8; 32], Malformed> {
        Secret::parse(text.as_bytes()).map(|secret| *secret.bytes)
    }

    #[test]
    fn a_key_of_any_suite_is_read_as_it_was_written() {
        for suite in Suite::ALL {
            let secret = Secret::generate().expect("entropy").with_suite(suite);
            assert!(secret.to_text().len() <= FILE_MAX);
            let read = Secret::parse(secret.to_text().as_bytes()).expect("a key");
            assert_eq!(read.to_key().fingerprint(), secret.to_key().fingerprint());
        }
    }

    #[test]
    fn the_newline_may_be_missing_and_digits_may_be_large() {
        let digits = "0aB9".repeat(16);
        assert_eq!(parse(&digits), Ok([0x0a, 0xb9].repeat(16).try_into().expect("32 bytes")));
    }

    #[test]
    fn anything_else_is_no_key() {
        let digits = "ab".repeat(32);
        let wrong = [
            (String::new(), Malformed::Length(0)),
            ("\n".into(), Malformed::Length(0)),
            (digits[1..].into(), Malformed::Length(63)),
            (digits[2..].into(), Malformed::Length(62)),
            (format!("{digits}\n\n"), Malformed::Length(65)),
            (format!("{digits}00"), Malformed::Length(66)),
            (format!(" {digits}"), Malformed::Length(65)),
            (format!("0x{}", &digits[2..]), Malformed::NoDigit),
            (digits.replace('a', "g"), Malformed::NoDigit),
            (format!("aes:{digits}"), Malformed::Suite),
            (format!("aes-256-gcm:{}", &digits[2..]), Malformed::Length(62)),
        ];
        wrong.iter().for_each(|(text, why)| assert_eq!(parse(text), Err(*why), "{text:?}"));
    }
}
