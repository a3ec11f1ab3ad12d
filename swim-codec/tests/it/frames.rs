//! Frames: only whole, undamaged ones of this cluster are opened, and none outgrows its budget.

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;
use swim_codec::{
    ClusterId, Destination, Epoch, Fingerprint, HEADER_LEN, Header, Key, Keyring, Message, Nack, Name, Nonce,
    OpenError, Sequence, Sync,
};

use crate::samples::{any_message, cluster, header, key, keyrings, member, open, sealed};

const NACK: Message<'static> = Message::Nack(Nack { nonce: Nonce::from_u64(7) });

proptest! {
    #[test]
    fn no_two_lives_have_one_epoch_whatever_the_clock_does(clock in prop::collection::vec(0..1u64 << 48, 1..50)) {
        let mut last = None;
        for now_ms in clock.into_iter().flat_map(|now_ms| [now_ms, now_ms, now_ms.saturating_sub(1)]) {
            let Some(next) = Epoch::after(last, now_ms) else { break };
            prop_assert!(last.is_none_or(|last| next > last) && next.get() >= now_ms);
            last = Some(next);
        }
    }

    #[test]
    fn a_header_comes_back(epoch in 0..1u64 << 48, sequence in 1..1u64 << 48, names in "[a-z]{1,8}") {
        let header = Header {
            cluster: ClusterId::from_name(&names),
            sender: member(&names),
            epoch: Epoch::new(epoch).unwrap(),
            sequence: Sequence::new(sequence).unwrap(),
            destination: Destination::UNKNOWN,
        };
        for mut keyring in keyrings() {
            let mut buf = Vec::new();
            keyring.frame(&header, 1400, &mut buf).seal();
            prop_assert_eq!(keyring.open(header.cluster, &mut buf).unwrap().header, header);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200), begin in any::<bool>()) {
        if begin && bytes.len() >= 12 {
            bytes[..3].copy_from_slice(b"SW\x11");
            bytes[4..12].copy_from_slice(cluster().as_bytes());
        }
        for mut keyring in keyrings() {
            prop_assert!(keyring.open(cluster(), &mut bytes).is_err());
        }
    }

    #[test]
    fn a_frame_never_outgrows_its_budget(
        messages in prop::collection::vec(any_message(), 0..8),
        budget in 40..1500usize,
        before in 0..3usize,
    ) {
        for mut keyring in keyrings() {
            let mut buf = vec![0xee; before];
            let mut writer = keyring.frame(&header(), budget, &mut buf);
            let mut pushed = 0;
            for message in &messages {
                let remaining = writer.remaining();
                let fits = writer.push(&message.message());
                pushed += usize::from(fits);
                prop_assert_eq!(fits, writer.remaining() < remaining);
            }
            writer.seal();
            let (kept, frame) = buf.split_at_mut(before);
            prop_assert!(kept.iter().all(|byte| *byte == 0xee));
            prop_assert!(frame.len() <= budget.max(keyring.overhead()));
            prop_assert_eq!(open(&mut keyring, frame).messages().filter(Result::is_ok).count(), pushed);
        }
    }

    #[test]
    fn rollback_restores_what_was_marked(
        kept in prop::collection::vec(any_message(), 0..3),
        undone in prop::collection::vec(any_message(), 0..3),
    ) {
        let mut keyring = Keyring::plain();
        let kept: Vec<_> = kept.iter().map(|owned| owned.message()).collect();
        let mut buf = Vec::new();
        let mut writer = keyring.frame(&header(), usize::MAX, &mut buf);
        kept.iter().for_each(|message| assert!(writer.push(message)));
        let (mark, remaining, empty) = (writer.mark(), writer.remaining(), writer.is_empty());
        undone.iter().for_each(|owned| assert!(writer.push(&owned.message())));
        writer.rollback(mark);
        prop_assert_eq!((writer.mark(), writer.remaining(), writer.is_empty()), (mark, remaining, empty));
        writer.seal();
        prop_assert_eq!(buf, sealed(&mut keyring, &kept));
    }
}

