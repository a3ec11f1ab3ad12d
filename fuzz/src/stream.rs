//! Bytes as they come out of a stream.

use swim_codec::StreamDecoder;

use crate::memory::bounded;

/// The frames of a stream are the same however it is cut into chunks. The first byte says how many of those that follow are
/// the sizes of chunks, which come again and again; the rest is what the stream brings. Accepted if there is a frame.
pub(crate) fn chunks_do_not_matter(bytes: &[u8]) -> bool {
    let Some((&count, bytes)) = bytes.split_first() else { return false };
    let (sizes, bytes) = bytes.split_at(bytes.len().min(count.into()));
    let whole = frames([bytes]);
    assert_eq!(frames(chunks(bytes, sizes)), whole);
    !whole.0.is_empty()
}

/// Some may be empty, but not for ever.
fn chunks<'a>(mut bytes: &'a [u8], sizes: &[u8]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for &size in sizes.iter().cycle().take(bytes.len()) {
        let (chunk, rest) = bytes.split_at(bytes.len().min(size.into()));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks.push(bytes);
    chunks
}

/// All frames up to the first error, and whether there was one.
fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, bool) {
    let (mut decoder, mut frames) = (StreamDecoder::new(1 << 16), Vec::new());
    for chunk in chunks {
        bounded(chunk.len() + decoder.buffered(), || decoder.push(chunk));
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}
