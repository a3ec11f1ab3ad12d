//! A body: messages one after the other, each `kind u8 · length varint · fields`.
//!
//! The length lets a reader skip kinds it does not know. Everything accepted has one spelling.

use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;

use crate::fields::Fields;
use crate::message::{Claim, Digest, Message, Register, Want};
use crate::wire::{Reader, Writer};

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

    /// A message is many bytes to move, so all that reads it is one function.
    #[inline(always)]
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
    /// A length is outside its limit, a Unix path holds a NUL, or an IPv4 address is mapped into IPv6.
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

/// Appends `message` if it takes at most `room` bytes, its kind and length among them, and every peer would take
/// it. Otherwise leaves `buf` as it was.
pub(crate) fn write(message: &Message<'_>, room: usize, buf: &mut Vec<u8>) -> bool {
    let start = buf.len();
    let written = append(message, room, buf);
    if !written {
        buf.truncate(start);
    }
    written
}

fn append(message: &Message<'_>, room: usize, buf: &mut Vec<u8>) -> bool {
    match message {
        Message::Ping(ping) => append_as(kind::PING, ping, room, buf),
        Message::PingReq(request) => append_as(kind::PING_REQ, request, room, buf),
        Message::Ack(ack) => append_as(kind::ACK, ack, room, buf),
        Message::Nack(nack) => append_as(kind::NACK, nack, room, buf),
        Message::Claim(claim) => claim.is_within_limits() && append_as(kind::CLAIM, claim, room, buf),
        Message::Register(register) => {
            register.is_within_limits() && append_as(kind::REGISTER, register, room, buf)
        }
        Message::Sync(sync) => append_as(kind::SYNC, sync, room, buf),
        Message::Digest(digest) => digest.is_within_limits() && append_as(kind::DIGEST, digest, room, buf),
        Message::Want(want) => want.is_within_limits() && append_as(kind::WANT, want, room, buf),
        Message::Coordinate(coordinate) => append_as(kind::COORDINATE, coordinate, room, buf),
        Message::Challenge(challenge) => append_as(kind::CHALLENGE, challenge, room, buf),
        Message::Echo(echo) => append_as(kind::ECHO, echo, room, buf),
    }
}

/// Appends a message of any kind, or nothing where there is no room for it.
#[cfg(buggify)]
pub(crate) fn append_reserved(kind: u8, fields: &[u8], room: usize, buf: &mut Vec<u8>) -> bool {
    let start = buf.len();
    let mut writer = Writer::new(room, buf);
    writer.message(kind, |writer| writer.put(fields));
    let fits = writer.fits();
    if !fits {
        buf.truncate(start);
    }
    fits
}

/// False if they do not fit; then `buf` may end with a part of them.
pub(crate) fn append_as<'a>(kind: u8, fields: &impl Fields<'a>, room: usize, buf: &mut Vec<u8>) -> bool {
    let mut writer = Writer::new(room, buf);
    writer.message(kind, |writer| fields.write(writer));
    writer.fits()
}

#[inline(always)]
pub(crate) fn read(kind: u8, bytes: &[u8]) -> Result<Option<Message<'_>>, Malformed> {
    Ok(Some(match kind {
        kind::PING => Message::Ping(fields(bytes)?),
        kind::PING_REQ => Message::PingReq(fields(bytes)?),
        kind::ACK => Message::Ack(fields(bytes)?),
        kind::NACK => Message::Nack(fields(bytes)?),
        kind::CLAIM => Message::Claim(limited(bytes, Claim::is_within_limits)?),
        kind::REGISTER => Message::Register(limited(bytes, Register::is_within_limits)?),
        kind::SYNC => Message::Sync(fields(bytes)?),
        kind::DIGEST => Message::Digest(limited(bytes, Digest::is_within_limits)?),
        kind::WANT => Message::Want(limited(bytes, Want::is_within_limits)?),
        kind::COORDINATE => Message::Coordinate(fields(bytes)?),
        kind::CHALLENGE => Message::Challenge(fields(bytes)?),
        kind::ECHO => Message::Echo(fields(bytes)?),
        _ => return Ok(None),
    }))
}

#[inline(always)]
fn limited<'a, T: Fields<'a>>(bytes: &'a [u8], is_within_limits: fn(&T) -> bool) -> Result<T, Malformed> {
    fields(bytes).and_then(|fields| is_within_limits(&fields).then_some(fields).ok_or(Malformed::OverLimit))
}

#[inline(always)]
pub(crate) fn fields<'a, T: Fields<'a>>(bytes: &'a [u8]) -> Result<T, Malformed> {
    let mut reader = Reader::new(bytes);
    let fields = T::read(&mut reader)?;
    reader.rest().is_empty().then_some(fields).ok_or(Malformed::TrailingBytes)
}

/// Splits `length varint · bytes` off.
pub(crate) fn split_message(body: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut reader = Reader::new(body);
    let bytes = reader.bytes()?;
    Ok((bytes, reader.rest()))
}
