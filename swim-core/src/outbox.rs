//! What waits to be sent, and how it becomes bytes.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use swim_codec::{
    Ack, Addr, Buckets, Challenge, Claim, Cookie, Digest, Echo, Fingerprint, FrameWriter, MemberId, Message,
    Nack, Nonce, Ping, PingReq,
};

use crate::buggify::Site;
use crate::claim::claim_of;
use crate::config::DATAGRAM_LEAST;
use crate::digest::Telling;
use crate::gossip::tell_accused;
use crate::planted::{Bug, planted};
use crate::presence::Question;
use crate::register_store::{Register, message_of};
use crate::stats::{DropReason, add};
use crate::table::{Belief, MemberIndex, Table};
use crate::{Node, StreamId, StreamInput, Transmit};

/// Something to send. Its content is chosen when the driver asks for it, so it is as fresh as can be.
pub(crate) enum Outgoing {
    Ping {
        to: MemberIndex,
        nonce: Nonce,
        news: News,
    },
    /// A ping to whoever is at an address.
    Call {
        to: Recipient,
        nonce: Nonce,
    },
    PingReq {
        to: MemberIndex,
        target: MemberId,
        nonce: Nonce,
    },
    Ack {
        to: Recipient,
        nonce: Nonce,
    },
    Nack {
        to: Recipient,
        nonce: Nonce,
    },
    Gossip {
        to: MemberIndex,
    },
    /// What is known of a member, to somebody to whom this node may be a stranger.
    Introduction {
        to: Recipient,
        about: MemberIndex,
    },
    /// Instead of an answer to `len` bytes.
    Challenge {
        to: Recipient,
        challenge: Challenge,
        len: usize,
    },
    /// The answer to a challenge, and what was challenged once more.
    Echo {
        to: Recipient,
        cookie: Cookie,
        again: Option<(Nonce, Question)>,
        news: News,
    },
    /// What is known of a member of whom the recipient says something wrong.
    Correction {
        to: Recipient,
        about: MemberIndex,
    },
    /// What others say of a member, to itself, and a ping where it shall answer.
    Rumour {
        to: MemberIndex,
        belief: Box<Belief>,
        nonce: Option<Nonce>,
    },
    /// What others say in the name of its owner, to the owner.
    Register(Box<Register>),
    Digest {
        to: MemberIndex,
    },
    Records(Telling),
    Connect {
        stream: StreamId,
        to: Addr,
    },
    Write {
        stream: StreamId,
    },
    Finish {
        stream: StreamId,
    },
    Abort {
        stream: StreamId,
        /// Whether our direction has ended: once the other has, too, the stream is over by itself.
        finished: bool,
    },
}

/// Who asked, and from where: an answer goes back to the address that was observed, never to one that was told.
#[derive(Clone)]
pub(crate) struct Recipient {
    pub(crate) addr: Addr,
    pub(crate) id: MemberId,
}

impl Recipient {
    /// Whoever listens at an address; frames to it have the destination that everybody accepts.
    pub(crate) const fn unknown(addr: Addr) -> Self {
        Self { addr, id: MemberId::from_bytes([0; 8]) }
    }
}

/// Whether news may ride along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    Welcome,
    /// The recipient gets no more bytes than somebody spent to have us send them.
    Unasked,
    /// Nor is the datagram longer than that.
    Within(usize),
}

/// Datagrams that may wait for the driver; one that polls after every input never has more than a few.
const OUTBOX_MAX: usize = 1_024;
/// Of them answers, so that however much is asked, this node can ask, too.
const ANSWERS_MAX: usize = OUTBOX_MAX - 64;

/// First in, first out.
pub(crate) struct Outbox(VecDeque<Outgoing>);

