//! Mismatches of keys: someone hears of members that cannot be understood.

use swim_codec::{ClusterId, KeyMismatch, KeyMismatches, Keyring, MemberId, Mode};

use crate::samples::{cluster, keyrings, keys, member, sealed};

/// What a receiver has to report of a frame that it refuses.
fn mismatch(sender: &mut Keyring, receiver: &mut Keyring) -> Option<KeyMismatch> {
    let mut frame = sealed(sender, &[]);
    let error = receiver.open(cluster(), &mut frame).unwrap_err();
    KeyMismatch::of(error, &frame)
}

#[test]
fn a_frame_that_no_key_opens_is_reported_with_its_key_and_sender() {
    let [mut plain, mut hmac, mut chacha, _] = keyrings();
    let [key, ..] = keys();
    let sender = member("alice");
    let keyed = Some(KeyMismatch { sender, key: Some(key.id()) });
    assert_eq!(mismatch(&mut chacha, &mut hmac), keyed);
    assert_eq!(mismatch(&mut hmac, &mut plain), keyed);
    assert_eq!(mismatch(&mut plain, &mut hmac), Some(KeyMismatch { sender, key: None }));
}

#[test]
fn a_damaged_frame_or_one_of_another_cluster_is_no_mismatch_of_keys() {
    let [_, mut hmac, ..] = keyrings();
    let mut frame = sealed(&mut hmac, &[]);
    let other = ClusterId::from_name("other");
    let error = hmac.open(other, &mut frame).unwrap_err();
    assert_eq!(KeyMismatch::of(error, &frame), None);
    frame[30] ^= 1;
    let error = hmac.open(cluster(), &mut frame).unwrap_err();
    assert_eq!(KeyMismatch::of(error, &frame), None);
}

#[test]
fn a_cluster_that_got_its_key_late_is_reported_by_those_who_are_strict() {
    let [key, ..] = keys();
    let mut laggard = Keyring::with_mode(key.clone(), Mode::SendPlain { until: 9 });
    let mut strict = Keyring::sealed(key);
    assert_eq!(mismatch(&mut laggard, &mut strict).map(|it| it.key), Some(None));
}

#[test]
fn a_sender_is_news_once_within_any_period_and_few_are() {
    let of = |sender: u8| KeyMismatch { sender: MemberId::from_bytes([sender; 8]), key: None };
    for first in [0, 59, 500] {
        let mut mismatches = KeyMismatches::default();
        assert!(mismatches.is_news(first, 60, of(0)));
        let last = first + 59;
        let news = (0..=u8::MAX).filter(|&sender| mismatches.is_news(last, 60, of(sender))).count();
        assert_eq!(news + 1, KeyMismatches::PER_PERIOD);
        assert!(!mismatches.is_news(last, 60, of(0)));
        assert!(mismatches.is_news(first + 60, 60, of(0)));
    }
}
