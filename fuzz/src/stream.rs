//! Bytes as they come out of a stream.

use swim_codec::StreamDecoder;

use crate::memory::bounded;

/// The frames of a stream are the same however it is cut into chunks. The first byte decides how: chunks of so many
/// bytes, or whole if it is zero.
pub(crate) fn chunks_do_not_matter(bytes: &[u8]) {
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let whole = frames([bytes]);
    let size = if size == 0 { bytes.len().max(1) } else { usize::from(size) };
    assert_eq!(frames(bytes.chunks(size)), whole);
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