impl Outbox {
    pub(crate) fn new() -> Self {
        Self(VecDeque::with_capacity(32))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a ping, or a request for one, with this nonce still waits for the driver.
    pub(crate) fn holds_question(&self, nonce: Nonce) -> bool {
        self.0.iter().any(|outgoing| outgoing.question() == Some(nonce))
    }

    /// What goes on with the datagram that was just sent comes before all others.
    pub(crate) fn push_front(&mut self, outgoing: Outgoing) {
        self.0.push_front(outgoing);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Drops what was still to be sent to, or told about, a member whose place another may take.
    pub(crate) fn forget_member(&mut self, forgotten: MemberIndex) {
        self.0.retain(|outgoing| outgoing.member() != Some(forgotten));
    }

    /// Drops what was still to happen to a stream that is over since: a driver knows it no more.
    pub(crate) fn on_stream(&mut self, at: StreamId, input: &StreamInput<'_>) {
        match input {
            _ if planted(Bug::MentionsDeadStreams) => {}
            StreamInput::Failed => self.0.retain(|outgoing| outgoing.stream() != Some(at)),
            StreamInput::Finished => self.0.retain(
                |outgoing| !matches!(outgoing, Outgoing::Abort { stream, finished: true } if *stream == at),
            ),
            _ => {}
        }
    }
}

impl Outgoing {
    /// How much may wait before it.
    fn bound(&self) -> usize {
        match self {
            Self::Ack { .. }
            | Self::Nack { .. }
            | Self::Introduction { .. }
            | Self::Challenge { .. }
            | Self::Echo { .. }
            | Self::Correction { .. }
            | Self::Register(_)
            | Self::Records(_) => ANSWERS_MAX,
            _ => OUTBOX_MAX,
        }
    }

    /// The nonce of a ping, or of a request for one.
    fn question(&self) -> Option<Nonce> {
        match *self {
            Self::Ping { nonce, .. } | Self::PingReq { nonce, .. } | Self::Call { nonce, .. } => Some(nonce),
            Self::Rumour { nonce, .. } => nonce,
            _ => None,
        }
    }

    /// Whom it needs to be in the table.
    fn member(&self) -> Option<MemberIndex> {
        match *self {
            Self::Ping { to, .. }
            | Self::PingReq { to, .. }
            | Self::Gossip { to }
            | Self::Rumour { to, .. }
            | Self::Digest { to } => Some(to),
            Self::Introduction { about, .. } | Self::Correction { about, .. } => Some(about),
            Self::Register(ref register) => Some(register.owner),
            Self::Records(ref telling) => Some(telling.to),
            _ => None,
        }
    }

    fn stream(&self) -> Option<StreamId> {
        match *self {
            Self::Connect { stream, .. }
            | Self::Write { stream }
            | Self::Finish { stream }
            | Self::Abort { stream, .. } => Some(stream),
            _ => None,
        }
    }
}

impl Node {
    /// Queues a datagram; beyond the bound it is lost like any other datagram. Answers whether there was room for it.
    pub(crate) fn send(&mut self, outgoing: Outgoing) -> bool {
        // An own register goes out within a few rounds (L8).
        let is_lost =
            !matches!(outgoing, Outgoing::Gossip { .. }) && self.switches.fires(Site::HasNoRoomToSend);
        let has_room = self.outbox.0.len() < outgoing.bound() && !is_lost;
        if has_room {
            self.outbox.0.push_back(outgoing);
        } else {
            self.stats.drop(DropReason::OutboxFull);
        }
        has_room
    }

    /// Queues what happens to a stream. Streams are few and have one step each under way.
    pub(crate) fn send_on_stream(&mut self, outgoing: Outgoing) {
        self.outbox.0.push_back(outgoing);
    }

    pub(crate) fn next_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        loop {
            buf.clear();
            let outgoing = self.outbox.0.pop_front()?;
            if let Some(transmit) = self.encode(outgoing, buf) {
                return Some(transmit);
            }
        }
    }

    /// `None` where there is nothing to send any more: the member is forgotten, the news is told.
    fn encode(&mut self, outgoing: Outgoing, buf: &mut Vec<u8>) -> Option<Transmit> {
        match outgoing {
            Outgoing::Ping { to, nonce, news } => {
                let to = self.recipient(to)?;
                self.write_ping(to, nonce, Question::Ping, news, buf)
            }
            Outgoing::Call { to, nonce } => self.write_ping(to, nonce, Question::Ping, News::Unasked, buf),
            Outgoing::PingReq { to, target, nonce } => {
                let (to, ping_req) = (self.recipient(to)?, Message::PingReq(PingReq { nonce, target }));
                self.note_question(nonce, &to.addr, Question::PingReq { target });
                self.datagram(to, News::Welcome, buf, |_, frame| frame.push(&ping_req))
            }
            Outgoing::Ack { to, nonce } => {
                let fingerprint = Fingerprint::from_u64(self.table.fingerprint());
                let (news, ack) = (self.welcome(&to), Message::Ack(Ack { nonce, fingerprint }));
                let tells_place = news == News::Welcome && !self.switches.fires(Site::KeepsItsPlaceBack);
                let place = tells_place.then(|| Message::Coordinate(self.coordinate()));
                self.datagram(to, news, buf, |_, frame| {
                    let fits = frame.push(&ack);
                    // The ack is worth sending without it, too.
                    let _fits = place.is_some_and(|place| frame.push(&place));
                    fits
                })
            }
            Outgoing::Nack { to, nonce } => {
                let (news, nack) = (self.welcome(&to), Message::Nack(Nack { nonce }));
                self.datagram(to, news, buf, |_, frame| frame.push(&nack))
            }
            Outgoing::Gossip { to } => {
                self.note_goodbye();
                let to = self.recipient(to)?;
                let transmit = if self.has_met(to.id) {
                    self.datagram(to, News::Welcome, buf, |_, _| true)?
                } else {
                    self.write_hello(to.addr, None, buf)?
                };
                add(&mut self.stats.gossip_sent, 1);
                Some(transmit)
            }
            Outgoing::Introduction { to, about } if self.keyring.seals() => {
                self.write_hello(to.addr, Some(about), buf)
            }
            Outgoing::Introduction { to, about } => self.encode(Outgoing::Correction { to, about }, buf),
            Outgoing::Challenge { to, challenge, len } => {
                let challenge = Message::Challenge(challenge);
                self.datagram(to, News::Within(len), buf, |_, frame| frame.push(&challenge))
            }
            Outgoing::Echo { to, cookie, again, news } => self.datagram(to, news, buf, |table, frame| {
                let fits = frame.push(&Message::Echo(Echo { cookie }));
                let _fits = again.is_some_and(|(nonce, question)| question.write(nonce, table, frame));
                // It may know another life of this name, elsewhere, and hear nothing but answers to its challenges.
                let _fits = news == News::Welcome && frame.push(&Message::Claim(claim_of(&table.local())));
                fits
            }),
            Outgoing::Correction { to, about } => self.datagram(to, News::Unasked, buf, |table, frame| {
                table.get(about).is_some_and(|row| frame.push(&Message::Claim(claim_of(&row))))
            }),
            Outgoing::Rumour { to, belief, nonce } => {
                let recipient = self.recipient(to)?;
                let ping = nonce.map(|nonce| self.ping(&recipient, nonce, Question::Ping));
                let Belief { addr, epoch, incarnation, status } = *belief;
                self.datagram(recipient, News::Unasked, buf, |table, frame| {
                    let Some(row) = table.get(to) else { return false };
                    let (name, addr) = (row.name().as_str(), addr.as_ref());
                    let claim = Message::Claim(Claim { name, addr, epoch, incarnation, status });
                    ping.is_none_or(|ping| frame.push(&ping)) && frame.push(&claim)
                })
            }
            Outgoing::Register(register) => {
                let to = self.recipient(register.owner)?;
                self.datagram(to, News::Unasked, buf, |table, frame| {
                    message_of(&register, table)
                        .is_some_and(|message| frame.push(&Message::Register(message)))
                })
            }
            Outgoing::Digest { to } => {
                let to = self.recipient(to)?;
                let transmit = self.datagram(to, News::Welcome, buf, |table, frame| {
                    let sums = table.buckets().sums(Buckets::ALL);
                    frame.push(&Message::Digest(Digest { sums: sums.bytes() }))
                })?;
                add(&mut self.stats.digests_sent, 1);
                Some(transmit)
            }
            Outgoing::Records(telling) => self.write_telling(telling, buf),
            Outgoing::Connect { stream, to } => Some(Transmit::Connect { stream, to }),
            Outgoing::Write { stream } => self.write_records(stream, buf),
            Outgoing::Finish { stream } => Some(Transmit::Finish { stream }),
            Outgoing::Abort { stream, .. } => Some(Transmit::Abort { stream }),
        }
    }

    /// Not by name: that would tell the recipient that it is known by it.
    fn write_hello(&mut self, addr: Addr, about: Option<MemberIndex>, buf: &mut Vec<u8>) -> Option<Transmit> {
        let nonce = self.rng.nonce();
        self.write_ping(Recipient::unknown(addr), nonce, Question::Hello { about }, News::Unasked, buf)
    }

    fn write_ping(
        &mut self,
        to: Recipient,
        nonce: Nonce,
        question: Question,
        news: News,
        buf: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let ping = self.ping(&to, nonce, question);
        self.datagram(to, news, buf, |_, frame| frame.push(&ping))
    }

    fn ping(&mut self, to: &Recipient, nonce: Nonce, question: Question) -> Message<'static> {
        self.note_question(nonce, &to.addr, question);
        Message::Ping(Ping { nonce, fingerprint: Fingerprint::from_u64(self.table.fingerprint()) })
    }

