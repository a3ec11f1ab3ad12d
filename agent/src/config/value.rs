//! Values as text, and back.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use toml::Value;

use crate::output::printable;

/// Most typing mistakes are one or two letters.
const NEAR: usize = 2;

/// The single value of a setting that has one; a later option counts instead of an earlier.
pub(crate) fn one<'a>(values: &[&'a str]) -> &'a str {
    values.last().copied().unwrap_or_default()
}

/// A value that knows how it is written.
pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|why| refusal(text, why))
}

/// Several of them.
pub(crate) fn parse_all<T: FromStr<Err: Display>>(texts: &[&str]) -> Result<Vec<T>, String> {
    texts.iter().map(|text| parse(text)).collect()
}

pub(crate) fn refusal(text: &str, why: impl Display) -> String {
    format!("'{}': {why}", printable(text))
}

/// A time with its unit.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| refusal(text, "write a time with its unit, such as 500ms, 2s or 1h 30m"))
}

/// A whole number. One that is too large for its type becomes the largest, which the range then refuses.
pub(crate) fn count<T: TryFrom<u64>>(text: &str, largest: T) -> Result<T, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(refusal(text, "write a whole number"));
    }
    Ok(text.parse::<u64>().ok().and_then(|number| T::try_from(number).ok()).unwrap_or(largest))
}

pub(crate) fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| refusal(text, "write true or false"))
}

/// One of a few words.
pub(crate) fn choice<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let words: Vec<_> = T::value_variants().iter().map(word).collect();
        let near = nearest(text, words.iter().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        refusal(text, format!("there are {}{hint}", words.join(", ")))
    })
}

pub(crate) fn word<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// What the user may have meant.
pub(crate) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |known: &str| strsim::damerau_levenshtein(text, known);
    known.min_by_key(|known| distance(known)).filter(|known| distance(known) <= NEAR)
}

/// A text as the file holds it.
pub(crate) fn quote(text: impl Display) -> String {
    Value::String(text.to_string()).to_string()
}

pub(crate) fn quote_all<T: Display>(texts: impl IntoIterator<Item = T>) -> Option<String> {
    let quoted: Vec<_> = texts.into_iter().map(quote).collect();
    (!quoted.is_empty()).then(|| format!("[{}]", quoted.join(", ")))
}

pub(crate) fn quote_time(time: Duration) -> String {
    quote(humantime::format_duration(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_suggested_and_what_is_far_is_not() {
        let known = || ["name", "bind", "probe_interval"].into_iter();
        assert_eq!(nearest("nmae", known()), Some("name"));
        assert_eq!(nearest("probe_intervall", known()), Some("probe_interval"));
        assert_eq!(nearest("port", known()), None);
    }

    #[test]
    fn a_number_that_no_type_can_hold_is_left_to_the_range() {
        assert_eq!(count("300", u8::MAX), Ok(255));
        assert_eq!(count("99999999999999999999999", u16::MAX), Ok(65_535));
        for text in ["", "-1", "1.5", "+1", "x"] {
            assert!(count(text, u8::MAX).is_err(), "{text}");
        }
    }
}
