//! Who speaks now: recordings change nothing, and no stranger is sent more than it spent.
//!
//! ```text
//!  stranger                               this node
//!  │ ping N ───────────────────────────────► │  it may be a recording: nothing of it is acted upon
//!  │ ◄────────────────── challenge N, cookie │  no longer than what it answers
//!  │ echo cookie, ping N again, news ──────► │  only one who listens there now can know the cookie
//!  │ ◄───────────────────────────────── ack N│
//! ```
//!
//! From the echo on, every frame of that life counts once. The answer to an open question shows as much as an echo
//! does. Plain frames prove nothing, and are acted upon as they are.
//!
//! One to whom this node may be a stranger would not act on news: somebody who was not heard yet is sent a ping alone,
//! and the news with the echo.

use alloc::collections::VecDeque;
use core::time::Duration;

use swim_codec::{
    Addr, Challenge, Challenger, Fingerprint, Frame, FrameWriter, Freshness, Header, MemberId, Message,
    Nonce, Ping, PingReq, Windows,
};

use crate::buggify::Site;
use crate::claim::claim_of;
use crate::inbound::asker;
use crate::outbox::{News, Outgoing, Recipient};
use crate::rng::Rng;
use crate::seldom::Seldom;
use crate::stats::DropReason;
use crate::table::{MemberIndex, Seen, Table};
use crate::{Instant, Node};

/// What is known of who speaks now.
pub(crate) struct Presence {
    windows: Windows,
    challenger: Challenger,
    /// What was asked last, the oldest first.
    asked: VecDeque<Asked>,
    /// Somebody is told of a later life of its name.
    later_life_told: Seldom,
}

struct Asked {
    nonce: Nonce,
    of: Addr,
    at: Instant,
    question: Question,
}

/// What a nonce stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Ping,
    PingReq {
        target: MemberId,
    },
    /// A ping only to be heard, and then to tell of a member: nobody waits for the ack.
    Hello {
        about: Option<MemberIndex>,
    },
}

/// Questions that may be answered with a challenge; nodes have a few under way.
const ASKED_MAX: usize = 64;
/// How long a question counts, and about how long a cookie does: longer than any round trip worth waiting for.
const ANSWER_TIME: Duration = Duration::from_secs(10);

impl Presence {
    pub(crate) fn new(max_members: u32, rng: &mut Rng) -> Self {
        Self {
            windows: Windows::new(windows(max_members)),
            challenger: Challenger::new(rng.secret()),
            asked: VecDeque::new(),
            later_life_told: Seldom::default(),
        }
    }

    /// For more members; who was heard before stays.
    pub(crate) fn make_room(&mut self, max_members: u32) {
        self.windows.make_room(windows(max_members));
    }

    fn note(&mut self, asked: Asked) {
        if self.asked.len() == ASKED_MAX {
            self.asked.pop_front();
        }
        // Once, so that no later ping allocates; never without a key.
        self.asked.reserve_exact(ASKED_MAX - self.asked.len());
        self.asked.push_back(asked);
    }

    /// What was asked there not long ago, if this is its nonce.
    fn open_question(&self, nonce: Nonce, from: &Addr, now: Instant) -> Option<Question> {
        let is_it = |asked: &&Asked| {
            asked.nonce == nonce && asked.of.as_ref() == from.as_ref() && now.since(asked.at) < ANSWER_TIME
        };
        self.asked.iter().find(is_it).map(|asked| asked.question)
    }
}

/// Room for two lives, or two names, of every member there may be.
fn windows(max_members: u32) -> usize {
    max_members as usize * 2
}

