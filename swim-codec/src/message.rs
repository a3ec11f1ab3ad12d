//! What members say to each other.

use crate::addr::AddrRef;
use crate::buckets::{Bucket, Buckets};
use crate::challenge::Cookie;
use crate::count::{Epoch, Incarnation};
use crate::id::{Fingerprint, MemberId, Nonce};
use crate::limits::{BUCKETS, NAME_MAX, REGISTER_KEY_MAX, REGISTER_VALUE_MAX, SUM_LEN};

/// One message of a body, borrowed from the frame it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Are you there? Answered with [`Ack`].
    Ping(Ping),
    /// Ask another member whether it is there. Answered with [`Ack`] or [`Nack`].
    PingReq(PingReq),
    /// I am here, or the member you asked about is.
    Ack(Ack),
    /// I am here, but the member you asked about did not answer me in time.
    Nack(Nack),
    /// What someone knows about a member.
    Claim(Claim<'a>),
    /// A value that a member holds.
    Register(Register<'a>),
    /// Let us compare all that we know.
    Sync(Sync),
    /// Where do we differ? Answered with the records of the buckets that differ and [`Want`], or over a stream.
    Digest(Digest<'a>),
    /// Tell me what you know in these buckets.
    Want(Want<'a>),
    /// Where the sender is, as far as round trips tell.
    Coordinate(Coordinate),
    /// Show that you speak now, and that you receive where you send from. Answered with [`Echo`].
    Challenge(Challenge),
    /// Here is what you wanted to see.
    Echo(Echo),
}

/// Are you there? 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// What the answer must repeat.
    pub nonce: Nonce,
    /// Of the sender's knowledge.
    pub fingerprint: Fingerprint,
}

/// Ask another member whether it is there. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingReq {
    /// What the answer must repeat.
    pub nonce: Nonce,
    /// Whom to ask.
    pub target: MemberId,
}

/// The answer to [`Ping`], and to [`PingReq`] when the target answered. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Of the question.
    pub nonce: Nonce,
    /// Of the sender's knowledge.
    pub fingerprint: Fingerprint,
}

/// The answer to [`PingReq`] when the target did not answer: the way to the asked member, at least, works.
/// 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nack {
    /// Of the question.
    pub nonce: Nonce,
}

/// What someone knows about a member: where it is, and how it is. At most 392 bytes.
///
/// Claims about one name are ordered by epoch, then incarnation, then state; the larger one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Of the member: 1 to [`NAME_MAX`] bytes.
    pub name: &'a str,
    /// Where it listens.
    pub addr: AddrRef<'a>,
    /// Its life.
    pub epoch: Epoch,
    /// Its latest word in this life.
    pub incarnation: Incarnation,
    /// How it is.
    pub status: Status,
}

/// How a member is, and who says so where that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It answers.
    Alive,
    /// It did not answer, and may still object.
    Suspect {
        /// Who did not get the answer.
        by: MemberId,
    },
    /// It did not object in time.
    Dead {
        /// Who waited.
        by: MemberId,
    },
    /// It said goodbye.
    Left,
}

impl Status {
    /// The status without who says so.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Alive => State::Alive,
            Self::Suspect { .. } => State::Suspect,
            Self::Dead { .. } => State::Dead,
            Self::Left => State::Left,
        }
    }
}

/// How a member is. Later ones are larger: of two claims with the same epoch and incarnation, the worse news
/// holds.
///
/// Unlike in the SWIM paper, where Confirm overrides everything, a death is refutable: (epoch, incarnation,
/// state) are compared in this order, so a larger incarnation or epoch brings the member back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// See [`Status::Alive`].
    Alive,
    /// See [`Status::Suspect`].
    Suspect,
    /// See [`Status::Dead`].
    Dead,
    /// See [`Status::Left`].
    Left,
}

/// A small value that its owner holds under a key, for everyone to read. At most 854 bytes.
///
/// Of two with the same owner, epoch and key the one with the larger stamp holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register<'a> {
    /// The name of the member that wrote it: 1 to [`NAME_MAX`] bytes.
    pub owner: &'a str,
    /// The life of the owner in which it was written.
    pub epoch: Epoch,
    /// 1 to [`REGISTER_KEY_MAX`] bytes.
    pub key: &'a str,
    /// The owner's count of its writes.
    pub stamp: u64,
    /// At most [`REGISTER_VALUE_MAX`] bytes, maybe none; `None` is a tombstone: the owner removed the key.
    pub value: Option<&'a [u8]>,
}

