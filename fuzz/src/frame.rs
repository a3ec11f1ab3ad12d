//! Bytes as a datagram.

use swim_codec::Message;

use crate::frames::{KEY_AT, cluster, keyring, repaired, sealed, with_keyring};
use crate::memory::bounded;

/// Any bytes are refused or a frame, whatever the keyring, and its messages can be read to the end. With the beginning and
/// the sum of a plain frame they say something, which is the same under a seal. Accepted if it is a frame as it is.
#[must_use]
pub fn any_bytes_are_refused_or_a_frame(bytes: &[u8]) -> bool {
    let opened = (0..4).filter(|&seal| opens(seal, bytes)).count();
    if let Some(mut frame) = repaired(bytes) {
        // A plain frame has no use for the byte that would name a key.
        is_carried(1 + bytes[KEY_AT] % 3, &mut frame);
    }
    opened > 0
}

fn opens(seal: u8, bytes: &[u8]) -> bool {
    let mut datagram = bytes.to_vec();
    let is_frame = bounded(bytes.len(), || {
        with_keyring(seal, |keyring| {
            keyring.open(cluster(), &mut datagram).map(|frame| frame.messages().count())
        })
    });
    match is_frame {
        Ok(messages) => assert!(messages <= bytes.len(), "a message has at least a byte"),
        Err(_) => assert_eq!(datagram, bytes, "what is refused stays as it is"),
    }
    is_frame.is_ok()
}

fn is_carried(seal: u8, plain: &mut [u8]) {
    let Ok(frame) = keyring(0).open(cluster(), plain) else { return };
    let messages: Vec<Message<'_>> = frame.messages().map_while(Result::ok).collect();
    with_keyring(seal, |keyring| {
        let mut bytes = sealed(keyring, &frame.header, &messages);
        let opened = keyring.open(cluster(), &mut bytes).expect("its own frame");
        assert_eq!(opened.header, frame.header);
        assert!(opened.messages().eq(messages.iter().copied().map(Ok)), "{messages:?}");
    });
}
