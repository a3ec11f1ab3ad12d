//! Frames that somebody changed on their way.

use arbitrary::{Arbitrary, Unstructured};
use swim_codec::{Fingerprint, Keyring, Message, Nonce, Ping};

use crate::frames::{cluster, header, sealed, with_keyring};
use crate::memory::bounded;

/// A frame and what becomes of it.
#[derive(Arbitrary, Debug)]
struct Journey {
    suite: u8,
    nonce: u64,
    /// Bytes that are changed, each at its place modulo the length.
    changes: Vec<(u16, u8)>,
    /// Bytes that get lost at the end.
    lost: u8,
    more: Vec<u8>,
}

/// A frame opens if and only if it arrives as it was sealed; else it is left as it came. Accepted if it opens.
#[must_use]
pub fn only_what_was_sealed_opens(bytes: &[u8]) -> bool {
    let Ok(journey) = Journey::arbitrary(&mut Unstructured::new(bytes)) else { return false };
    with_keyring(1 + journey.suite % 3, |keyring| journey.opens(keyring))
}

impl Journey {
    /// Whether it arrives as it was sealed.
    fn opens(&self, keyring: &mut Keyring) -> bool {
        let (nonce, fingerprint) = (Nonce::from_u64(self.nonce), Fingerprint::default());
        let messages = [Message::Ping(Ping { nonce, fingerprint })];
        let sealed = sealed(keyring, &header(), &messages);
        let arrived = self.go(&sealed);
        let (mut opened, unchanged) = (arrived.clone(), arrived == sealed);
        let read = bounded(arrived.len(), || {
            let frame = keyring.open(cluster(), &mut opened);
            frame.map(|frame| frame.messages().eq(messages.map(Ok)))
        });
        assert_eq!(read.ok(), unchanged.then_some(true));
        assert!(unchanged || opened == arrived, "what is refused stays as it is");
        unchanged
    }

    fn go(&self, sealed: &[u8]) -> Vec<u8> {
        let mut frame = sealed.to_vec();
        for (at, change) in &self.changes {
            let at = usize::from(*at) % frame.len();
            frame[at] ^= change;
        }
        frame.truncate(frame.len().saturating_sub(usize::from(self.lost)));
        frame.extend_from_slice(&self.more);
        frame
    }
}
