//! What arrives in datagrams.

use swim_codec::{Addr, Frame, HEADER_LEN, Header, KeyMismatch, MemberId, Message, OpenError};

use crate::Node;
use crate::buggify::Site;
use crate::claim::Word;
use crate::events::Fact;
use crate::merge::Spread;
use crate::outbox::{News, Outgoing, Recipient};
use crate::stats::DropReason;
use crate::table::MemberIndex;

impl Node {
    pub(crate) fn on_datagram(&mut self, from: &Addr, datagram: &mut [u8]) {
        let len = datagram.len();
        self.stats.received(len);
        if self.forgers.include(from, self.now) && !self.may_be_from_member(from, datagram) {
            return self.stats.drop(DropReason::TooManyForged);
        }
        let frame = match self.open(datagram) {
            Ok(frame) => frame,
            Err(DropReason::BadTag) => return self.forgers.note(from, self.now),
            Err(_) => return,
        };
        let sender = frame.header.sender;
        if sender == self.id() {
            return self.on_namesake(from, &frame);
        }
        if !self.is_said_now(from, &frame, len) {
            return;
        }
        let by_name = frame.header.destination == self.id().destination();
        self.heard = Some((sender, self.now));
        self.note_word();
        self.forget_measured();
        let (mut questions, mut corrections) = (Questions::default(), 0);
        for message in frame.messages() {
            match message {
                Ok(message) if !questions.is_first(&message) => self.stats.drop(DropReason::OutOfPlace),
                Ok(Message::Claim(claim)) => {
                    let outdated = self.on_claim(sender, &claim, Spread::Tell, Word::Hearsay);
                    if let Some(about) = outdated.filter(|_| corrections < CORRECTIONS_MAX) {
                        corrections += 1;
                        self.correct(asker(sender, from), about);
                    }
                }
                Ok(Message::Challenge(challenge)) => {
                    self.on_challenge(asker(sender, from), &challenge, len);
                }
                Ok(message) => {
                    if by_name && matches!(message, Message::Ping(_)) {
                        self.note_known_to(sender);
                    }
                    self.on_message(&frame.header, from, &message);
                }
                Err(_) => self.stats.drop(DropReason::Malformed),
            }
        }
    }

    pub(crate) fn correct(&mut self, to: Recipient, about: MemberIndex) {
        if self.welcome(&to) == News::Welcome && !self.switches.fires(Site::CorrectsNobody) {
            self.send(Outgoing::Correction { to, about });
        }
    }

    /// Opens a frame that is meant for this node, or counts why it is of no use.
    #[inline(always)]
    pub(crate) fn open<'a>(&mut self, bytes: &'a mut [u8]) -> Result<Frame<'a>, DropReason> {
        let header = bytes.first_chunk::<HEADER_LEN>().copied();
        let reason = match self.keyring.open(self.cluster, bytes) {
            Ok(frame) => match self.misdirection(&frame.header) {
                None => return Ok(frame),
                Some(reason) => reason,
            },
            Err(error) => {
                self.report_mismatch(header.and_then(|header| KeyMismatch::of(error, &header)));
                reason(error)
            }
        };
        self.stats.drop(reason);
        Err(reason)
    }

    /// Whether it says that it is from a member, and comes from where that one is.
    fn may_be_from_member(&self, from: &Addr, datagram: &[u8]) -> bool {
        Header::claimed_sender(datagram).is_some_and(|sender| self.table.is_at(sender, from))
    }

    /// Why a frame is not for this node, if it is not.
    fn misdirection(&self, header: &Header) -> Option<DropReason> {
        let own = self.id();
        if header.sender == own && header.destination != own.destination() {
            Some(DropReason::OwnFrame)
        } else {
            (!header.destination.accepts(own)).then_some(DropReason::WrongDestination)
        }
    }

    /// Strangers may have any keys; of a member, somebody should hear.
    fn report_mismatch(&mut self, mismatch: Option<KeyMismatch>) {
        let Some(mismatch) = mismatch else { return };
        let sender = self.table.find_id(mismatch.sender).and_then(|index| self.table.get(index));
        let Some(member) = sender.filter(|row| row.is_live()).map(|row| row.name.clone()) else { return };
        if self.mismatches.is_news(self.now.as_nanos(), MISMATCH_PERIOD, mismatch) {
            self.events.push(Fact::KeyMismatch { member, key: mismatch.key });
        }
    }

    fn on_message(&mut self, header: &Header, from: &Addr, message: &Message<'_>) {
        let sender = header.sender;
        match message {
            Message::Ping(ping) => {
                self.note_stranger(&asker(sender, from));
                self.on_ping(asker(sender, from), ping);
                self.compare_fingerprint(sender, ping.fingerprint.get());
            }
            Message::Ack(ack) => {
                self.on_ack(sender, header.epoch, ack);
                self.compare_fingerprint(sender, ack.fingerprint.get());
            }
            Message::PingReq(ping_req) => self.on_ping_req(asker(sender, from), ping_req),
            Message::Nack(nack) => self.on_nack(sender, nack),
            Message::Register(register) => self.on_register(register, Spread::Tell),
            // What it shows was looked at before.
            Message::Echo(_) => {}
            Message::Claim(_) | Message::Sync(_) | Message::Challenge(_) => {
                self.stats.drop(DropReason::OutOfPlace);
            }
            Message::Digest(digest) => self.on_digest(&asker(sender, from), digest),
            Message::Want(want) => self.on_want(&asker(sender, from), want),
            Message::Coordinate(coordinate) => self.on_coordinate(sender, coordinate),
        }
    }
}

/// The kinds of questions in a datagram: nobody asks two of a kind, so whoever does is not answered twice.
#[derive(Default)]
struct Questions(u8);

impl Questions {
    /// False for the second question of its kind.
    fn is_first(&mut self, message: &Message<'_>) -> bool {
        let kind = match message {
            Message::Ping(_) => 1,
            Message::PingReq(_) => 2,
            Message::Challenge(_) => 4,
            Message::Digest(_) => 8,
            Message::Want(_) => 16,
            Message::Ack(_)
            | Message::Nack(_)
            | Message::Claim(_)
            | Message::Register(_)
            | Message::Echo(_)
            | Message::Sync(_)
            | Message::Coordinate(_) => return true,
        };
        let is_first = self.0 & kind == 0;
        self.0 |= kind;
        is_first
    }
}

/// A mismatch that lasts is told once in so many nanoseconds: a minute.
const MISMATCH_PERIOD: u64 = 60_000_000_000;

/// Members about whom one datagram is corrected: an answer is a few packets, whatever a datagram holds.
const CORRECTIONS_MAX: u8 = 1;

pub(crate) fn asker(id: MemberId, from: &Addr) -> Recipient {
    Recipient { addr: from.clone(), id }
}

fn reason(error: OpenError) -> DropReason {
    match error {
        OpenError::TooShort => DropReason::TooShort,
        OpenError::BadMagic => DropReason::BadMagic,
        OpenError::UnknownVersion | OpenError::UnknownSeal => DropReason::UnknownVersion,
        OpenError::BadSequence => DropReason::Malformed,
        OpenError::ForeignCluster => DropReason::ForeignCluster,
        OpenError::PlainRefused => DropReason::PlainRefused,
        OpenError::SealedRefused => DropReason::SealedRefused,
        OpenError::UnknownKey(_) => DropReason::UnknownKey,
        OpenError::BadTag => DropReason::BadTag,
    }
}
