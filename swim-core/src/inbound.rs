//! What arrives in datagrams.

use swim_codec::{Addr, Fingerprint, Frame, MemberId, Message, OpenError};

use crate::Node;
use crate::merge::Spread;
use crate::outbox::Recipient;
use crate::stats::DropReason;

impl Node {
    pub(crate) fn on_datagram(&mut self, from: &Addr, datagram: &mut [u8]) {
        self.stats.received(datagram.len());
        let Some(frame) = self.open(datagram) else { return };
        let sender = frame.header.sender;
        for message in frame.messages() {
            match message {
                Ok(message) => self.on_message(sender, from, &message),
                Err(_) => self.stats.drop(DropReason::Malformed),
            }
        }
    }

    /// Opens a frame that is meant for this node, or counts why it is of no use.
    pub(crate) fn open<'a>(&mut self, bytes: &'a mut [u8]) -> Option<Frame<'a>> {
        let opened = self.keyring.open(self.cluster, bytes).map_err(reason);
        let for_us = opened.and_then(|frame| {
            if frame.header.sender == self.id() {
                Err(DropReason::OwnFrame)
            } else if frame.header.destination.accepts(self.id()) {
                Ok(frame)
            } else {
                Err(DropReason::WrongDestination)
            }
        });
        for_us.map_err(|reason| self.stats.drop(reason)).ok()
    }

    fn on_message(&mut self, sender: MemberId, from: &Addr, message: &Message<'_>) {
        let asker = || Recipient { addr: from.clone(), id: sender };
        match message {
            Message::Ping(ping) => {
                self.on_ping(asker(), ping);
                self.compare_fingerprint(sender, ping.fingerprint);
            }
            Message::Ack(ack) => {
                self.on_ack(sender, ack);
                self.compare_fingerprint(sender, ack.fingerprint);
            }
            Message::PingReq(ping_req) => self.on_ping_req(asker(), ping_req),
            Message::Nack(nack) => self.on_nack(sender, nack),
            Message::Claim(claim) => self.on_claim(claim, Spread::Tell),
            Message::Register(register) => self.on_register(register, Spread::Tell),
            Message::Sync(_) => self.stats.drop(DropReason::OutOfPlace),
            Message::Coordinate(coordinate) => self.on_coordinate(sender, coordinate),
        }
    }

    /// Tables that differ for longer than news needs to travel are compared whole.
    fn compare_fingerprint(&mut self, sender: MemberId, theirs: Fingerprint) {
        if theirs.get() == self.table.fingerprint() {
            self.differing_since = None;
            return;
        }
        let since = *self.differing_since.get_or_insert(self.now);
        if self.now.since(since) >= self.config.settle_time(self.table.live()) {
            self.differing_since = None;
            self.repair(sender);
        }
    }
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
