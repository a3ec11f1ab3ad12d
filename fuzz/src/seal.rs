//! Frames that somebody changed on their way.

use arbitrary::{Arbitrary, Unstructured};
use swim_codec::{ClusterId, Epoch, Fingerprint, Header, Key, Keyring, Message, Name, Nonce, Ping, Sequence};

/// A frame and what becomes of it.
#[derive(Arbitrary, Debug)]
struct Journey {
    key: [u8; 32],
    nonce: u64,
    /// Bytes that are changed, each at its place modulo the length.
    changes: Vec<(u16, u8)>,
    /// Bytes that get lost at the end.
    lost: u8,
    more: Vec<u8>,
}

/// A frame opens if and only if it arrives as it was sealed.
pub(crate) fn only_what_was_sealed_opens(bytes: &[u8]) {
    let Ok(journey) = Journey::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let mut keyring = Keyring::sealed(Key::from_bytes(journey.key));
    let sealed = seal(&mut keyring, journey.nonce);
    let mut arrived = sealed.clone();
    for (at, change) in &journey.changes {
        let at = usize::from(*at) % arrived.len();
        arrived[at] ^= change;
    }
    arrived.truncate(arrived.len().saturating_sub(usize::from(journey.lost)));
    arrived.extend_from_slice(&journey.more);
    let unchanged = arrived == sealed;
    assert_eq!(keyring.open(cluster(), &mut arrived).is_ok(), unchanged);
}

fn seal(keyring: &mut Keyring, nonce: u64) -> Vec<u8> {
    let header = Header {
        cluster: cluster(),
        sender: Name::new("alice").expect("short").id(),
        epoch: Epoch::new(1).expect("small"),
        sequence: Sequence::FIRST,
        destination: Name::new("bob").expect("short").id().destination(),
    };
    let mut bytes = Vec::new();
    let mut frame = keyring.frame(&header, 1_400, &mut bytes);
    assert!(
        frame.push(&Message::Ping(Ping {
            nonce: Nonce::from_u64(nonce),
            fingerprint: Fingerprint::default()
        }))
    );
    frame.seal();
    bytes
}

fn cluster() -> ClusterId {
    ClusterId::from_name("fuzz")
}
