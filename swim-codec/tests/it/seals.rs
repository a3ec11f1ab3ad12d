//! Seals: what they prove, what they hide, and that they are what the page about the wire says.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;
use hkdf::Hkdf;
use proptest::prelude::*;
use sha2::Sha256;
use swim_codec::{Epoch, Header, Key, Keyring, Message, Mode, Nack, Nonce, OpenError, Sequence, Suite};

use crate::samples::{any_message, cluster, epoch, header, keyrings, keys, member, open, sealed, sealed_as};

const NACK: Message<'static> = Message::Nack(Nack { nonce: Nonce::from_u64(7) });
/// Kind, length and nonce of [`NACK`].
const NACK_BODY: [u8; 10] = [4, 8, 0, 0, 0, 0, 0, 0, 0, 7];

proptest! {
    #[test]
    fn what_one_member_says_the_other_reads(
        messages in prop::collection::vec(any_message(), 0..8),
        epochs in any::<u64>(),
        sequence in 1..1u64 << 48,
        sender in any::<[u8; 8]>(),
    ) {
        let header = Header {
            sender: swim_codec::MemberId::from_bytes(sender),
            epoch: epoch(epochs >> 16),
            sequence: Sequence::new(sequence).unwrap(),
            ..header()
        };
        let messages: Vec<_> = messages.iter().map(|owned| owned.message()).collect();
        for mut keyring in keyrings() {
            let mut frame = sealed_as(&mut keyring.clone(), &header, &messages);
            let opened = open(&mut keyring, &mut frame);
            prop_assert_eq!(opened.header, header);
            let read: Result<Vec<_>, _> = opened.messages().collect();
            prop_assert_eq!(read.as_ref(), Ok(&messages));
        }
    }
}

#[test]
fn a_chacha_frame_is_the_bare_cipher_under_the_subkey_of_its_life() {
    check_against_bare_cipher::<ChaCha20Poly1305>(Suite::ChaCha20Poly1305, b"swim chacha20-poly1305");
}

#[test]
fn an_aes_frame_is_the_bare_cipher_under_the_subkey_of_its_life() {
    check_against_bare_cipher::<Aes256Gcm>(Suite::Aes256Gcm, b"swim aes-256-gcm");
}

fn check_against_bare_cipher<C: AeadInOut + KeyInit>(suite: Suite, label: &[u8]) {
    let frame = sealed(&mut Keyring::sealed(Key::new(suite, [9; 32])), &[NACK]);
    let (header, rest) = frame.split_at(36);
    // Cluster, sender and epoch stand next to each other in the header, as do epoch and sequence.
    let info = [label, &header[4..26]].concat();
    let mut subkey = [0; 32];
    Hkdf::<Sha256>::new(None, &[9; 32]).expand(&info, &mut subkey).unwrap();
    let mut body = NACK_BODY;
    let nonce = header[20..32].try_into().unwrap();
    let cipher = C::new_from_slice(&subkey).unwrap();
    let tag = cipher.encrypt_inout_detached(nonce, header, body.as_mut_slice().into()).unwrap();
    assert_eq!(rest, [&body, tag.as_slice()].concat());
}

#[test]
fn only_the_suites_that_encrypt_hide_a_body() {
    let shown = keyrings().map(|mut keyring| sealed(&mut keyring, &[NACK])[36..46] == NACK_BODY);
    assert_eq!(shown, [true, true, false, false]);
}

#[test]
fn the_same_words_look_different_in_every_frame_life_and_mouth() {
    let first = header();
    let others = [
        Header { sequence: Sequence::new(2).unwrap(), ..first },
        Header { epoch: Epoch::new(first.epoch.get() + 1).unwrap(), ..first },
        Header { sender: member("carol"), ..first },
    ];
    let [_, _, ciphers @ ..] = keyrings();
    for mut keyring in ciphers {
        let mut body = |header| sealed_as(&mut keyring, header, &[NACK])[36..46].to_vec();
        let mut bodies: Vec<_> = others.iter().chain([&first]).map(&mut body).collect();
        bodies.sort();
        bodies.dedup();
        assert_eq!(bodies.len(), 4);
        assert_eq!(body(&first), body(&first));
    }
}

#[test]
fn a_frame_relabelled_with_another_seal_or_key_is_refused() {
    for key in keys() {
        let mut receiver = Keyring::with_mode(key.clone(), Mode::AcceptPlain { until: 1 });
        let others = Suite::ALL.map(|suite| Key::new(suite, [suite as u8; 32]));
        others.iter().for_each(|key| assert!(receiver.install(key.clone()).is_ok()));
        let original = sealed(&mut receiver, &[NACK]);
        for label in (0..=u16::MAX).map(u16::to_be_bytes) {
            let mut frame = original.clone();
            frame[2..4].copy_from_slice(&label);
            let opened = receiver.open(cluster(), &mut frame).is_ok();
            assert_eq!(opened, label == original[2..4], "{label:x?}");
        }
    }
}

#[test]
fn what_is_refused_stays_as_it_is() {
    for mut keyring in keyrings() {
        let mut frame = sealed(&mut keyring, &[NACK]);
        frame[40] ^= 1;
        let before = frame.clone();
        assert_eq!(keyring.open(cluster(), &mut frame), Err(OpenError::BadTag));
        assert_eq!(frame, before);
    }
}

#[test]
fn a_forgery_does_not_spoil_what_comes_after_it() {
    for mut keyring in keyrings() {
        let genuine = sealed(&mut keyring, &[NACK]);
        for _ in 0..2 {
            let mut forged = genuine.clone();
            *forged.last_mut().unwrap() ^= 1;
            assert_eq!(keyring.open(cluster(), &mut forged), Err(OpenError::BadTag));
            assert!(keyring.open(cluster(), &mut genuine.clone()).is_ok());
        }
    }
}

#[test]
fn more_members_than_subkeys_are_remembered_are_understood_nevertheless() {
    let senders = || (0..3 * swim_codec::limits::SUBKEYS_MAX).map(|number| member(&number.to_string()));
    for mut keyring in keyrings() {
        for sender in senders().chain(senders()) {
            let mut frame = sealed_as(&mut keyring, &Header { sender, ..header() }, &[NACK]);
            assert_eq!(open(&mut keyring, &mut frame).body, NACK_BODY);
        }
    }
}

#[test]
fn every_datagram_of_one_or_two_bytes_is_refused() {
    for mut keyring in keyrings() {
        for bytes in (0..=u16::MAX).map(u16::to_be_bytes) {
            assert_eq!(keyring.open(cluster(), &mut bytes.clone()), refusal(bytes));
            assert_eq!(keyring.open(cluster(), &mut [bytes[1]]), Err(OpenError::TooShort));
        }
    }
}

fn refusal(bytes: [u8; 2]) -> Result<swim_codec::Frame<'static>, OpenError> {
    Err(if bytes == *b"SW" { OpenError::TooShort } else { OpenError::BadMagic })
}