#[test]
fn a_message_that_fills_the_budget_exactly_is_taken() {
    let needed = 10;
    for mut keyring in keyrings() {
        for (budget, fits) in [(keyring.overhead() + needed, true), (keyring.overhead() + needed - 1, false)]
        {
            let mut buf = Vec::new();
            let mut writer = keyring.frame(&header(), budget, &mut buf);
            assert_eq!(writer.push(&NACK), fits);
            assert_eq!(writer.is_empty(), !fits);
        }
    }
}

#[test]
fn a_budget_below_the_overhead_gives_an_empty_frame() {
    for mut keyring in keyrings() {
        for budget in [0, 1, HEADER_LEN, keyring.overhead() - 1, keyring.overhead()] {
            let mut buf = Vec::new();
            let mut writer = keyring.frame(&header(), budget, &mut buf);
            assert_eq!(writer.remaining(), 0);
            assert!(!writer.push(&NACK));
            writer.seal();
            assert_eq!(buf.len(), keyring.overhead());
            assert_eq!(open(&mut keyring, &mut buf).body, b"");
        }
    }
}

#[test]
fn an_unsealed_frame_is_taken_back() {
    for mut keyring in keyrings() {
        let mut buf = b"before".to_vec();
        assert!(keyring.frame(&header(), 1400, &mut buf).push(&NACK));
        assert!(keyring.stream_frame(&header(), 1400, &mut buf).push(&NACK));
        assert_eq!(buf, b"before");
    }
}

#[test]
fn a_rollback_never_cuts_the_header() {
    let mut keyring = Keyring::plain();
    let mark = keyring.frame(&header(), 1400, &mut Vec::new()).mark();
    let mut buf = b"before".to_vec();
    let mut writer = keyring.frame(&header(), 1400, &mut buf);
    writer.rollback(mark);
    assert!(writer.is_empty());
}

#[test]
fn an_hmac_tag_is_the_first_half_of_the_hmac() {
    let frame = sealed(&mut Keyring::sealed(Key::from_bytes([9; 32])), &[NACK]);
    let (covered, tag) = frame.split_at(frame.len() - 16);
    let mut mac = Hmac::<Sha256>::new_from_slice(&[9; 32]).unwrap();
    mac.update(covered);
    assert_eq!(tag, &mac.finalize().into_bytes()[..16]);
}

#[test]
fn a_plain_tag_is_crc_32c() {
    let frame = sealed(&mut Keyring::plain(), &[NACK]);
    let (covered, tag) = frame.split_at(frame.len() - 4);
    assert_eq!(tag, crc_32c(covered));
    assert_eq!(crc_32c(b"123456789"), 0xe306_9283_u32.to_be_bytes());
}

#[test]
fn a_sealed_keyring_refuses_plain_frames_and_a_plain_one_sealed_frames() {
    let [mut plain, keyed @ ..] = keyrings();
    for mut keyring in keyed {
        let mut frame = sealed(&mut plain, &[NACK]);
        assert_eq!(keyring.open(cluster(), &mut frame), Err(OpenError::PlainRefused));
        let mut frame = sealed(&mut keyring, &[NACK]);
        assert_eq!(plain.open(cluster(), &mut frame), Err(OpenError::SealedRefused));
    }
}

#[test]
fn frames_of_another_cluster_are_refused() {
    for mut keyring in keyrings() {
        let mut frame = sealed(&mut keyring, &[NACK]);
        assert_eq!(keyring.open(ClusterId::from_name("other"), &mut frame), Err(OpenError::ForeignCluster));
    }
}

#[test]
fn frames_under_an_unknown_key_are_refused() {
    let other = Key::from_bytes([9; 32]);
    let id = other.id();
    assert_ne!(id, key().id());
    let mut frame = sealed(&mut Keyring::sealed(other), &[NACK]);
    let mut keyring = Keyring::sealed(key());
    assert_eq!(keyring.open(cluster(), &mut frame), Err(OpenError::UnknownKey(id)));
}

#[test]
fn a_plain_frame_names_no_key() {
    assert_eq!(forged(|frame| frame[3] = 1), Some(OpenError::UnknownSeal));
}

