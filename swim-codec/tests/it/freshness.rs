//! Freshness: no frame counts twice, and strangers first show that they speak now.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use swim_codec::{Freshness, Header, MemberId, Sequence, Windows};

use crate::samples::{epoch, header};

fn frame(sender: u8, life: u64, sequence: u64) -> Header {
    let sender = MemberId::from_bytes([sender; 8]);
    Header { sender, epoch: epoch(life), sequence: Sequence::new(sequence).unwrap(), ..header() }
}

#[test]
fn a_frame_counts_once() {
    let mut windows = Windows::new(4);
    assert_eq!(windows.admit(&frame(1, 1, 1)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 1, 2)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 1, 2)), Freshness::Replayed);
    assert_eq!(windows.admit(&frame(1, 1, 2)), Freshness::Replayed);
}

#[test]
fn frames_may_overtake_each_other_by_a_window() {
    let mut windows = Windows::new(4);
    assert_eq!(windows.admit(&frame(1, 1, 1)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 1, 2_000)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 1, 977)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 1, 976)), Freshness::TooOld);
}

#[test]
fn what_was_sent_before_the_admission_is_not_fresh() {
    let mut windows = Windows::new(4);
    assert_eq!(windows.admit(&frame(1, 1, 5_000)), Freshness::Fresh);
    assert!((4_000..=5_000).all(|at| windows.judge(&frame(1, 1, at)) != Freshness::Fresh));
    assert!((5_001..6_000).all(|at| windows.judge(&frame(1, 1, at)) == Freshness::Fresh));
}

#[test]
fn judging_a_stranger_remembers_nothing() {
    let mut windows = Windows::new(4);
    for sender in 0..100 {
        assert_eq!(windows.judge(&frame(sender, 1, 1)), Freshness::Stranger);
    }
    assert!(windows.is_empty());
}

#[test]
fn a_later_life_is_a_stranger_and_once_admitted_ends_the_earlier_one() {
    let mut windows = Windows::new(4);
    windows.admit(&frame(1, 5, 100));
    assert_eq!(windows.judge(&frame(1, 6, 1)), Freshness::Stranger);
    assert_eq!(windows.judge(&frame(1, 5, 101)), Freshness::Fresh);
    assert_eq!(windows.admit(&frame(1, 6, 1)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 5, 102)), Freshness::EarlierLife);
    assert_eq!(windows.admit(&frame(1, 5, 103)), Freshness::EarlierLife);
    assert_eq!(windows.judge(&frame(1, 6, 2)), Freshness::Fresh);
    assert_eq!(windows.len(), 1);
}

#[test]
fn a_life_that_is_returned_to_is_heard_again_and_what_it_or_the_later_one_said_before_is_not() {
    let mut windows = Windows::new(4);
    windows.admit(&frame(1, 5, 100));
    windows.admit(&frame(1, 6, 900));
    assert_eq!(windows.highest(frame(1, 5, 1).sender), Sequence::new(900));
    windows.return_to(&frame(1, 5, 103));
    assert_eq!(windows.highest(frame(1, 5, 1).sender), Sequence::new(103));
    assert_eq!(windows.judge(&frame(1, 5, 102)), Freshness::Replayed);
    assert_eq!(windows.judge(&frame(1, 5, 104)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 6, 900)), Freshness::Stranger);
    assert_eq!(windows.len(), 1);
}

#[test]
fn who_was_not_heard_for_long_is_forgotten_first() {
    let mut windows = Windows::new(4);
    (0..4).for_each(|sender| assert_eq!(windows.admit(&frame(sender, 1, 1)), Freshness::Fresh));
    // The newcomer takes the first place that the hand comes by again: everybody was just heard.
    assert_eq!(windows.admit(&frame(4, 1, 1)), Freshness::Fresh);
    for sender in [1, 3, 4] {
        assert_eq!(windows.judge(&frame(sender, 1, 2)), Freshness::Fresh);
    }
    assert_eq!(windows.admit(&frame(5, 1, 1)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(2, 1, 2)), Freshness::Stranger);
    for sender in [1, 3, 4, 5] {
        assert_eq!(windows.judge(&frame(sender, 1, 3)), Freshness::Fresh);
    }
    assert_eq!(windows.len(), 4);
}

#[test]
fn there_is_room_for_one_at_least() {
    let mut windows = Windows::new(0);
    assert_eq!(windows.admit(&frame(1, 1, 1)), Freshness::Fresh);
    assert_eq!(windows.judge(&frame(1, 1, 1)), Freshness::Replayed);
    assert_eq!(windows.admit(&frame(2, 1, 1)), Freshness::Fresh);
    assert_eq!(windows.len(), 1);
}

proptest! {
    /// However frames are lost, doubled and shuffled, and whoever is forgotten: what counted was sent, counted
    /// once since its sender was admitted, and belongs to the latest life.
    #[test]
    fn nothing_counts_twice_between_two_admissions(
        capacity in 1..6usize,
        steps in prop::collection::vec((any::<bool>(), 0..8u8, 0..3u64, 1..3_000u64), 0..300),
    ) {
        let mut windows = Windows::new(capacity);
        let mut lives: BTreeMap<u8, (u64, BTreeSet<u64>)> = BTreeMap::new();
        for (admit, sender, life, sequence) in steps {
            let header = frame(sender, life, sequence);
            let before = windows.judge(&header);
            let fresh = before == Freshness::Fresh
                || admit && before == Freshness::Stranger && windows.admit(&header) == Freshness::Fresh;
            prop_assert!(windows.len() <= capacity);
            if before == Freshness::Stranger && fresh {
                lives.insert(sender, (life, BTreeSet::from([sequence])));
            } else if fresh {
                let (known, seen) = lives.get_mut(&sender).unwrap();
                prop_assert_eq!(*known, life);
                prop_assert!(seen.insert(sequence));
            }
            if fresh {
                prop_assert_eq!(windows.judge(&header), Freshness::Replayed);
            }
        }
    }
}
