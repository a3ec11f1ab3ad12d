//! Bytes as a datagram.

use swim_codec::{Keyring, Message};

use crate::frames::{cluster, keyring, repaired, sealed};
use crate::memory::bounded;

/// Any bytes are refused or a frame, whatever the keyring, and its messages can be read to the end. With the beginning and
/// the sum of a plain frame they say something, which is the same under every seal. Accepted if it is a frame as it is.
#[must_use]
pub fn any_bytes_are_refused_or_a_frame(bytes: &[u8]) -> bool {
    let opened = (0..4).filter(|&seal| opens(&mut keyring(seal), bytes)).count();
    if let Some(mut frame) = repaired(bytes) {
        every_seal_carries(&mut frame);
    }
    opened > 0
}

fn opens(keyring: &mut Keyring, bytes: &[u8]) -> bool {
    let mut datagram = bytes.to_vec();
    bounded(bytes.len(), || match keyring.open(cluster(), &mut datagram) {
        Ok(frame) => {
            assert!(frame.messages().count() <= bytes.len(), "a message has at least a byte");
            true
        }
        Err(_) => false,
    }) || {
        assert_eq!(datagram, bytes, "what is refused stays as it is");
        false
    }
}

fn every_seal_carries(plain: &mut [u8]) {
    let Ok(frame) = keyring(0).open(cluster(), plain) else { return };
    let messages: Vec<Message<'_>> = frame.messages().map_while(Result::ok).collect();
    for seal in 1..4 {
        let mut keyring = keyring(seal);
        let mut bytes = sealed(&mut keyring, &frame.header, &messages);
        let opened = keyring.open(cluster(), &mut bytes).expect("its own frame");
        assert_eq!(opened.header, frame.header);
        assert!(opened.messages().eq(messages.iter().copied().map(Ok)), "{messages:?}");
    }
}
