//! Counters: what the network did.

use crate::planted::{Bug, planted};
use core::fmt;

/// What a node has done and seen since it started. Counters saturate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams handed to the driver.
    pub datagrams_sent: u64,
    /// Their bytes.
    pub datagram_bytes_sent: u64,
    /// Datagrams that arrived, the dropped ones included.
    pub datagrams_received: u64,
    /// Their bytes.
    pub datagram_bytes_received: u64,
    /// Datagrams that were sent for gossip alone, within `datagrams_sent`.
    pub gossip_sent: u64,
    /// Probes started.
    pub probes: u64,
    /// Probes for which helpers were asked.
    pub probes_indirect: u64,
    /// Probes for which a stream was opened.
    pub probes_by_stream: u64,
    /// Probes without any answer.
    pub probes_failed: u64,
    /// Times this node had to prove that it is alive.
    pub refutations: u64,
    /// Claims that were news.
    pub claims_adopted: u64,
    /// Registers that were news.
    pub registers_adopted: u64,
    /// Digests sent, to find out where a table differs.
    pub digests_sent: u64,
    /// Claims and registers that were sent because tables differed, in datagrams and over streams.
    pub records_sent: u64,
    /// Table exchanges over a stream that were completed, in either role.
    pub syncs: u64,
    dropped: Dropped,
}

/// By reason, in the order of [`DropReason::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dropped([u64; DropReason::ALL.len()]);

impl Default for Dropped {
    fn default() -> Self {
        Self([0; DropReason::ALL.len()])
    }
}

impl Stats {
    /// How much input was dropped for one reason.
    #[must_use]
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped.0[reason as usize]
    }

    /// Every reason for dropping input, with its count.
    pub fn drops(&self) -> impl Iterator<Item = (DropReason, u64)> {
        DropReason::ALL.into_iter().map(|reason| (reason, self.dropped(reason)))
    }

    pub(crate) fn drop(&mut self, reason: DropReason) {
        add(&mut self.dropped.0[reason as usize], 1);
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        add(&mut self.datagrams_sent, 1);
        add(&mut self.datagram_bytes_sent, bytes as u64);
    }

    pub(crate) fn received(&mut self, bytes: usize) {
        add(&mut self.datagrams_received, 1);
        add(&mut self.datagram_bytes_received, bytes as u64);
    }
}

/// Counts, without ever wrapping.
pub(crate) fn add(counter: &mut u64, by: u64) {
    *counter = if planted(Bug::CountersWrap) { (*counter + by) % 1_024 } else { counter.saturating_add(by) };
}

/// Why something that a peer sent was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// Shorter than an empty frame.
    TooShort,
    /// Not one of our frames at all.
    BadMagic,
    /// A frame of another version, or with a seal that is not known here.
    UnknownVersion,
    /// A plain frame, but this node accepts sealed ones only.
    PlainRefused,
    /// A sealed frame, but this node has no key.
    SealedRefused,
    /// A frame of another cluster.
    ForeignCluster,
    /// Sealed with a key that this node does not have.
    UnknownKey,
    /// Forged or damaged: the tag does not match.
    BadTag,
    /// Not looked into, because many forged or damaged ones had come from that address within a second, where no member is.
    TooManyForged,
    /// Meant for somebody else.
    WrongDestination,
    /// It came before.
    Replayed,
    /// So late that it may have come before.
    TooOld,
    /// From a life of its sender that is over.
    EarlierLife,
    /// From somebody who has not shown yet that it speaks now: it was challenged instead of being listened to.
    Unproven,
    /// A stream began with the echo of another challenge than that of this stream: a recording of another stream.
    BadEcho,
    /// Our own frame came back.
    OwnFrame,
    /// The frame was authentic, but a message in it was not well-formed.
    Malformed,
    /// A message that has no place where it arrived, such as a ping on a sync stream.
    OutOfPlace,
    /// An answer to nothing that was asked, or not from the one who was asked.
    UnexpectedAnswer,
    /// Asked to ping somebody whom this node does not know.
    UnknownTarget,
    /// Asked to ping on behalf of others more often than this node does at a time.
    TooManyRelays,
    /// An incarnation that is absurdly far above what is known.
    AbsurdIncarnation,
    /// An epoch that is absurdly far above the one with which this node began: 70 years, if they are milliseconds.
    AbsurdEpoch,
    /// A register's stamp that is absurdly far above all that were seen.
    AbsurdStamp,
    /// A coordinate that is not finite, or farther away than any member can be.
    AbsurdCoordinate,
    /// A newcomer, but the table is full of live members, or its identity clashes with a known one.
    TableFull,
    /// A newcomer from somebody who made enough members known in this minute.
    TooManyNewcomers,
    /// A register of a member that is not known.
    UnknownOwner,
    /// A register of a life that its member is not known to have begun. Comparisons tell it again once that is known.
    UnknownLife,
    /// Somebody else wrote a register of this node. It was written again.
    ForeignRegister,
    /// A register beyond what one member may have.
    TooManyRegisters,
    /// An inbound stream beyond what this node serves at a time.
    TooManyStreams,
    /// An inbound stream from an address that has as many as one address may.
    TooManyStreamsFromThere,
    /// An inbound stream that was slower than a stream may be.
    SlowStream,
    /// A frame on a stream was announced with a length that is not allowed.
    FrameTooLong,
    /// Output beyond what may wait for the driver.
    OutboxFull,
    /// A comparison of tables with somebody who is known to be at another address.
    Stranger,
    /// More digests than this node answers at a time.
    TooManyDigests,
    /// A claim that a member is elsewhere, although it answers where it is known, or one of too many such claims.
    NameTaken,
    /// A claim that a member left, although it answers and says nothing of that.
    FalseFarewell,
    /// An accusation of a member that refuted another one lately, although it answers.
    FalseAccusation,
}

