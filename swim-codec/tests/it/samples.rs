//! Values to test with.

use proptest::prelude::*;
use swim_codec::{
    Ack, Addr, AddrRef, Bucket, Buckets, Challenge, Claim, ClusterId, Cookie, Coordinate, Digest, Echo,
    Epoch, Fingerprint, Frame, Header, Incarnation, Key, Keyring, MemberId, Message, Nack, Name, Nonce, Ping,
    PingReq, Register, Sequence, Status, Suite, Sync, Want,
};

pub(crate) fn cluster() -> ClusterId {
    ClusterId::from_name("docs")
}

pub(crate) fn member(name: &str) -> MemberId {
    Name::new(name).unwrap().id()
}

pub(crate) fn epoch(value: u64) -> Epoch {
    Epoch::new(value).unwrap()
}

/// From alice to bob, the first of its life.
pub(crate) fn header() -> Header {
    Header {
        cluster: cluster(),
        sender: member("alice"),
        epoch: epoch(1_700_000_000_000),
        sequence: Sequence::FIRST,
        destination: member("bob").destination(),
    }
}

/// The bytes 0, 1, 2, … 31, for HMAC.
pub(crate) fn key() -> Key {
    let [hmac, ..] = keys();
    hmac
}

/// One of each suite, with the same bytes.
pub(crate) fn keys() -> [Key; 3] {
    let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap());
    Suite::ALL.map(|suite| Key::new(suite, bytes))
}

/// Of every seal, in the order of their numbers.
pub(crate) fn keyrings() -> [Keyring; 4] {
    let [hmac, chacha, aes] = keys().map(Keyring::sealed);
    [Keyring::plain(), hmac, chacha, aes]
}

/// A frame with these messages, which must all fit.
pub(crate) fn sealed(keyring: &mut Keyring, messages: &[Message<'_>]) -> Vec<u8> {
    sealed_as(keyring, &header(), messages)
}

pub(crate) fn sealed_as(keyring: &mut Keyring, header: &Header, messages: &[Message<'_>]) -> Vec<u8> {
    let mut buf = Vec::new();
    let mut writer = keyring.frame(header, usize::MAX, &mut buf);
    for message in messages {
        assert!(writer.push(message), "{message:?}");
    }
    writer.seal();
    buf
}

/// The body of a frame with these messages.
pub(crate) fn body(messages: &[Message<'_>]) -> Vec<u8> {
    let mut frame = sealed(&mut Keyring::plain(), messages);
    open(&mut Keyring::plain(), &mut frame).body.to_vec()
}

pub(crate) fn open<'a>(keyring: &mut Keyring, frame: &'a mut [u8]) -> Frame<'a> {
    keyring.open(cluster(), frame).unwrap()
}

pub(crate) fn claim(name: &str) -> Claim<'_> {
    Claim {
        name,
        addr: AddrRef::V4([192, 0, 2, 7], 7946),
        epoch: epoch(1_700_000_000_000),
        incarnation: Incarnation::new(3),
        status: Status::Alive,
    }
}

pub(crate) fn register<'a>(owner: &'a str, key: &'a str, value: Option<&'a [u8]>) -> Register<'a> {
    Register { owner, epoch: epoch(1_700_000_000_000), key, stamp: 5, value }
}

/// A message that owns what [`Message`] borrows.
#[derive(Clone, Debug)]
pub(crate) enum Owned {
    Fixed(Message<'static>),
    Claim { name: String, addr: Addr, epoch: Epoch, incarnation: Incarnation, status: Status },
    Register { owner: String, epoch: Epoch, key: String, stamp: u64, value: Option<Vec<u8>> },
    Digest { sums: Vec<u8> },
    Want { buckets: Buckets, sums: Vec<u8> },
}

impl Owned {
    pub(crate) fn message(&self) -> Message<'_> {
        match self {
            Self::Fixed(message) => *message,
            Self::Claim { name, addr, epoch, incarnation, status } => Message::Claim(Claim {
                name,
                addr: addr.as_ref(),
                epoch: *epoch,
                incarnation: *incarnation,
                status: *status,
            }),
            Self::Register { owner, epoch, key, stamp, value } => Message::Register(Register {
                owner,
                epoch: *epoch,
                key,
                stamp: *stamp,
                value: value.as_deref(),
            }),
            Self::Digest { sums } => Message::Digest(Digest { sums }),
            Self::Want { buckets, sums } => Message::Want(Want { buckets: *buckets, sums }),
        }
    }
}

