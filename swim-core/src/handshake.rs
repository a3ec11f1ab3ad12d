//! How a stream begins: each side shows the other that it speaks now, so a recorded stream changes nothing.
//!
//! ```text
//!  dialler                            acceptor
//!  │ ◄───────────────────── challenge a │
//!  │ echo a, challenge d, request ────► │
//!  │ request, request … ──────────────► │
//!  │ ◄────────────────── echo d, answer │
//! ```
//!
//! What follows an echo comes from the same life in the order of its sequences: nothing that was said before can stand in
//! between.

use swim_codec::{Challenge, Cookie, Echo, Frame, FrameWriter, Header, MemberId, Message, Nonce};

use crate::planted::{Bug, planted};
use crate::rng::Rng;
use crate::stats::DropReason;

/// One side of it.
pub(crate) struct Handshake {
    /// What the other side must echo.
    ours: Cookie,
    step: Step,
}

enum Step {
    /// We accepted: they must echo ours, and then challenge us.
    Accepted,
    /// We dialled: they must challenge us.
    Dialed,
    /// They challenged us, and must echo ours yet.
    Challenged { peer: MemberId, theirs: Cookie },
    /// They speak now; this is the header of their last frame.
    Done { theirs: Cookie, last: Header },
}

impl Handshake {
    pub(crate) fn accepting(rng: &mut Rng) -> Self {
        Self { ours: cookie(rng), step: Step::Accepted }
    }

    pub(crate) fn dialing(rng: &mut Rng) -> Self {
        Self { ours: cookie(rng), step: Step::Dialed }
    }

    /// Who is at the other end, as far as it has said so.
    pub(crate) fn peer(&self) -> Option<MemberId> {
        match &self.step {
            Step::Accepted | Step::Dialed => None,
            Step::Challenged { peer, .. } => Some(*peer),
            Step::Done { last, .. } => Some(last.sender),
        }
    }

    /// Whether the other side has shown that it speaks now.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.step, Step::Done { .. })
    }

    /// Reads what a frame of theirs must begin with, and answers how many messages that are.
    pub(crate) fn read(&mut self, frame: &Frame<'_>) -> Result<usize, DropReason> {
        let mut messages = frame.messages().map_while(Result::ok);
        let mut first = || messages.next();
        let last = frame.header;
        let (step, read) = match self.step {
            Step::Dialed => (Step::Challenged { peer: last.sender, theirs: challenge(first())? }, 1),
            Step::Accepted => {
                self.expect_echo(first())?;
                (Step::Done { theirs: challenge(first())?, last }, 2)
            }
            Step::Challenged { theirs, .. } => {
                self.expect_echo(first())?;
                (Step::Done { theirs, last }, 1)
            }
            Step::Done { theirs, last: before } if follows(&before, &last) => {
                (Step::Done { theirs, last }, 0)
            }
            Step::Done { .. } => return Err(DropReason::Replayed),
        };
        self.step = step;
        Ok(read)
    }

    fn expect_echo(&self, message: Option<Message<'_>>) -> Result<(), DropReason> {
        match message {
            Some(Message::Echo(echo)) if echo.cookie == self.ours || planted(Bug::TakesAnyEcho) => Ok(()),
            Some(Message::Echo(_)) => Err(DropReason::BadEcho),
            _ => Err(DropReason::OutOfPlace),
        }
    }

    /// Writes what our first frame begins with: for the acceptor that is the challenge alone, and later the echo.
    pub(crate) fn write(&self, frame: &mut FrameWriter<'_>) -> bool {
        let echo = |cookie| Message::Echo(Echo { cookie });
        let challenge = Message::Challenge(Challenge { nonce: Nonce::from_u64(0), cookie: self.ours });
        match self.step {
            Step::Dialed => false,
            Step::Accepted => frame.push(&challenge),
            Step::Challenged { theirs, .. } => frame.push(&echo(theirs)) && frame.push(&challenge),
            Step::Done { theirs, .. } => frame.push(&echo(theirs)),
        }
    }
}

fn cookie(rng: &mut Rng) -> Cookie {
    Cookie::from_bytes(rng.u64().to_be_bytes())
}

fn challenge(message: Option<Message<'_>>) -> Result<Cookie, DropReason> {
    match message {
        Some(Message::Challenge(challenge)) => Ok(challenge.cookie),
        _ => Err(DropReason::OutOfPlace),
    }
}

fn follows(before: &Header, header: &Header) -> bool {
    (before.sender, before.epoch) == (header.sender, header.epoch) && before.sequence < header.sequence
}