    /// One datagram: what `write` puts first, what the recipient must know about itself, and as much news as fits.
    /// None if `write` has nothing to say after all.
    fn datagram(
        &mut self,
        to: Recipient,
        news: News,
        buf: &mut Vec<u8>,
        write: impl FnOnce(&Table, &mut FrameWriter<'_>) -> bool,
    ) -> Option<Transmit> {
        let header = self.headers.next(to.id.destination())?;
        let (has_met, leaves) = (self.has_met(to.id), self.is_leaving());
        let accuses = !self.suspicions.is_empty() || !self.table.departed().is_empty();
        let longer = if planted(Bug::SendsLongDatagrams) { 100 } else { 0 };
        let limit = usize::from(self.config.datagram_limit) + longer;
        let limit = if let News::Within(len) = news { limit.min(len) } else { limit };
        let limit = if self.switches.fires(Site::LeavesLittleRoom) {
            limit.min(usize::from(DATAGRAM_LEAST))
        } else {
            limit
        };
        let mut frame = self.keyring.frame(&header, limit, buf);
        write(&self.table, &mut frame).then_some(())?;
        if news == News::Welcome && !frame.is_empty() {
            self.switches.speak_of_more(&mut frame);
        }
        if news == News::Welcome && has_met {
            // Whoever heard that this node leaves asks whether it is true.
            let _fits = leaves && frame.push(&Message::Claim(claim_of(&self.table.local())));
            let accuses = accuses && !self.switches.fires(Site::SaysNothingOfDoubt);
            let accused = accuses.then(|| self.table.find_accused(to.id)).flatten();
            let told = accused.filter(|(_, row)| tell_accused(row, &mut frame)).map(|(member, _)| member);
            // What the dead are told is told to nobody, most likely.
            let counts = accused.is_none_or(|(_, row)| row.is_live());
            self.gossip.fill(&self.table, &self.registers, &self.config, told, counts, &mut frame);
        }
        if frame.is_empty() && !planted(Bug::SendsEmptyFrames) {
            return None;
        }
        frame.seal();
        self.stats.sent(buf.len());
        Some(Transmit::Datagram { to: to.addr })
    }

    fn recipient(&self, member: MemberIndex) -> Option<Recipient> {
        let row = self.table.get(member)?;
        Some(Recipient { addr: row.addr(), id: row.id })
    }

    /// An unknown address gets no more than it asked for: its owner may not be the one who asked.
    pub(crate) fn welcome(&self, to: &Recipient) -> News {
        if self.table.is_at(to.id, &to.addr) || planted(Bug::TrustsStrangers) {
            News::Welcome
        } else {
            News::Unasked
        }
    }
}