/// What arrives.
impl Node {
    /// Whether a frame of `len` bytes is to be acted upon. If not, it is counted, and its sender may be challenged.
    pub(crate) fn is_said_now(&mut self, from: &Addr, frame: &Frame<'_>, len: usize) -> bool {
        if frame.key.is_none() {
            return true;
        }
        let reason = match self.presence.windows.judge(&frame.header) {
            Freshness::Fresh if !self.switches.fires(Site::ChallengesAgain) => return true,
            Freshness::Replayed => DropReason::Replayed,
            freshness if self.shows_presence(from, frame) => {
                // Only an echo says where the window was, so nothing else moves it back.
                match (freshness, begins_with_echo(frame)) {
                    (Freshness::TooOld | Freshness::EarlierLife, false) => {}
                    (Freshness::EarlierLife, true) => self.on_earlier_life(from, &frame.header),
                    _ => self.admit(from, &frame.header),
                }
                return true;
            }
            Freshness::TooOld => DropReason::TooOld,
            Freshness::EarlierLife => DropReason::EarlierLife,
            Freshness::Fresh | Freshness::Stranger => DropReason::Unproven,
        };
        if reason != DropReason::Replayed {
            self.challenge(from, frame, len);
        }
        self.stats.drop(reason);
        false
    }

    /// Whether a frame holds what no recording can: an echo, or an answer to what was just asked there.
    fn shows_presence(&self, from: &Addr, frame: &Frame<'_>) -> bool {
        let nonce = match frame.messages().next() {
            Some(Ok(Message::Echo(echo))) => {
                let Presence { challenger, windows, .. } = &self.presence;
                let heard = windows.highest(frame.header.sender);
                let is_right = challenger.is_right(echo.cookie, self.period(), heard, &frame.header, from);
                return is_right && !self.switches.fires(Site::DoubtsAnEcho);
            }
            Some(Ok(Message::Ack(ack))) => ack.nonce,
            Some(Ok(Message::Nack(nack))) => nack.nonce,
            Some(Ok(Message::Challenge(challenge))) => challenge.nonce,
            _ => return false,
        };
        self.presence.open_question(nonce, from, self.now).is_some()
    }

    fn period(&self) -> u64 {
        self.now.since(Instant::ZERO).as_secs() / ANSWER_TIME.as_secs()
    }

    /// A later life of a member that may still live elsewhere is heard, but must not make this node deaf to the member:
    /// else whoever has the key could silence anybody.
    fn admit(&mut self, from: &Addr, header: &Header) {
        if !self.is_later_life_elsewhere(header, Some(from)) {
            self.presence.windows.admit(header);
        }
    }

    /// Whose clock went back, or who shares its name with another, learns that there is a later life, and can take an epoch
    /// above that. Once per interval: one that answers with what it takes for the truth is challenged, and echoes again.
    fn on_earlier_life(&mut self, from: &Addr, header: &Header) {
        let known = self.table.find_id(header.sender);
        let Some((about, row)) = known.and_then(|index| Some((index, self.table.get(index)?))) else {
            return;
        };
        if row.epoch == header.epoch {
            // The later one was heard, but nobody believes in it.
            return self.presence.windows.return_to(header);
        }
        if self.presence.later_life_told.is_due(self.now, self.config.probe_interval) {
            self.send(Outgoing::Introduction { to: asker(header.sender, from), about });
        }
    }

    fn is_later_life_elsewhere(&self, header: &Header, from: Option<&Addr>) -> bool {
        let row = self.table.find_id(header.sender).and_then(|index| self.table.get(index));
        let is_elsewhere = |row: Seen<'_>| from.map(Addr::as_ref) != Some(row.addr_ref());
        row.is_some_and(|row| row.is_live() && header.epoch > row.epoch && is_elsewhere(row))
    }

    /// Takes note of a frame that came over a stream, which has shown by itself that it is said now.
    pub(crate) fn note_stream_frame(&mut self, frame: &Frame<'_>) {
        if frame.key.is_some()
            && self.presence.windows.judge(&frame.header) == Freshness::Stranger
            && !self.is_later_life_elsewhere(&frame.header, None)
        {
            self.presence.windows.admit(&frame.header);
        }
    }

