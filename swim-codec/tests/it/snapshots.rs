//! Snapshots: what is written is read, and nothing that was cut, changed or made up.

use crc::{CRC_32_ISCSI, Crc};
use proptest::prelude::*;
use swim_codec::{
    AddrRef, Incarnation, Malformed, Message, Origin, Record, Register, Snapshot, SnapshotError,
    SnapshotWriter,
};

use crate::samples::{Owned, any_message, claim, cluster, epoch, register};

fn origin(name: &str) -> Origin<'_> {
    let epoch = epoch(1_700_000_000_000);
    Origin { cluster: cluster(), name, epoch, incarnation: Incarnation::new(3), stamp: 9 }
}

fn snapshot(records: &[Record<'_>]) -> Vec<u8> {
    let mut buf = b"before".to_vec();
    let origin = origin("alice");
    let mut writer = SnapshotWriter::new(&origin, &mut buf).unwrap();
    for record in records {
        assert!(writer.push(record), "{record:?}");
    }
    writer.finish();
    buf.split_off(6)
}

fn sample() -> Vec<u8> {
    snapshot(&[
        Record::Seed(AddrRef::V4([192, 0, 2, 7], 7946)),
        Record::Claim(claim("alice")),
        Record::Register(register("alice", "role", Some(b"db"))),
        Record::Seed(AddrRef::UnixPath(b"/run/bob")),
    ])
}

/// The sum is made right again, as somebody would who makes a snapshot up.
fn resealed(mut bytes: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    bytes.truncate(bytes.len() - 4);
    change(&mut bytes);
    let sum = Crc::<u32>::new(&CRC_32_ISCSI).checksum(&bytes);
    bytes.extend(sum.to_be_bytes());
    bytes
}

#[track_caller]
fn refuses(bytes: &[u8], why: SnapshotError) {
    assert_eq!(Snapshot::open(bytes).err(), Some(why));
}

fn record(owned: &Owned) -> Option<Record<'_>> {
    match owned.message() {
        Message::Claim(claim) => Some(Record::Claim(claim)),
        Message::Register(register) => Some(Record::Register(register)),
        _ => None,
    }
}

proptest! {
    #[test]
    fn what_is_written_into_a_snapshot_is_read_from_it(known in prop::collection::vec(any_message(), 0..20)) {
        let records: Vec<_> = known.iter().filter_map(record).collect();
        let bytes = snapshot(&records);
        let opened = Snapshot::open(&bytes).unwrap();
        prop_assert_eq!(opened.origin, origin("alice"));
        prop_assert_eq!(opened.records().collect::<Vec<_>>(), records);
    }

    #[test]
    fn arbitrary_bytes_are_no_snapshot(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Snapshot::open(&bytes).is_err());
    }

    /// Nothing but the sum stands between these and the reader, so the reader must hold on its own.
    #[test]
    fn arbitrary_records_under_a_right_sum_are_read_or_refused(records in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = resealed(snapshot(&[]), |bytes| bytes.extend(&records));
        if let Ok(opened) = Snapshot::open(&bytes) {
            prop_assert!(opened.records().count() <= records.len());
        }
    }
}

#[test]
fn a_snapshot_cut_anywhere_is_refused() {
    let whole = sample();
    for end in 0..whole.len() {
        refuses(&whole[..end], SnapshotError::Damaged);
    }
    refuses(&[&whole[..], b"x"].concat(), SnapshotError::Damaged);
}

#[test]
fn a_snapshot_is_told_from_other_files_by_how_it_begins() {
    let whole = snapshot(&[]);
    for len in 0..whole.len() {
        assert!(Snapshot::recognise(&whole[..len]));
    }
    for other in [&b"x"[..], b"SWIMSNAQ", b"0123456789abcdef"] {
        assert!(!Snapshot::recognise(other));
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_snapshot_is_noticed() {
    let whole = sample();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = Snapshot::open(&flipped).unwrap_err();
        match bit / 8 {
            0..8 => assert_eq!(error, SnapshotError::NotASnapshot),
            8 => assert_eq!(error, SnapshotError::UnknownVersion { version: flipped[8] }),
            _ => assert_eq!(error, SnapshotError::Damaged),
        }
    }
}

#[test]
fn a_later_version_is_named() {
    let later = resealed(sample(), |bytes| bytes[8] = 2);
    refuses(&later, SnapshotError::UnknownVersion { version: 2 });
}

#[test]
fn a_snapshot_without_an_origin_is_refused() {
    let none = resealed(sample(), |bytes| bytes.truncate(9));
    refuses(&none, SnapshotError::Malformed(Malformed::Truncated));
    let another = resealed(sample(), |bytes| bytes[9] = 77);
    refuses(&another, SnapshotError::Malformed(Malformed::Meaningless));
}

#[test]
fn unknown_kinds_of_records_are_skipped() {
    let records = [Record::Claim(claim("alice"))];
    let longer = resealed(snapshot(&records), |bytes| bytes.extend([200, 2, 1, 2]));
    let opened = Snapshot::open(&longer).unwrap();
    assert_eq!(opened.records().collect::<Vec<_>>(), records);
}

#[test]
fn a_length_outside_its_limit_is_written_by_nobody_and_refused() {
    let (long, mut buf) = ("n".repeat(256), Vec::new());
    assert!(SnapshotWriter::new(&origin(&long), &mut buf).is_none());
    assert!(SnapshotWriter::new(&origin(""), &mut buf).is_none());
    let alice = origin("alice");
    let mut writer = SnapshotWriter::new(&alice, &mut buf).unwrap();
    assert!(!writer.push(&Record::Claim(claim(&long))));
    assert!(!writer.push(&Record::Seed(AddrRef::UnixPath(b""))));
    assert!(!writer.push(&Record::Register(Register { key: "", ..register("bob", "k", None) })));
    writer.finish();
    assert_eq!(buf, snapshot(&[]));
    let nul = resealed(snapshot(&[]), |bytes| bytes.extend([2, 3, 2, 1, 0]));
    refuses(&nul, SnapshotError::Malformed(Malformed::OverLimit));
}

#[test]
fn an_unfinished_snapshot_leaves_the_buffer_as_it_was() {
    let mut buf = b"before".to_vec();
    let alice = origin("alice");
    let mut writer = SnapshotWriter::new(&alice, &mut buf).unwrap();
    assert!(writer.push(&Record::Claim(claim("alice"))));
    drop(writer);
    assert_eq!(buf, b"before");
}

/// What was written once is read by every later version, or refused by its number.
#[test]
fn snapshots_of_version_1_never_change() {
    let hex: String = sample().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN);
}

const GOLDEN: &str = concat!(
    "5357494d534e415001011646b42b4229cd7a3905616c69636580d095ffbc3103",
    "09020700c00002078a3e101505616c69636500c00002078a3e80d095ffbc3103",
    "00111605616c69636580d095ffbc3104726f6c650501026462020a02082f7275",
    "6e2f626f62b059f849",
);
