//! Buffers used again, so that a datagram costs no allocation.

/// How many idle buffers are kept.
const IDLE_MAX: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Pool(Vec<Vec<u8>>);

impl Pool {
    /// An empty buffer.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// A buffer that holds these bytes.
    pub(crate) fn copy_of(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut buf = self.take();
        buf.extend_from_slice(bytes);
        buf
    }

    pub(crate) fn give(&mut self, mut buf: Vec<u8>) {
        if self.0.len() < IDLE_MAX {
            buf.clear();
            self.0.push(buf);
        }
    }
}