pub(crate) fn any_message() -> impl Strategy<Value = Owned> {
    prop_oneof![any_fixed(), any_coordinate(), any_claim(), any_register(), any_digest(), any_want()]
}

fn any_fixed() -> impl Strategy<Value = Owned> {
    (0..7, any::<u64>(), any::<u64>()).prop_map(|(kind, a, b)| {
        let (nonce, fingerprint) = (Nonce::from_u64(a), Fingerprint::from_u64(b));
        Owned::Fixed(match kind {
            0 => Message::Ping(Ping { nonce, fingerprint }),
            1 => Message::PingReq(PingReq { nonce, target: MemberId::from_bytes(b.to_be_bytes()) }),
            2 => Message::Ack(Ack { nonce, fingerprint }),
            3 => Message::Nack(Nack { nonce }),
            4 => Message::Challenge(Challenge { nonce, cookie: Cookie::from_bytes(b.to_be_bytes()) }),
            5 => Message::Echo(Echo { cookie: Cookie::from_bytes(b.to_be_bytes()) }),
            _ => Message::Sync(Sync { fingerprint }),
        })
    })
}

/// Any bits at all, those of numbers that are none among them.
fn any_coordinate() -> impl Strategy<Value = Owned> {
    any::<[u32; 11]>().prop_map(|bits| Owned::Fixed(Message::Coordinate(Coordinate::from_bits(bits))))
}

fn any_claim() -> impl Strategy<Value = Owned> {
    (any_text(255), any_addr(), any_epoch(), any_varint(), any_status()).prop_map(
        |(name, addr, epoch, incarnation, status)| {
            let incarnation = Incarnation::new(incarnation);
            Owned::Claim { name, addr, epoch, incarnation, status }
        },
    )
}

fn any_register() -> impl Strategy<Value = Owned> {
    let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..=512));
    (any_text(255), any_epoch(), any_text(64), any_varint(), value)
        .prop_map(|(owner, epoch, key, stamp, value)| Owned::Register { owner, epoch, key, stamp, value })
}

fn any_digest() -> impl Strategy<Value = Owned> {
    prop::collection::vec(any::<u8>(), 512).prop_map(|sums| Owned::Digest { sums })
}

fn any_want() -> impl Strategy<Value = Owned> {
    (any::<[bool; 128]>(), prop::collection::vec(any::<u8>(), 512)).prop_map(|(wanted, mut sums)| {
        let buckets: Buckets = Bucket::all().filter(|bucket| wanted[bucket.number()]).collect();
        sums.truncate(buckets.len() * 4);
        Owned::Want { buckets, sums }
    })
}

fn any_addr() -> impl Strategy<Value = Addr> {
    prop_oneof![
        any::<([u8; 4], u16)>().prop_map(|(octets, port)| AddrRef::V4(octets, port).to_addr()),
        any::<([u8; 16], u16)>().prop_map(|(octets, port)| AddrRef::V6(octets, port).to_addr()),
        prop::collection::vec(1..=u8::MAX, 1..=107).prop_map(|path| Addr::unix_path(&path).unwrap()),
        prop::collection::vec(any::<u8>(), 1..=107).prop_map(|name| Addr::unix_abstract(&name).unwrap()),
    ]
}

fn any_status() -> impl Strategy<Value = Status> {
    (0..4, any::<[u8; 8]>()).prop_map(|(state, by)| {
        let by = MemberId::from_bytes(by);
        match state {
            0 => Status::Alive,
            1 => Status::Suspect { by },
            2 => Status::Dead { by },
            _ => Status::Left,
        }
    })
}

fn any_epoch() -> impl Strategy<Value = Epoch> {
    any_varint().prop_map(|value| epoch(value.min(Epoch::MAX.get())))
}

/// Every length of a varint is as likely as any other.
fn any_varint() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64).prop_map(|(value, shift)| value >> shift)
}

/// 1 to `max` bytes of UTF-8.
fn any_text(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 1..max).prop_map(move |chars| {
        let mut text = String::new();
        for char in chars {
            if text.len() + char.len_utf8() <= max {
                text.push(char);
            }
        }
        text
    })
}
