//! Building one frame within a budget.

use alloc::vec::Vec;
use core::fmt;

use crate::body;
use crate::frame::{Envelope, Header};
use crate::message::Message;
use crate::seal::Seal;
use crate::stream::STREAM_PREFIX_LEN;

/// One frame while it is built in the caller's buffer; made by [`Keyring::frame`](crate::Keyring::frame).
///
/// A writer that is dropped unsealed leaves the buffer as it found it.
#[must_use = "a frame that is not sealed is taken back"]
pub struct FrameWriter<'k> {
    seal: Seal<'k>,
    buf: &'k mut Vec<u8>,
    /// What is behind this is taken back on drop.
    keep: usize,
    /// Where the frame begins: at `keep`, or behind the length of a stream.
    frame: usize,
    /// Where its body begins.
    body: usize,
    /// Where its body ends at the latest.
    limit: usize,
}

/// How far a frame was built; see [`FrameWriter::mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

impl<'k> FrameWriter<'k> {
    pub(crate) fn datagram(seal: Seal<'k>, header: &Header, budget: usize, buf: &'k mut Vec<u8>) -> Self {
        let start = buf.len();
        Self::begin(seal, header, budget, start, buf)
    }

    pub(crate) fn stream(seal: Seal<'k>, header: &Header, budget: usize, buf: &'k mut Vec<u8>) -> Self {
        let start = buf.len();
        buf.extend_from_slice(&[0; STREAM_PREFIX_LEN]);
        Self::begin(seal, header, budget, start, buf)
    }

    fn begin(seal: Seal<'k>, header: &Header, budget: usize, keep: usize, buf: &'k mut Vec<u8>) -> Self {
        let frame = buf.len();
        Envelope { seal: seal.kind(), key: seal.key_id(), header: *header }.write(buf);
        // The length of a stream's frame has 32 bits, and ciphers have limits above that.
        let budget = budget.min(u32::MAX as usize);
        let limit = frame.saturating_add(budget.saturating_sub(seal.kind().tag_len()));
        Self { seal, keep, frame, body: buf.len(), limit, buf }
    }

    /// Appends a message. `false`, and nothing is appended, if it does not fit the budget.
    ///
    /// Also `false` for a message that no peer would take: one with a name, key, value or address outside
    /// [`limits`](crate::limits).
    #[must_use]
    pub fn push(&mut self, message: &Message<'_>) -> bool {
        body::write(message, self.remaining(), self.buf)
    }

    /// Appends a message of a reserved kind, as a later version of the protocol may; this one skips it.
    #[cfg(buggify)]
    #[must_use]
    pub fn push_reserved(&mut self, kind: u8, fields: &[u8]) -> bool {
        body::append_reserved(kind, fields, self.remaining(), self.buf)
    }

    /// Bytes of the budget that are left for messages, their kinds and lengths.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.limit.saturating_sub(self.buf.len())
    }

    /// Whether the frame has no message yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buf.len() == self.body
    }

    /// Remembers how far this frame is built.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.buf.len())
    }

    /// Takes back every message pushed since `mark`, which must be a mark of this frame.
    pub fn rollback(&mut self, mark: Mark) {
        self.buf.truncate(mark.0.max(self.body));
    }

    /// Finishes the frame: it is then what the buffer ends with.
    pub fn seal(mut self) {
        self.seal.close(self.frame, self.buf);
        if self.frame > self.keep {
            self.write_prefix();
        }
        self.keep = self.buf.len();
    }

    /// Puts the length of the frame between `keep` and it.
    fn write_prefix(&mut self) {
        let length = self.buf.len().saturating_sub(self.frame);
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let prefix = self.buf.get_mut(self.keep..self.frame).unwrap_or_default();
        prefix.iter_mut().zip(length).for_each(|(to, from)| *to = from);
    }
}

impl Drop for FrameWriter<'_> {
    fn drop(&mut self) {
        self.buf.truncate(self.keep);
    }
}

impl fmt::Debug for FrameWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameWriter").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}
