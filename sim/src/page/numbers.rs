//! Numbers as people write them.

/// Seconds with milliseconds.
pub(super) fn seconds(micros: u64) -> String {
    format!("{:.3} s", micros_to_seconds(micros))
}

pub(super) fn micros_to_seconds(micros: u64) -> f64 {
    decimal(micros) / 1e6
}

#[allow(clippy::cast_precision_loss, reason = "a figure for people")]
pub(super) fn decimal(number: u64) -> f64 {
    number as f64
}

pub(super) fn size(bytes: f64) -> String {
    match bytes {
        large if large >= 1e6 => format!("{:.1} MB", large / 1e6),
        medium if medium >= 1e3 => format!("{:.1} kB", medium / 1e3),
        small => format!("{small:.0} bytes"),
    }
}

pub(super) fn count(number: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// With a thin space between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let places = (1..=digits.len()).rev();
    digits.chars().zip(places).fold(String::new(), |mut text, (digit, place)| {
        text.push(digit);
        if place > 1 && place % 3 == 1 {
            text.push('\u{2009}');
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(
            (size(999.0), size(1_500.0), size(2_500_000.0)),
            ("999 bytes".into(), "1.5 kB".into(), "2.5 MB".into())
        );
        assert_eq!(seconds(1_234_567), "1.235 s");
    }
}