/// The first message of an exchange on a stream, in which two members compare all that they know. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Of the sender's knowledge.
    pub fingerprint: Fingerprint,
}

/// The sums of all buckets of the sender. 514 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest<'a> {
    /// The sums of the buckets in their order, each [`SUM_LEN`] bytes, big endian.
    pub sums: &'a [u8],
}

impl Digest<'_> {
    /// Every bucket with its sum.
    pub fn sums(&self) -> impl Iterator<Item = (Bucket, u32)> {
        Bucket::all().zip(numbers(self.sums))
    }
}

/// The sums of some buckets of the sender, who wants the records of those whose sum is another at the receiver. At
/// most 530 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want<'a> {
    /// Which buckets.
    pub buckets: Buckets,
    /// Their sums in the order of the buckets, each [`SUM_LEN`] bytes, big endian.
    pub sums: &'a [u8],
}

impl Want<'_> {
    /// Every wanted bucket with its sum.
    pub fn sums(&self) -> impl Iterator<Item = (Bucket, u32)> {
        self.buckets.iter().zip(numbers(self.sums))
    }
}

fn numbers(sums: &[u8]) -> impl Iterator<Item = u32> {
    sums.chunks_exact(SUM_LEN).map(|sum| sum.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte)))
}

/// Where the sender is in a space in which distance is time: follows an [`Ack`] to say how far the ack came.
/// 44 bytes. Times are in seconds.
///
/// Any bits are a coordinate here, whether they make sense or not, and two are equal if their bits are.
#[derive(Clone, Copy, Debug)]
pub struct Coordinate {
    /// In the network's core.
    pub vector: [f32; DIMENSIONS],
    /// From there to the member itself, over the last mile.
    pub height: f32,
    /// What the sender's latest round trips took longer than its distances say, halved.
    pub adjustment: f32,
    /// How wrong the sender holds all this to be, as a share of a distance.
    pub error: f32,
}

/// Of the vector of a [`Coordinate`].
pub const DIMENSIONS: usize = 8;

impl Coordinate {
    /// Any bits, whether they make sense or not: of the vector, the height, the adjustment and the error.
    #[must_use]
    pub fn from_bits(bits: [u32; DIMENSIONS + 3]) -> Self {
        let [a, b, c, d, e, f, g, h, height, adjustment, error] = bits.map(f32::from_bits);
        Self { vector: [a, b, c, d, e, f, g, h], height, adjustment, error }
    }

    /// See [`from_bits`](Self::from_bits).
    #[must_use]
    pub fn bits(&self) -> [u32; DIMENSIONS + 3] {
        let [a, b, c, d, e, f, g, h] = self.vector;
        [a, b, c, d, e, f, g, h, self.height, self.adjustment, self.error].map(f32::to_bits)
    }
}

impl PartialEq for Coordinate {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Coordinate {}

/// The only answer that a stranger gets. 16 bytes, as many as a ping has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Of the ping or ping-req that it answers, zero if there was none: so whoever asked knows that this is no
    /// recording.
    pub nonce: Nonce,
    /// What the echo must repeat.
    pub cookie: Cookie,
}

/// The answer to [`Challenge`]. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo {
    /// Of the challenge.
    pub cookie: Cookie,
}

// Whether every length is within the limits: a struct literal can hold any. Other messages have none.

impl Claim<'_> {
    pub(crate) fn is_within_limits(&self) -> bool {
        is_name(self.name) && self.addr.check().is_ok()
    }
}

impl Register<'_> {
    pub(crate) fn is_within_limits(&self) -> bool {
        is_name(self.owner)
            && (1..=REGISTER_KEY_MAX).contains(&self.key.len())
            && self.value.is_none_or(|value| value.len() <= REGISTER_VALUE_MAX)
    }
}

impl Digest<'_> {
    pub(crate) fn is_within_limits(&self) -> bool {
        self.sums.len() == BUCKETS * SUM_LEN
    }
}

impl Want<'_> {
    pub(crate) fn is_within_limits(&self) -> bool {
        self.sums.len() == self.buckets.len().saturating_mul(SUM_LEN)
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_MAX).contains(&text.len())
}
