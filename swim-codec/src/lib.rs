//! The wire of swim: frames, seals, a keyring and messages.
//!
//! A **frame** says who sends to which cluster, in which life and as which frame of it, and carries a tag over
//! everything. Its **body** is a sequence of **messages**. A datagram is one frame; a stream is a sequence of
//! them, each behind its length.
//!
//! ```text
//! 0     2         3     4         12       20      26         32            36       36+n
//! ┌─────┬─────────┬─────┬─────────┬────────┬───────┬──────────┬─────────────┬────────┬─────┐
//! │ SW  │ version │ key │ cluster │ sender │ epoch │ sequence │ destination │ body   │ tag │
//! │     │ + seal  │ id  │         │        │       │          │             │ n      │     │
//! └─────┴─────────┴─────┴─────────┴────────┴───────┴──────────┴─────────────┴────────┴─────┘
//! ```
//!
//! # Example
//!
//! ```
//! use swim_codec::{
//!     ClusterId, Epoch, Fingerprint, Header, Key, Keyring, Message, Name, Nonce, Ping, Sequence,
//! };
//!
//! let cluster = ClusterId::from_name("orders");
//! let (alice, bob) = (Name::new("alice")?, Name::new("bob")?);
//! let mut keyring = Keyring::sealed(Key::from_bytes([7; 32]));
//!
//! let header = Header {
//!     cluster,
//!     sender: alice.id(),
//!     epoch: Epoch::new(1_700_000_000_000).unwrap(),
//!     sequence: Sequence::FIRST,
//!     destination: bob.id().destination(),
//! };
//! let ping = Message::Ping(Ping { nonce: Nonce::from_u64(42), fingerprint: Fingerprint::default() });
//!
//! let mut datagram = Vec::new();
//! let mut writer = keyring.frame(&header, 1400, &mut datagram);
//! assert!(writer.push(&ping));
//! writer.seal();
//!
//! let frame = keyring.open(cluster, &mut datagram)?;
//! assert!(frame.header.destination.accepts(bob.id()));
//! assert_eq!(frame.messages().next(), Some(Ok(ping)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What decoding promises
//!
//! * It never panics, and allocates nothing; what is read borrows from the frame.
//! * What is accepted has one spelling: encoding it again gives the same bytes.
//! * Whatever [`FrameWriter::push`] accepts, every peer of this version decodes.
//! * Messages of an unknown kind are skipped, so kinds can be added later.
//!
//! # What a member does with a frame
//!
//! 1. [`Keyring::advance`] with the present time, where the keyring's mode has an end.
//! 2. [`Keyring::open`]. On an error: count it; where [`KeyMismatch::of`] gives something, the sender is a known member
//!    and [`KeyMismatches::is_news`] agrees, tell somebody.
//! 3. Drop it if the sender is this member, or [`Destination::accepts`] says no.
//! 4. If [`Frame::key`] is `None`, nothing more can be found out: act on the messages.
//! 5. If the frame answers what a recording could not, [`Windows::admit`], else [`Windows::judge`]. It does if its first
//!    message is an [`Echo`] for which [`Challenger::is_right`], or an [`Ack`], a [`Nack`] or a [`Challenge`] with the
//!    nonce of an open question to the address that it came from. One that says it is a later life of a member that is alive
//!    at another address must not be admitted before that member has failed to answer there, and one that is
//!    [`Freshness::TooOld`] only for its echo.
//! 6. [`Freshness::Fresh`]: act on the messages. [`Freshness::Replayed`]: drop and count it. Any other: act on none, and
//!    answer a challenge with an [`Echo`] and the question again, as far as both fit; anything else with a [`Challenge`] that has the nonce of the ping
//!    and [`Challenger::cookie`]; in a frame whose budget is the length of what came, and not at all if it does not fit.
//!    A frame that waited in a stream while its sender sent a thousand others is
//!    [`Freshness::TooOld`]; so an exchange over a stream should carry a nonce, which makes its answer fresh by itself.
//!
//! Neither an echo nor a challenge is challenged, so two strangers come to an end.
//!
//! For what it sends it takes every [`Header`] from one [`Headers`], whose epoch is [`Epoch::after`] that of its last
//! life, and whose first sequence is [`Sequence::drawn`]. Whoever sends a question to a stranger keeps it open until the echo had time to come.
//!
//! # What this crate is not
//!
//! It keeps no clock, socket, entropy or member: it says what a frame holds, that a key of the cluster sealed it
//! ([`Keyring`]) and that it came for the first time ([`Windows`], [`Challenger`]), not that its claims are true. Every
//! member has the key and could have sealed it in any name.
//!
//! # Features
//!
//! * `std`: plain frames are summed up by the processor's own instruction, where it has one, which is found out as std does;
//!   the crate itself stays `no_std`.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod addr;
mod body;
mod buckets;
mod challenge;
mod checksum;
mod cipher;
mod count;
mod fields;
mod frame;
mod headers;
mod id;
mod key;
mod key_text;
mod keyring;
pub mod limits;
mod message;
mod mismatch;
mod mode;
mod name;
mod seal;
mod snapshot;
mod stream;
mod subkeys;
mod suite;
#[cfg(test)]
mod vectors;
mod window;
mod windows;
mod wire;
mod writer;

pub use addr::{Addr, AddrRef, InvalidUnixAddr};
pub use body::{Malformed, Messages};
pub use buckets::{Bucket, Buckets};
pub use challenge::{Challenger, Cookie};
pub use count::{Epoch, EpochTooLarge, Incarnation, Sequence};
pub use frame::{Frame, HEADER_LEN, Header, OpenError};
pub use headers::Headers;
pub use id::{ClusterId, Destination, Fingerprint, MemberId, Nonce};
pub use key::{Key, KeyFingerprint, KeyId};
pub use key_text::InvalidKey;
pub use keyring::{Keyring, KeyringError};
pub use message::{
    Ack, Challenge, Claim, Coordinate, DIMENSIONS, Digest, Echo, Message, Nack, Ping, PingReq, Register,
    State, Status, Sync, Want,
};
pub use mismatch::{KeyMismatch, KeyMismatches};
pub use mode::Mode;
pub use name::{InvalidName, Name};
pub use snapshot::{Origin, Record, Snapshot, SnapshotError, SnapshotWriter};
pub use stream::{BadFrameLength, STREAM_PREFIX_LEN, StreamDecoder};
pub use suite::Suite;
pub use windows::{Freshness, Windows};
pub use writer::{FrameWriter, Mark};