    /// Asks a stranger to show that it speaks now. Neither an echo nor a challenge is a reason to ask, so this comes to
    /// an end.
    fn challenge(&mut self, from: &Addr, frame: &Frame<'_>, len: usize) {
        let to = asker(frame.header.sender, from);
        let nonce = match frame.messages().next() {
            Some(Ok(Message::Echo(_))) => return,
            Some(Ok(Message::Challenge(challenge))) => return self.on_challenge(to, &challenge, len),
            Some(Ok(Message::Ping(ping))) => ping.nonce,
            Some(Ok(Message::PingReq(ping_req))) => ping_req.nonce,
            _ => Nonce::from_u64(0),
        };
        let heard = self.presence.windows.highest(frame.header.sender);
        let cookie = self.presence.challenger.cookie(self.period(), heard, &frame.header, from);
        self.send(Outgoing::Challenge { to, challenge: Challenge { nonce, cookie }, len });
    }

    /// Somebody wants to see that this node speaks now. Who was asked there gets the question again, and what else there
    /// is to tell; anybody else gets no more than it sent.
    pub(crate) fn on_challenge(&mut self, to: Recipient, challenge: &Challenge, len: usize) {
        let Challenge { nonce, cookie } = *challenge;
        let question = self.presence.open_question(nonce, &to.addr, self.now);
        let question = question.filter(|_| !self.switches.fires(Site::ForgetsAQuestion));
        let news = if question.is_some() { self.welcome(&to) } else { News::Within(len) };
        if let Some(probe) = self.probe.as_mut().filter(|probe| probe.nonce == nonce) {
            // The first answer took a round trip of its own.
            probe.sent = self.now;
        }
        let again = question.map(|question| (nonce, question));
        self.send(Outgoing::Echo { to, cookie, again, news });
    }
}

/// What is sent.
impl Node {
    /// Whether this answers a ping that was sent only to be heard: this node was no stranger.
    pub(crate) fn on_hello_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let mut asked = self.presence.asked.iter();
        let answered = asked.find_map(|asked| match asked.question {
            Question::Hello { about } if asked.nonce == nonce => Some((asked.of.clone(), about)),
            _ => None,
        });
        if let Some((addr, Some(about))) = answered.clone() {
            self.send(Outgoing::Correction { to: Recipient { addr, id: sender }, about });
        }
        answered.is_some()
    }

    /// Whether somebody acts on what this node says at once, as far as can be known: it has been heard here.
    pub(crate) fn has_met(&self, id: MemberId) -> bool {
        !self.keyring.seals()
            || self.presence.windows.knows(id) && !self.switches.fires(Site::TakesAllForStrangers)
    }

    /// Remembers what is asked, so that an answer or a challenge shows that it is none of former times.
    pub(crate) fn note_question(&mut self, nonce: Nonce, of: &Addr, question: Question) {
        if self.keyring.mode().is_some() {
            self.presence.note(Asked { nonce, of: of.clone(), at: self.now, question });
        }
    }
}

/// Whoever echoes spoke first; an answer to what it is told is no reason to tell it again.
fn begins_with_echo(frame: &Frame<'_>) -> bool {
    matches!(frame.messages().next(), Some(Ok(Message::Echo(_))))
}

impl Question {
    /// What goes with an echo: the question once more, or what the recipient was to hear.
    pub(crate) fn write(self, nonce: Nonce, table: &Table, frame: &mut FrameWriter<'_>) -> bool {
        let fingerprint = Fingerprint::from_u64(table.fingerprint());
        match self {
            Self::Ping => frame.push(&Message::Ping(Ping { nonce, fingerprint })),
            Self::PingReq { target } => frame.push(&Message::PingReq(PingReq { nonce, target })),
            Self::Hello { about } => {
                let row = about.and_then(|about| table.get(about));
                row.is_some_and(|row| frame.push(&Message::Claim(claim_of(&row))))
            }
        }
    }
}
