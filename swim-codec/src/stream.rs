//! Frames on a stream, each behind its length.

use alloc::vec::Vec;
use core::fmt;

use crate::frame::HEADER_LEN;

/// Bytes of the length in front of a frame on a stream: a big-endian `u32` that does not count itself.
pub const STREAM_PREFIX_LEN: usize = 4;

/// The shortest frame there is: plain and empty.
const FRAME_MIN: usize = HEADER_LEN + 4;

/// Cuts a stream of bytes into frames, however the bytes arrive.
#[derive(Clone, Debug)]
pub struct StreamDecoder {
    buf: Vec<u8>,
    /// Where what is not yet taken begins.
    start: usize,
    max_frame: usize,
    failed: Option<BadFrameLength>,
}

impl StreamDecoder {
    /// Accepts frames of at most `max_frame` bytes; see [`STREAM_FRAME_MAX`](crate::limits::STREAM_FRAME_MAX).
    #[must_use]
    pub const fn new(max_frame: usize) -> Self {
        Self { buf: Vec::new(), start: 0, max_frame, failed: None }
    }

    /// Appends what the stream gave. Memory grows with what arrived, never with what was announced.
    ///
    /// Take every frame with [`next_frame`](Self::next_frame) before pushing again, and no more than one frame
    /// and one push is ever held. After an error nothing is kept.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.forget_taken();
            self.buf.extend_from_slice(bytes);
        }
    }

    /// The next whole frame, without its length; `None` until more bytes arrive.
    ///
    /// # Errors
    ///
    /// [`BadFrameLength`] if the announced length is not that of a frame. Where the next one begins is then
    /// unknown, so the error stays.
    pub fn next_frame(&mut self) -> Result<Option<&mut [u8]>, BadFrameLength> {
        let Some(length) = self.announced()? else { return Ok(None) };
        let from = self.start.saturating_add(STREAM_PREFIX_LEN);
        let to = from.saturating_add(length);
        let frame = self.buf.get_mut(from..to);
        if frame.is_some() {
            self.start = to;
        }
        Ok(frame)
    }

    /// Bytes that arrived and were not yet taken as frames. Not zero at the end of a stream: it was cut off.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buf.len().saturating_sub(self.start)
    }

    fn announced(&mut self) -> Result<Option<usize>, BadFrameLength> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let rest = self.buf.get(self.start..).unwrap_or_default();
        let Some(prefix) = rest.first_chunk() else { return Ok(None) };
        let announced = u32::from_be_bytes(*prefix);
        match usize::try_from(announced) {
            Ok(length) if (FRAME_MIN..=self.max_frame).contains(&length) => Ok(Some(length)),
            _ => Err(self.fail(announced)),
        }
    }

    fn fail(&mut self, announced: u32) -> BadFrameLength {
        let error = BadFrameLength { announced, max: self.max_frame };
        *self = Self { failed: Some(error), ..Self::new(self.max_frame) };
        error
    }

    /// Moves what is left to the front once it is the smaller part: moving then costs no more than taking did.
    fn forget_taken(&mut self) {
        if self.start >= self.buffered() {
            self.buf.drain(..self.start);
            self.start = 0;
        }
    }
}

/// A stream announced a frame that is shorter than any frame, or longer than the receiver accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFrameLength {
    /// The announced length, in bytes.
    pub announced: u32,
    /// The longest that is accepted, in bytes.
    pub max: usize,
}

impl fmt::Display for BadFrameLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { announced, max } = self;
        write!(f, "a frame has {FRAME_MIN} to {max} bytes, the stream announces {announced}")
    }
}

impl core::error::Error for BadFrameLength {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_alone_reserves_nothing() {
        let mut decoder = StreamDecoder::new(4 << 20);
        decoder.push(&(4u32 << 20).to_be_bytes());
        assert_eq!(decoder.next_frame(), Ok(None));
        assert!(decoder.buf.capacity() < 64);
    }

    #[test]
    fn taken_frames_do_not_pile_up() {
        let mut decoder = StreamDecoder::new(FRAME_MIN);
        let mut stream = 40u32.to_be_bytes().to_vec();
        stream.extend([0; FRAME_MIN]);
        for _ in 0..1000 {
            decoder.push(&stream);
            assert!(decoder.next_frame().unwrap().is_some());
        }
        assert!(decoder.buf.capacity() <= 4 * stream.len());
    }

    #[test]
    fn after_an_error_nothing_is_kept() {
        let mut decoder = StreamDecoder::new(100);
        decoder.push(&[0xff; 64]);
        assert!(decoder.next_frame().is_err());
        decoder.push(&[0; 64]);
        assert_eq!((decoder.buffered(), decoder.buf.capacity()), (0, 0));
    }
}
