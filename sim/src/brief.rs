//! What is told of a value, where all its bytes would hide the rest.

use std::fmt::{self, Debug, Write as _};

/// So many bytes are told.
const SHOWN: usize = 8;

/// As `{:?}` has it, but of each long list of bytes only the first ones and how many there are: as text if they are
/// letters, in hexadecimal if not.
#[derive(Clone, Copy, Debug)]
pub struct Brief<T>(pub T);

impl<T: Debug> fmt::Display for Brief<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:?}", self.0);
        let mut rest = text.as_str();
        while let Some(start) = rest.find('[') {
            let (before, list) = rest.split_at(start);
            f.write_str(before)?;
            let end = list.find(']').map_or(list.len(), |end| end + 1);
            match bytes(&list[..end]) {
                Some(bytes) if bytes.len() > SHOWN => {
                    tell(&bytes, f)?;
                    rest = &list[end..];
                }
                _ => {
                    f.write_char('[')?;
                    rest = &list[1..];
                }
            }
        }
        f.write_str(rest)
    }
}

/// What is in a list of numbers below 256; `None` for any other text.
fn bytes(list: &str) -> Option<Vec<u8>> {
    let inside = list.strip_prefix('[')?.strip_suffix(']')?;
    inside.split(", ").map(|number| number.parse().ok()).collect()
}

fn tell(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let first = &bytes[..SHOWN];
    if first.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        write!(f, "\"{}…\"", first.escape_ascii())?;
    } else {
        first.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_char('…')?;
    }
    write!(f, " ({} bytes)", bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_short_and_all_else_is_as_it_was() {
        let brief = |value: &dyn Debug| Brief(value).to_string();
        assert_eq!(brief(&Some([7_u8; 300])), "Some(0707070707070707… (300 bytes))");
        assert_eq!(brief(&(b"a long value", 5)), "(\"a long v…\" (12 bytes), 5)");
        assert_eq!(brief(&[[1, 2], [3, 4]]), "[[1, 2], [3, 4]]");
        assert_eq!(brief(&[[9_u8; 9]; 2]), format!("[{0}, {0}]", "0909090909090909… (9 bytes)"));
        assert_eq!(brief(&vec![1_000; 9]), format!("{:?}", [1_000; 9]));
        assert_eq!(brief(&"a [ bracket"), "\"a [ bracket\"");
    }
}
