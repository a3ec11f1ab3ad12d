//! The fields of messages, spelled by somebody else's code.

use proptest::prelude::*;
use serde::Serialize;
use swim_codec::{AddrRef, Message, Status};

use crate::samples::{any_message, body};

/// Its kind, and what postcard writes for its fields, whether they are within the limits or not.
pub(crate) fn spelled(message: &Message<'_>) -> (u8, Vec<u8>) {
    match message {
        Message::Ping(it) => (1, raw(&(it.nonce.get().to_be_bytes(), it.fingerprint.get().to_be_bytes()))),
        Message::PingReq(it) => (2, raw(&(it.nonce.get().to_be_bytes(), it.target.as_bytes()))),
        Message::Ack(it) => (3, raw(&(it.nonce.get().to_be_bytes(), it.fingerprint.get().to_be_bytes()))),
        Message::Nack(it) => (4, raw(&it.nonce.get().to_be_bytes())),
        Message::Claim(it) => {
            let numbers = (it.epoch.get(), it.incarnation.get());
            (16, raw(&(it.name, Place::from(it.addr), numbers, How::from(it.status))))
        }
        Message::Register(it) => (17, raw(&(it.owner, it.epoch.get(), it.key, it.stamp, it.value))),
        Message::Sync(it) => (32, raw(&it.fingerprint.get().to_be_bytes())),
        Message::Digest(it) => (33, raw(&it.sums)),
        Message::Want(it) => {
            let bits = it.buckets.iter().fold(0_u128, |bits, bucket| bits | 1 << bucket.number());
            (34, raw(&(bits.to_be_bytes(), it.sums)))
        }
        Message::Coordinate(it) => (48, raw(&(it.vector, it.height, it.adjustment, it.error))),
        Message::Challenge(it) => (80, raw(&(it.nonce.get().to_be_bytes(), it.cookie.as_bytes()))),
        Message::Echo(it) => (81, raw(it.cookie.as_bytes())),
    }
}

pub(crate) fn raw(fields: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(fields, Vec::new()).unwrap()
}

#[derive(Serialize)]
enum Place<'a> {
    V4([u8; 4], u16),
    V6([u8; 16], u16),
    UnixPath(&'a [u8]),
    UnixAbstract(&'a [u8]),
}

impl<'a> From<AddrRef<'a>> for Place<'a> {
    fn from(addr: AddrRef<'a>) -> Self {
        match addr {
            AddrRef::V4(octets, port) => Self::V4(octets, port),
            AddrRef::V6(octets, port) => Self::V6(octets, port),
            AddrRef::UnixPath(path) => Self::UnixPath(path),
            AddrRef::UnixAbstract(name) => Self::UnixAbstract(name),
        }
    }
}

#[derive(Serialize)]
enum How {
    Alive,
    Suspect { by: [u8; 8] },
    Dead { by: [u8; 8] },
    Left,
}

impl From<Status> for How {
    fn from(status: Status) -> Self {
        match status {
            Status::Alive => Self::Alive,
            Status::Suspect { by } => Self::Suspect { by: *by.as_bytes() },
            Status::Dead { by } => Self::Dead { by: *by.as_bytes() },
            Status::Left => Self::Left,
        }
    }
}

proptest! {
    #[test]
    fn messages_are_spelled_as_postcard_spells_them(message in any_message()) {
        let message = message.message();
        let (kind, fields) = spelled(&message);
        prop_assert_eq!(body(&[message]), [&[kind], &raw(&fields.len())[..], &fields].concat());
    }
}
