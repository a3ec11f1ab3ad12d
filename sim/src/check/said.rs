//! What datagrams and streams say, as plain values.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;
use swim_codec::{ClusterId, Cookie, Keyring, MemberId, Message, Nonce, STREAM_PREFIX_LEN, Status};
use swim_core::{Addr, Epoch, Name};

use super::record::Word;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Ping(Nonce),
    PingReq(MemberId),
    Ack(Nonce),
    Nack(Nonce),
    Claim { about: Name, addr: Addr, word: Word, status: Status },
    Register { of: Name, epoch: Epoch, key: String, stamp: u64, value: Option<u64> },
    Sync,
    Digest,
    Want,
    Coordinate,
    Challenge(Cookie),
    Echo(Cookie),
}

/// The messages of a frame of this cluster; `None` if it is none, or if one of them is not well-formed.
pub(super) fn read(keyring: &mut Keyring, cluster: ClusterId, bytes: &[u8]) -> Option<Vec<Said>> {
    let mut bytes = bytes.to_vec();
    let frame = keyring.open(cluster, &mut bytes).ok()?;
    frame.messages().map(|message| Said::of(&message.ok()?)).collect()
}

/// The same of one write on a stream: a frame behind its length.
pub(super) fn read_write(keyring: &mut Keyring, cluster: ClusterId, bytes: &[u8]) -> Option<Vec<Said>> {
    let (length, frame) = bytes.split_first_chunk::<STREAM_PREFIX_LEN>()?;
    let is_whole = u32::from_be_bytes(*length) as usize == frame.len();
    read(keyring, cluster, frame).filter(|_| is_whole)
}

impl Said {
    fn of(message: &Message<'_>) -> Option<Self> {
        Some(match message {
            Message::Ping(ping) => Self::Ping(ping.nonce),
            Message::PingReq(ping_req) => Self::PingReq(ping_req.target),
            Message::Ack(ack) => Self::Ack(ack.nonce),
            Message::Nack(nack) => Self::Nack(nack.nonce),
            Message::Claim(claim) => Self::Claim {
                about: Name::new(claim.name).ok()?,
                addr: claim.addr.to_addr(),
                word: Word { epoch: claim.epoch, incarnation: claim.incarnation },
                status: claim.status,
            },
            Message::Register(register) => Self::Register {
                of: Name::new(register.owner).ok()?,
                epoch: register.epoch,
                key: register.key.to_owned(),
                stamp: register.stamp,
                value: register.value.map(sum),
            },
            Message::Sync(_) => Self::Sync,
            Message::Digest(_) => Self::Digest,
            Message::Want(_) => Self::Want,
            Message::Coordinate(_) => Self::Coordinate,
            Message::Challenge(challenge) => Self::Challenge(challenge.cookie),
            Message::Echo(echo) => Self::Echo(echo.cookie),
        })
    }
}

/// Stands for a value.
pub(super) fn sum(value: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(value);
    hasher.finish()
}
