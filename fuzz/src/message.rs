//! Bytes as the body of a frame whose tag is right.

use crate::frames::{body, cluster, framed, header, keyring, sealed};
use crate::memory::bounded;

/// Whatever is read from a body, written again, stands in it byte for byte, where it was read: nothing has two spellings.
/// Accepted if there is a message.
#[must_use]
pub fn what_is_read_has_one_spelling(bytes: &[u8]) -> bool {
    let (mut plain, mut datagram) = (keyring(0), framed(bytes));
    let spelled = bounded(bytes.len(), || {
        let frame = plain.open(cluster(), &mut datagram).expect("the tag is right");
        let messages: Vec<_> = frame.messages().map_while(Result::ok).collect();
        sealed(&mut keyring(0), &header(), &messages)
    });
    let (mut rest, mut spelled) = (bytes, body(&spelled));
    let says_something = !spelled.is_empty();
    while !spelled.is_empty() {
        let message = first(spelled);
        rest = behind_unknown(rest, message);
        rest = rest.strip_prefix(message).unwrap_or_else(|| {
            panic!("{message:02x?} was read from {rest:02x?}");
        });
        spelled = &spelled[message.len()..];
    }
    says_something
}

/// The first message of a body.
fn first(body: &[u8]) -> &[u8] {
    let (length, digits) = number(&body[1..]);
    &body[..1 + digits + length]
}

/// What follows the messages of kinds that `message` is not: they may be unknown, and are skipped by their length.
fn behind_unknown<'a>(mut bytes: &'a [u8], message: &[u8]) -> &'a [u8] {
    while !KINDS.contains(&bytes[0]) {
        bytes = &bytes[first(bytes).len()..];
    }
    assert_eq!(bytes[0], message[0], "no known kind is skipped");
    bytes
}

/// Of the messages that `docs/wire.md` lists.
const KINDS: [u8; 12] = [1, 2, 3, 4, 16, 17, 32, 33, 34, 48, 80, 81];

/// A varint, and how many bytes it takes.
fn number(bytes: &[u8]) -> (usize, usize) {
    let digits = 1 + bytes.iter().take_while(|&byte| byte & 0x80 != 0).count();
    let value = bytes[..digits].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    (value, digits)
}