impl DropReason {
    /// All reasons, in the order of their declaration.
    pub const ALL: [Self; 41] = [
        Self::TooShort,
        Self::BadMagic,
        Self::UnknownVersion,
        Self::PlainRefused,
        Self::SealedRefused,
        Self::ForeignCluster,
        Self::UnknownKey,
        Self::BadTag,
        Self::TooManyForged,
        Self::WrongDestination,
        Self::Replayed,
        Self::TooOld,
        Self::EarlierLife,
        Self::Unproven,
        Self::BadEcho,
        Self::OwnFrame,
        Self::Malformed,
        Self::OutOfPlace,
        Self::UnexpectedAnswer,
        Self::UnknownTarget,
        Self::TooManyRelays,
        Self::AbsurdIncarnation,
        Self::AbsurdEpoch,
        Self::AbsurdStamp,
        Self::AbsurdCoordinate,
        Self::TableFull,
        Self::TooManyNewcomers,
        Self::UnknownOwner,
        Self::UnknownLife,
        Self::ForeignRegister,
        Self::TooManyRegisters,
        Self::TooManyStreams,
        Self::TooManyStreamsFromThere,
        Self::SlowStream,
        Self::FrameTooLong,
        Self::OutboxFull,
        Self::Stranger,
        Self::TooManyDigests,
        Self::NameTaken,
        Self::FalseFarewell,
        Self::FalseAccusation,
    ];

    /// The reason in words that read well in a list: `bad tag`, `foreign cluster`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too short",
            Self::BadMagic => "bad magic",
            Self::UnknownVersion => "unknown version",
            Self::PlainRefused => "plain refused",
            Self::SealedRefused => "sealed refused",
            Self::ForeignCluster => "foreign cluster",
            Self::UnknownKey => "unknown key",
            Self::BadTag => "bad tag",
            Self::TooManyForged => "too many forged",
            Self::WrongDestination => "wrong destination",
            Self::Replayed => "replayed",
            Self::TooOld => "too old",
            Self::EarlierLife => "earlier life",
            Self::Unproven => "unproven",
            Self::BadEcho => "bad echo",
            Self::OwnFrame => "own frame",
            Self::Malformed => "malformed",
            Self::OutOfPlace => "out of place",
            Self::UnexpectedAnswer => "unexpected answer",
            Self::UnknownTarget => "unknown target",
            Self::TooManyRelays => "too many relays",
            Self::AbsurdIncarnation => "absurd incarnation",
            Self::AbsurdEpoch => "absurd epoch",
            Self::AbsurdStamp => "absurd stamp",
            Self::AbsurdCoordinate => "absurd coordinate",
            Self::TableFull => "table full",
            Self::TooManyNewcomers => "too many newcomers",
            Self::UnknownOwner => "unknown owner",
            Self::UnknownLife => "unknown life",
            Self::ForeignRegister => "foreign register",
            Self::TooManyRegisters => "too many registers",
            Self::TooManyStreams => "too many streams",
            Self::TooManyStreamsFromThere => "too many streams from there",
            Self::SlowStream => "slow stream",
            Self::FrameTooLong => "frame too long",
            Self::OutboxFull => "outbox full",
            Self::Stranger => "stranger",
            Self::TooManyDigests => "too many digests",
            Self::NameTaken => "name taken",
            Self::FalseFarewell => "false farewell",
            Self::FalseAccusation => "false accusation",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
