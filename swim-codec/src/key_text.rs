//! A key as text.

use core::fmt;
use core::str::FromStr;

use zeroize::Zeroizing;

use crate::key::Key;
use crate::suite::Suite;

/// The digits of a key.
const DIGITS: usize = 64;
/// The longest text that is still told in characters: a little more than any key has.
const TOLD_MAX: usize = 83;

impl FromStr for Key {
    type Err = InvalidKey;

    /// Reads the name of a suite and a colon, unless it is the default suite, and 64 hexadecimal digits. One newline
    /// may follow.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let (suite, digits) = match text.split_once(':') {
            Some((name, digits)) => (suite(name)?, digits.as_bytes()),
            None => (Suite::default(), text.as_bytes()),
        };
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(InvalidKey::Length(digits.len())) };
        let mut bytes = Zeroizing::new([0; 32]);
        if pairs.len() != bytes.len() {
            return Err(InvalidKey::Length(digits.len()));
        }
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Ok(Self::new(suite, *bytes))
    }
}

/// Why a text is no key. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidKey {
    /// So many characters stand where the digits should.
    Length(usize),
    /// One of them is no hexadecimal digit.
    NoDigit,
    /// What stands before the colon is no suite.
    Suite,
}

fn suite(name: &str) -> Result<Suite, InvalidKey> {
    Suite::ALL.into_iter().find(|suite| suite.as_str() == name).ok_or(InvalidKey::Suite)
}

fn digit(character: u8) -> Result<u8, InvalidKey> {
    let digit = char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or(InvalidKey::NoDigit)
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(len @ ..=TOLD_MAX) => {
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

impl core::error::Error for InvalidKey {}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    #[test]
    fn a_key_of_any_suite_is_read() {
        let mut bytes = [0x0a; 32];
        bytes.iter_mut().skip(1).step_by(2).for_each(|byte| *byte = 0xb9);
        let digits = "0aB9".repeat(16);
        for suite in Suite::ALL {
            let expected = Key::new(suite, bytes).fingerprint();
            let read = format!("{suite}:{digits}\n").parse::<Key>().unwrap();
            assert_eq!((read.suite(), read.fingerprint()), (suite, expected));
        }
        assert_eq!(digits.parse::<Key>().unwrap().suite(), Suite::default());
    }

    #[test]
    fn anything_else_is_no_key() {
        let digits = "ab".repeat(32);
        let wrong = [
            (String::new(), InvalidKey::Length(0)),
            ("\n".into(), InvalidKey::Length(0)),
            (digits[1..].into(), InvalidKey::Length(63)),
            (digits[2..].into(), InvalidKey::Length(62)),
            (format!("{digits}\n\n"), InvalidKey::Length(65)),
            (format!("{digits}00"), InvalidKey::Length(66)),
            (format!(" {digits}"), InvalidKey::Length(65)),
            (format!("0x{}", &digits[2..]), InvalidKey::NoDigit),
            (digits.replace('a', "g"), InvalidKey::NoDigit),
            (format!("aes:{digits}"), InvalidKey::Suite),
            (format!("aes-256-gcm:{}", &digits[2..]), InvalidKey::Length(62)),
        ];
        for (text, why) in &wrong {
            assert_eq!(text.parse::<Key>().map(|key| key.suite()), Err(*why), "{text:?}");
        }
    }
}
