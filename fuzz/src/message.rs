//! Bytes as the body of a frame whose tag is right.

use crc::{CRC_32_ISCSI, Crc, Table};
use swim_codec::{ClusterId, Epoch, HEADER_LEN, Header, Keyring, Message, Name, Sequence};

use crate::memory::bounded;

/// Of a plain frame.
const TAG_LEN: usize = 4;
pub(crate) const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// Whatever is read from a body, written again, is found in it byte for byte: nothing has two spellings.
pub(crate) fn what_is_read_has_one_spelling(body: &[u8]) {
    let (mut keyring, mut datagram) = (Keyring::plain(), framed(body));
    let messages: Vec<_> = bounded(body.len(), || {
        let Ok(frame) = keyring.open(ClusterId::from_name("fuzz"), &mut datagram) else {
            panic!("the tag is right")
        };
        frame.messages().map_while(Result::ok).map(|message| spelled(&message)).collect()
    });
    for spelled in messages {
        assert!(
            body.windows(spelled.len()).any(|bytes| bytes == spelled),
            "{spelled:02x?} is not in {body:02x?}"
        );
    }
}

fn spelled(message: &Message<'_>) -> Vec<u8> {
    let (mut keyring, mut bytes) = (Keyring::plain(), Vec::new());
    let mut frame = keyring.frame(&header(), 70_000, &mut bytes);
    assert!(frame.push(message), "what was read can be written");
    frame.seal();
    bytes[HEADER_LEN..bytes.len() - TAG_LEN].to_vec()
}

/// A plain frame around any body.
pub(crate) fn framed(body: &[u8]) -> Vec<u8> {
    let (mut keyring, mut bytes) = (Keyring::plain(), Vec::new());
    keyring.frame(&header(), 1_400, &mut bytes).seal();
    bytes.truncate(HEADER_LEN);
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&CRC.checksum(&bytes).to_be_bytes());
    bytes
}

fn header() -> Header {
    Header {
        cluster: ClusterId::from_name("fuzz"),
        sender: Name::new("alice").expect("short").id(),
        epoch: Epoch::new(1).expect("small"),
        sequence: Sequence::FIRST,
        destination: Name::new("bob").expect("short").id().destination(),
    }
}