#[test]
fn a_frame_with_another_beginning_is_refused() {
    assert_eq!(forged(|frame| frame[0] = b'X'), Some(OpenError::BadMagic));
    assert_eq!(forged(|frame| frame[2] = 0x20), Some(OpenError::UnknownVersion));
    assert_eq!(forged(|frame| frame[2] = 0x1f), Some(OpenError::UnknownSeal));
}

#[test]
fn sequence_0_is_refused() {
    assert_eq!(forged(|frame| frame[26..32].fill(0)), Some(OpenError::BadSequence));
}

#[test]
fn a_right_tag_over_any_other_change_is_accepted() {
    assert_eq!(forged(|frame| frame[12] ^= 1), None);
}

#[test]
fn frames_shorter_than_header_and_tag_are_refused() {
    for mut keyring in keyrings() {
        let whole = sealed(&mut keyring, &[]);
        for end in 0..whole.len() {
            assert_eq!(keyring.open(cluster(), &mut whole[..end].to_vec()), Err(OpenError::TooShort));
        }
    }
}

#[test]
fn sequences_count_from_1_to_the_last_of_48_bits() {
    assert_eq!(Sequence::new(0), None);
    assert_eq!(Sequence::FIRST.get(), 1);
    assert_eq!(Sequence::FIRST.next(), Sequence::new(2));
    assert_eq!(Sequence::MAX.get(), (1 << 48) - 1);
    assert_eq!(Sequence::MAX.next(), None);
    assert_eq!(Sequence::new(1 << 48), None);
}

#[test]
fn epochs_end_with_the_last_of_48_bits() {
    assert_eq!(Epoch::default().get(), 0);
    assert_eq!(Epoch::new(Epoch::MAX.get()), Some(Epoch::MAX));
    assert_eq!(Epoch::new(1 << 48), None);
    assert_eq!(Epoch::MAX.next(), None);
    assert_eq!(Epoch::after(Some(Epoch::MAX), 0), None);
    assert_eq!(Epoch::after(None, 0), Some(Epoch::default()));
    assert_eq!(Epoch::after(None, 1 << 48), None);
}

#[test]
fn a_destination_accepts_its_member_or_everyone() {
    let (alice, bob) = (member("alice"), member("bob"));
    assert!(alice.destination().accepts(alice));
    assert!(!alice.destination().accepts(bob));
    assert!(Destination::UNKNOWN.accepts(bob));
}

#[test]
fn ids_are_the_beginning_of_sha_256() {
    assert_eq!(member("abc").to_string(), "ba7816bf8f01cfea");
    assert_eq!(member("abc").destination().to_string(), "ba7816bf");
    assert_eq!(ClusterId::from_name("abc").to_string(), "ba7816bf8f01cfea");
}

#[test]
fn a_name_has_1_to_255_bytes() {
    for (len, valid) in [(0, false), (1, true), (255, true), (256, false)] {
        assert_eq!(Name::new(&"x".repeat(len)).is_ok(), valid);
    }
    assert_eq!(Name::new("").unwrap_err().to_string(), "a name has 1 to 255 bytes, this one is empty");
}

#[test]
fn a_frame_takes_messages_in_order() {
    let sync = Message::Sync(Sync { fingerprint: Fingerprint::from_u64(1) });
    for mut keyring in keyrings() {
        let mut frame = sealed(&mut keyring, &[NACK, sync, NACK]);
        let read: Vec<_> = open(&mut keyring, &mut frame).messages().collect();
        assert_eq!(read, [Ok(NACK), Ok(sync), Ok(NACK)]);
    }
}

/// What a plain keyring says to a frame that was changed and then given the right checksum.
fn forged(change: impl FnOnce(&mut [u8])) -> Option<OpenError> {
    let mut frame = sealed(&mut Keyring::plain(), &[NACK]);
    change(&mut frame);
    let covered = frame.len() - 4;
    let tag = crc_32c(&frame[..covered]);
    frame[covered..].copy_from_slice(&tag);
    Keyring::plain().open(cluster(), &mut frame).err()
}

fn crc_32c(bytes: &[u8]) -> [u8; 4] {
    crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes).to_be_bytes()
}
