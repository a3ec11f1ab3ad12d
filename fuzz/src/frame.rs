//! Bytes as a datagram.

use swim_codec::{ClusterId, Key, Keyring};

use crate::memory::bounded;

/// Any bytes are refused or a frame, for a plain keyring and for one with a key, and its messages can be read to the
/// end.
pub(crate) fn any_bytes_are_refused_or_a_frame(bytes: &[u8]) {
    for mut keyring in [Keyring::plain(), Keyring::sealed(Key::from_bytes([7; 32]))] {
        let mut datagram = bytes.to_vec();
        bounded(bytes.len(), || {
            if let Ok(frame) = keyring.open(ClusterId::from_name("fuzz"), &mut datagram) {
                let messages = frame.messages().count();
                assert!(messages <= bytes.len(), "a message has at least a byte");
            }
        });
    }
}
