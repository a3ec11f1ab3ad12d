//! Frames as the targets make them: from alice to bob, in the cluster and under the key of `docs/wire.md`.

use std::cell::RefCell;
use std::sync::LazyLock;

use crc32c::crc32c;
use swim_codec::{
    ClusterId, Epoch, FrameWriter, HEADER_LEN, Header, Key, Keyring, Message, Name, Sequence, Suite,
};

/// Hashing takes longer than most inputs do, so what is the same for all of them is hashed once.
static KEYRINGS: LazyLock<[Keyring; 4]> = LazyLock::new(|| {
    let bytes = std::array::from_fn(|at| u8::try_from(at).expect("32 bytes"));
    let [hmac, chacha, aes] = Suite::ALL.map(|suite| Keyring::sealed(Key::new(suite, bytes)));
    [Keyring::plain(), hmac, chacha, aes]
});
thread_local! {
    /// The same to work with: to make one, and to wipe it, takes longer than most inputs, too.
    static OWN_KEYRINGS: RefCell<[Keyring; 4]> = RefCell::new(KEYRINGS.clone());
}
static HEADER: LazyLock<Header> = LazyLock::new(|| Header {
    cluster: ClusterId::from_name("docs"),
    sender: Name::new("alice").expect("short").id(),
    epoch: Epoch::new(1).expect("small"),
    sequence: Sequence::FIRST,
    destination: Name::new("bob").expect("short").id().destination(),
});
/// Where a frame names its key.
pub(crate) const KEY_AT: usize = 3;
/// Of a plain frame.
const TAG_LEN: usize = 4;
/// Room for any messages that came in one input.
const BUDGET: usize = 1 << 20;

pub(crate) fn cluster() -> ClusterId {
    HEADER.cluster
}

pub(crate) fn header() -> Header {
    *HEADER
}

/// A plain keyring, or one with the key of the page for a suite: all four by turns.
pub(crate) fn keyring(seal: u8) -> Keyring {
    KEYRINGS[usize::from(seal) % KEYRINGS.len()].clone()
}

/// The same, which remembers the members that it opened frames of before.
pub(crate) fn with_keyring<R>(seal: u8, call: impl FnOnce(&mut Keyring) -> R) -> R {
    OWN_KEYRINGS.with_borrow_mut(|keyrings| call(&mut keyrings[usize::from(seal) % keyrings.len()]))
}

/// All three by turns.
pub(crate) fn suite(number: u8) -> Suite {
    Suite::ALL[usize::from(number) % Suite::ALL.len()]
}

/// A plain frame around any body.
pub(crate) fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    keyring(0).frame(&header(), BUDGET, &mut bytes).seal();
    bytes.truncate(HEADER_LEN);
    bytes.extend_from_slice(body);
    with_sum(bytes)
}

/// The same bytes, as a plain frame of this cluster as far as they can be one.
pub(crate) fn repaired(bytes: &[u8]) -> Option<Vec<u8>> {
    let template = framed(&[]);
    let (fixed, rest) = (&template[..12], bytes.get(12..)?);
    (bytes.len() >= HEADER_LEN).then(|| with_sum([fixed, rest].concat()))
}

fn with_sum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend_from_slice(&crc32c(&bytes).to_be_bytes());
    bytes
}

/// A frame with these messages, which were read and so can be written.
pub(crate) fn sealed(keyring: &mut Keyring, header: &Header, messages: &[Message<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(keyring.frame(header, BUDGET, &mut bytes), messages);
    bytes
}

/// The same behind its length.
pub(crate) fn sealed_for_stream(keyring: &mut Keyring, header: &Header, messages: &[Message<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(keyring.stream_frame(header, BUDGET, &mut bytes), messages);
    bytes
}

fn write(mut frame: FrameWriter<'_>, messages: &[Message<'_>]) {
    assert!(messages.iter().all(|message| frame.push(message)), "what was read can be written");
    frame.seal();
}

/// The body of a plain frame.
pub(crate) fn body(frame: &[u8]) -> &[u8] {
    &frame[HEADER_LEN..frame.len() - TAG_LEN]
}
