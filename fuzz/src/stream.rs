//! Bytes as they come out of a stream.

use swim_codec::StreamDecoder;

use crate::memory::bounded;

/// The frames of a stream are the same however it is cut into chunks. The first byte says how many of those that follow are
/// the sizes of chunks, which come again and again; the rest is what the stream brings. Accepted if there is a frame.
#[must_use]
pub fn chunks_do_not_matter(bytes: &[u8]) -> bool {
    let Some((&count, bytes)) = bytes.split_first() else { return false };
    let (sizes, bytes) = bytes.split_at(bytes.len().min(count.into()));
    let whole = frames([bytes]);
    let cut = bounded(bytes.len(), || frames(chunks(bytes, sizes)));
    assert_eq!(cut, whole);
    !whole.0.is_empty()
}

/// Some may be empty, but not for ever; the last is what is left.
fn chunks<'a>(mut bytes: &'a [u8], sizes: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let sizes = sizes.iter().map(|&size| size.into()).cycle().take(bytes.len()).chain([usize::MAX]);
    sizes.map(move |size| {
        let (chunk, rest) = bytes.split_at(bytes.len().min(size));
        bytes = rest;
        chunk
    })
}

/// All frames up to the first error, each behind its length, and whether there was one.
fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, bool) {
    let (mut decoder, mut frames) = (StreamDecoder::new(1 << 16), Vec::new());
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    frames.extend_from_slice(&frame.len().to_be_bytes());
                    frames.extend_from_slice(frame);
                }
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}
