//! A body: messages one after the other, each `kind u8 · length varint · postcard bytes`.
//!
//! The length lets a reader skip kinds it does not know. Everything accepted has one spelling: postcard alone
//! takes over-long varints, so what was read is compared with the size it would be written in.

use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;

use postcard::ser_flavors::{Flavor, Size};
use serde::{Deserialize, Serialize};

use crate::message::Message;

mod kind {
    pub(super) const PING: u8 = 1;
    pub(super) const PING_REQ: u8 = 2;
    pub(super) const ACK: u8 = 3;
    pub(super) const NACK: u8 = 4;
    pub(super) const CLAIM: u8 = 16;
    pub(super) const REGISTER: u8 = 17;
    pub(super) const SYNC: u8 = 32;
    pub(super) const DIGEST: u8 = 33;
    pub(super) const WANT: u8 = 34;
    pub(super) const COORDINATE: u8 = 48;
    pub(super) const CHALLENGE: u8 = 80;
    pub(super) const ECHO: u8 = 81;
}

/// The messages of a body, in the order they were written.
///
/// Kinds that this version does not know are skipped. The first malformed message ends the iteration, because
/// nothing behind it can be trusted to be where it seems to be.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Reads `body`, which may be any bytes, when it is iterated.
    #[must_use]
    pub const fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    fn next_known(&mut self) -> Result<Option<Message<'a>>, Malformed> {
        while let Some((&kind, rest)) = self.rest.split_first() {
            let (bytes, rest) = split_message(rest)?;
            self.rest = rest;
            if let Some(message) = read(kind, bytes)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_known().transpose();
        if let Some(Err(_)) = next {
            self.rest = &[];
        }
        next
    }
}

impl FusedIterator for Messages<'_> {}

/// What is wrong with a message of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// The body or the message ends too early.
    Truncated,
    /// The message goes on after its last field.
    TrailingBytes,
    /// A number is written in more bytes than it needs.
    Overlong,
    /// A length is outside its limit, or a Unix path holds a NUL.
    OverLimit,
    /// A field has no meaning: not UTF-8, no such variant, an epoch over 48 bits.
    Meaningless,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the message ends too early",
            Self::TrailingBytes => "the message goes on after its last field",
            Self::Overlong => "a number is written in more bytes than it needs",
            Self::OverLimit => "a length is outside its limit",
            Self::Meaningless => "a field has no meaning",
        })
    }
}

impl core::error::Error for Malformed {}

impl From<postcard::Error> for Malformed {
    fn from(error: postcard::Error) -> Self {
        match error {
            postcard::Error::DeserializeUnexpectedEnd => Self::Truncated,
            _ => Self::Meaningless,
        }
    }
}

/// Appends `message` if it takes at most `room` bytes, its kind and length among them, and every peer would take
/// it. Otherwise leaves `buf` as it was.
pub(crate) fn write(message: &Message<'_>, room: usize, buf: &mut Vec<u8>) -> bool {
    let start = buf.len();
    let written = message.is_within_limits() && append(message, Tail { room, buf }).is_ok();
    if !written {
        buf.truncate(start);
    }
    written
}

fn append(message: &Message<'_>, tail: Tail<'_>) -> postcard::Result<()> {
    match message {
        Message::Ping(ping) => append_as(kind::PING, ping, tail),
        Message::PingReq(request) => append_as(kind::PING_REQ, request, tail),
        Message::Ack(ack) => append_as(kind::ACK, ack, tail),
        Message::Nack(nack) => append_as(kind::NACK, nack, tail),
        Message::Claim(claim) => append_as(kind::CLAIM, claim, tail),
        Message::Register(register) => append_as(kind::REGISTER, register, tail),
        Message::Sync(sync) => append_as(kind::SYNC, sync, tail),
        Message::Digest(digest) => append_as(kind::DIGEST, digest, tail),
        Message::Want(want) => append_as(kind::WANT, want, tail),
        Message::Coordinate(coordinate) => append_as(kind::COORDINATE, coordinate, tail),
        Message::Challenge(challenge) => append_as(kind::CHALLENGE, challenge, tail),
        Message::Echo(echo) => append_as(kind::ECHO, echo, tail),
    }
}

pub(crate) fn append_as<T: Serialize>(kind: u8, fields: &T, tail: Tail<'_>) -> postcard::Result<()> {
    let length = size(fields)?;
    postcard::serialize_with_flavor(&(kind, length, fields), tail)
}

pub(crate) fn read(kind: u8, bytes: &[u8]) -> Result<Option<Message<'_>>, Malformed> {
    let message = match kind {
        kind::PING => Message::Ping(fields(bytes)?),
        kind::PING_REQ => Message::PingReq(fields(bytes)?),
        kind::ACK => Message::Ack(fields(bytes)?),
        kind::NACK => Message::Nack(fields(bytes)?),
        kind::CLAIM => Message::Claim(fields(bytes)?),
        kind::REGISTER => Message::Register(fields(bytes)?),
        kind::SYNC => Message::Sync(fields(bytes)?),
        kind::DIGEST => Message::Digest(fields(bytes)?),
        kind::WANT => Message::Want(fields(bytes)?),
        kind::COORDINATE => Message::Coordinate(fields(bytes)?),
        kind::CHALLENGE => Message::Challenge(fields(bytes)?),
        kind::ECHO => Message::Echo(fields(bytes)?),
        _ => return Ok(None),
    };
    message.is_within_limits().then_some(Some(message)).ok_or(Malformed::OverLimit)
}

pub(crate) fn fields<'a, T: Serialize + Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Malformed> {
    let (fields, rest) = take(bytes)?;
    rest.is_empty().then_some(fields).ok_or(Malformed::TrailingBytes)
}

/// Splits `length varint · bytes` off.
pub(crate) fn split_message(body: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (length, rest) = take::<u32>(body)?;
    let length = usize::try_from(length).map_err(|_| Malformed::Truncated)?;
    rest.split_at_checked(length).ok_or(Malformed::Truncated)
}

/// Reads one value, in the only spelling it has.
fn take<'a, T: Serialize + Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), Malformed> {
    let (value, rest) = postcard::take_from_bytes(bytes)?;
    let canonical = bytes.len().checked_sub(rest.len()) == Some(size(&value)?);
    canonical.then_some((value, rest)).ok_or(Malformed::Overlong)
}

fn size<T: Serialize>(value: &T) -> postcard::Result<usize> {
    postcard::serialize_with_flavor(value, Size::default())
}

/// The end of a buffer, and how much may still be appended there.
pub(crate) struct Tail<'a> {
    pub(crate) room: usize,
    pub(crate) buf: &'a mut Vec<u8>,
}

impl Flavor for Tail<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(postcard::Error::SerializeBufferFull)?;
        self.buf.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
