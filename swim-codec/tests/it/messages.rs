//! Bodies: what is written is read, and nothing else is.

use proptest::prelude::*;
use swim_codec::limits::MESSAGE_MAX;
use swim_codec::{
    AddrRef, Bucket, Buckets, Claim, Coordinate, Digest, Epoch, Fingerprint, Incarnation, Keyring, Malformed,
    MemberId, Message, Messages, Nack, Nonce, Register, State, Status, Sync, Want,
};

use crate::samples::{any_message, body, claim, header, keyrings, register, sealed};
use crate::spelling::{raw, spelled};

const CLAIM: u8 = 16;
const REGISTER: u8 = 17;
const DIGEST: u8 = 33;
const WANT: u8 = 34;
const UNKNOWN: u8 = 200;

proptest! {
    #[test]
    fn what_is_written_is_read(messages in prop::collection::vec(any_message(), 0..8)) {
        let messages: Vec<_> = messages.iter().map(|owned| owned.message()).collect();
        let read: Result<Vec<_>, _> = Messages::new(&body(&messages)).map(|read| read.map(same)).collect();
        prop_assert_eq!(read.unwrap(), messages.into_iter().map(same).collect::<Vec<_>>());
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Messages::new(&bytes).count() <= bytes.len());
    }

    #[test]
    fn what_is_accepted_has_one_spelling(
        message in any_message(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 0..3),
    ) {
        let mut payload = payload_of(&message.message());
        for (at, byte, edit) in edits {
            let at = at.index(payload.len());
            match edit {
                0 => payload[at] = byte,
                1 => payload[at] ^= 1 << (byte % 8),
                2 => payload.insert(at, byte),
                _ => { payload.remove(at); }
            }
            if payload.is_empty() {
                return Ok(());
            }
        }
        let edited = framed(body(&[message.message()])[0], &payload);
        if let Some(Ok(accepted)) = Messages::new(&edited).next() {
            prop_assert_eq!(body(&[accepted]), edited);
        }
    }

    #[test]
    fn a_cut_body_gives_a_prefix_of_its_messages(messages in prop::collection::vec(any_message(), 1..4)) {
        let messages: Vec<_> = messages.iter().map(|owned| owned.message()).collect();
        let whole = body(&messages);
        for end in 0..whole.len() {
            let read: Vec<_> = Messages::new(&whole[..end]).collect();
            let good = read.iter().take_while(|message| message.is_ok()).count();
            prop_assert!(good < messages.len());
            prop_assert!(read[good..].iter().all(|bad| *bad == Err(Malformed::Truncated)));
            prop_assert!(read.len() - good <= 1);
        }
    }
}

#[test]
fn unknown_kinds_are_skipped() {
    let nack = body(&[NACK]);
    let unknown = framed(UNKNOWN, b"from the future");
    let mixed = [&unknown[..], &nack, &unknown, &nack, &framed(0, b"")].concat();
    assert_eq!(Messages::new(&mixed).collect::<Vec<_>>(), [Ok(NACK), Ok(NACK)]);
}

#[test]
fn nothing_is_read_after_the_first_malformed_message() {
    let mixed = [framed(CLAIM, b"nonsense"), body(&[NACK])].concat();
    let mut messages = Messages::new(&mixed);
    assert!(matches!(messages.next(), Some(Err(_))));
    assert_eq!(messages.next(), None);
    assert_eq!(messages.next(), None);
}

#[test]
fn an_empty_body_has_no_messages() {
    assert_eq!(Messages::new(&[]).next(), None);
}

#[test]
fn trailing_bytes_in_a_message_are_refused() {
    for message in [NACK, Message::Claim(claim("alice")), Message::Register(register("a", "k", Some(b"v")))] {
        let mut payload = payload_of(&message);
        payload.push(0);
        refuses(&framed(body(&[message])[0], &payload), Malformed::TrailingBytes);
    }
}

#[test]
fn an_over_long_length_is_refused() {
    let mut bytes = body(&[NACK]);
    bytes.splice(1..2, [0x88, 0x00]);
    refuses(&bytes, Malformed::Overlong);
}

#[test]
fn a_length_beyond_32_bits_is_refused() {
    refuses(&[UNKNOWN, 0xff, 0xff, 0xff, 0xff, 0x7f], Malformed::Meaningless);
}

#[test]
fn a_length_beyond_the_body_is_refused() {
    refuses(&[UNKNOWN, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3], Malformed::Truncated);
}

#[test]
fn an_over_long_number_in_a_claim_is_refused() {
    let fields: [&[u8]; 9] = [&[1], b"a", &[0], &[127, 0, 0, 1], &[80], &[7], &[3], &[1], b"8 bytes."];
    over_long_are_refused(CLAIM, &fields, &[0, 2, 4, 5, 6, 7]);
}

#[test]
fn an_over_long_number_in_a_register_is_refused() {
    let fields: [&[u8]; 9] = [&[1], b"a", &[7], &[1], b"k", &[9], &[1], &[2], b"vv"];
    over_long_are_refused(REGISTER, &fields, &[0, 2, 3, 5, 7]);
}

#[test]
fn an_option_is_there_or_not() {
    let tombstone = payload_of(&Message::Register(register("a", "k", None)));
    let mut neither = tombstone.clone();
    *neither.last_mut().unwrap() = 2;
    refuses(&framed(REGISTER, &neither), Malformed::Meaningless);
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut payload = payload_of(&Message::Claim(claim("alice")));
    payload[1] = 0xff;
    refuses(&framed(CLAIM, &payload), Malformed::Meaningless);
}

#[test]
fn an_unknown_status_is_refused() {
    let mut payload = payload_of(&Message::Claim(claim("alice")));
    *payload.last_mut().unwrap() = 4;
    refuses(&framed(CLAIM, &payload), Malformed::Meaningless);
}

#[test]
fn names_have_1_to_255_bytes() {
    check_lengths(255, |name| Message::Claim(claim(name)), Some(0));
    check_lengths(255, |owner| Message::Register(register(owner, "k", None)), Some(0));
}

#[test]
fn keys_have_1_to_64_bytes() {
    check_lengths(64, |key| Message::Register(register("alice", key, None)), Some(0));
}

#[test]
fn values_have_up_to_512_bytes() {
    check_lengths(512, |value| Message::Register(register("alice", "k", Some(value.as_bytes()))), None);
}

#[test]
fn unix_addresses_have_1_to_107_bytes() {
    check_lengths(107, |path| claim_at(AddrRef::UnixPath(path.as_bytes())), Some(0));
    check_lengths(107, |name| claim_at(AddrRef::UnixAbstract(name.as_bytes())), Some(0));
}

#[test]
fn only_abstract_unix_addresses_hold_a_nul() {
    check(&claim_at(AddrRef::UnixPath(b"/run\0")), false);
    check(&claim_at(AddrRef::UnixAbstract(b"run\0")), true);
    check(&claim_at(AddrRef::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7], 7946)), false);
    check(&claim_at(AddrRef::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 192, 0, 2, 7], 7946)), true);
}

#[test]
fn epochs_have_48_bits() {
    check(&Message::Claim(Claim { epoch: Epoch::MAX, ..claim("alice") }), true);
    let last = framed(REGISTER, &raw(&("a", (1u64 << 48) - 1, "k", 1u64, None::<&[u8]>)));
    let beyond = framed(REGISTER, &raw(&("a", 1u64 << 48, "k", 1u64, None::<&[u8]>)));
    assert!(matches!(Messages::new(&last).next(), Some(Ok(Message::Register(_)))));
    refuses(&beyond, Malformed::Meaningless);
}

#[test]
fn incarnations_and_stamps_have_64_bits() {
    check(&Message::Claim(Claim { incarnation: Incarnation::new(u64::MAX), ..claim("alice") }), true);
    check(&Message::Register(Register { stamp: u64::MAX, ..register("alice", "k", None) }), true);
}

#[test]
fn the_largest_message_has_as_many_bytes_as_documented() {
    let (name, key, value) = ("n".repeat(255), "k".repeat(64), [0; 512]);
    let register = Register { epoch: Epoch::MAX, stamp: u64::MAX, ..register(&name, &key, Some(&value)) };
    let claim = Claim {
        addr: AddrRef::UnixPath(&[b'p'; 107]),
        epoch: Epoch::MAX,
        incarnation: Incarnation::new(u64::MAX),
        status: Status::Dead { by: MemberId::from_bytes([0; 8]) },
        ..claim(&name)
    };
    assert_eq!(body(&[Message::Register(register)]).len(), MESSAGE_MAX);
    assert_eq!(payload_of(&Message::Register(register)).len(), 854);
    assert_eq!(payload_of(&Message::Claim(claim)).len(), 392);
}

#[test]
fn an_empty_value_is_not_a_tombstone() {
    let empty = Message::Register(register("alice", "k", Some(b"")));
    let tombstone = Message::Register(register("alice", "k", None));
    assert_ne!(body(&[empty]), body(&[tombstone]));
    check(&empty, true);
    check(&tombstone, true);
}

#[test]
fn worse_news_is_larger() {
    let by = MemberId::from_bytes([0; 8]);
    let statuses = [Status::Alive, Status::Suspect { by }, Status::Dead { by }, Status::Left];
    let states = statuses.map(|status| status.state());
    assert_eq!(states, [State::Alive, State::Suspect, State::Dead, State::Left]);
    assert!(states.is_sorted_by(|a, b| a < b));
}

#[test]
fn a_coordinate_is_eleven_floats_of_four_bytes() {
    let mut bits = [0; 11];
    bits[0] = 1.5f32.to_bits();
    bits[10] = f32::NAN.to_bits();
    let coordinate = Message::Coordinate(Coordinate::from_bits(bits));
    let written = body(&[coordinate]);
    assert_eq!(written.len(), 46);
    assert_eq!(written[..6], [48, 44, 0, 0, 0xc0, 0x3f]);
    assert_eq!(Messages::new(&written).next(), Some(Ok(coordinate)));
}

#[test]
fn numbers_of_fixed_size_come_back() {
    for value in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
        assert_eq!(Nonce::from_u64(value).get(), value);
        assert_eq!(Fingerprint::from_u64(value).get(), value);
    }
    let sync = body(&[Message::Sync(Sync { fingerprint: Fingerprint::from_u64(1) })]);
    assert_eq!(sync, [32, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
}

const NACK: Message<'static> = Message::Nack(Nack { nonce: Nonce::from_u64(7) });

fn claim_at(addr: AddrRef<'_>) -> Message<'_> {
    Message::Claim(Claim { addr, ..claim("alice") })
}

/// Tries 0, 1, `max` and `max + 1` bytes; `refused` names a shorter length that is too short.
fn check_lengths(max: usize, message: impl for<'a> Fn(&'a str) -> Message<'a>, refused: Option<usize>) {
    for len in [0, 1, max, max + 1] {
        let text = "x".repeat(len);
        check(&message(&text), len <= max && Some(len) != refused);
    }
}

/// Writer and reader agree on whether `message` is within the limits.
fn check(message: &Message<'_>, within: bool) {
    let mut keyring = Keyring::plain();
    let mut buf = Vec::new();
    let mut writer = keyring.frame(&header(), usize::MAX, &mut buf);
    assert_eq!(writer.push(message), within, "{message:?}");
    assert_eq!(writer.is_empty(), !within);

    let (kind, payload) = spelled(message);
    let expected = if within { Ok(*message) } else { Err(Malformed::OverLimit) };
    assert_eq!(Messages::new(&framed(kind, &payload)).next(), Some(expected));
}

fn over_long_are_refused(kind: u8, fields: &[&[u8]], numbers: &[usize]) {
    assert!(matches!(Messages::new(&framed(kind, &fields.concat())).next(), Some(Ok(_))));
    for &number in numbers {
        let over_long = [fields[number][0] | 0x80, 0];
        let mut fields = fields.to_vec();
        fields[number] = &over_long;
        refuses(&framed(kind, &fields.concat()), Malformed::Overlong);
    }
}

#[track_caller]
fn refuses(body: &[u8], why: Malformed) {
    assert_eq!(Messages::new(body).collect::<Vec<_>>(), [Err(why)]);
}

fn framed(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&[kind], &raw(&payload.len())[..], payload].concat()
}

fn payload_of(message: &Message<'_>) -> Vec<u8> {
    let body = body(&[*message]);
    let (_length, payload) = postcard::take_from_bytes::<u32>(&body[1..]).unwrap();
    payload.to_vec()
}

/// A copy that compares by its bytes, whatever it borrowed from.
fn same(message: Message<'_>) -> Vec<u8> {
    body(&[message])
}

#[test]
fn a_digest_has_a_sum_for_every_bucket() {
    for len in [0, 511, 513] {
        let sums = vec![1; len];
        assert_eq!(body(&[]), written(&Message::Digest(Digest { sums: &sums })));
        let mut payload = u16::try_from(len).unwrap().to_be_bytes().to_vec();
        payload = if len < 128 {
            vec![payload[1]]
        } else {
            vec![payload[1] | 0x80, 2 * payload[0] + (payload[1] >> 7)]
        };
        payload.extend(&sums);
        refuses(&framed(DIGEST, &payload), Malformed::OverLimit);
    }
    let sums: Vec<u8> = (0..512u32).map(|at| (at / 4).to_be_bytes()[(at % 4) as usize]).collect();
    let read: Vec<_> = Digest { sums: &sums }.sums().map(|(bucket, sum)| (bucket.number(), sum)).collect();
    assert_eq!(read, (0..128).map(|at| (at, u32::try_from(at).unwrap())).collect::<Vec<_>>());
}

#[test]
fn a_want_has_a_sum_for_every_bucket_it_names() {
    let buckets: Buckets = Bucket::all().filter(|bucket| bucket.number() % 127 == 0).collect();
    let sums = [0, 0, 0, 7, 1, 0, 0, 0];
    let want = Want { buckets, sums: &sums };
    let read: Vec<_> = want.sums().map(|(bucket, sum)| (bucket.number(), sum)).collect();
    assert_eq!(read, [(0, 7), (127, 1 << 24)]);
    for len in [0, 4, 7] {
        let short = Want { buckets, sums: &sums[..len] };
        assert_eq!(body(&[]), written(&Message::Want(short)));
    }
    let mut payload = payload_of(&Message::Want(want));
    payload[0] = 0;
    refuses(&framed(WANT, &payload), Malformed::OverLimit);
}

#[test]
fn a_digest_fits_the_smallest_datagram() {
    let message = Message::Digest(Digest { sums: &[0; 512] });
    assert!(sealed(&mut keyrings()[1], &[message]).len() <= 1_024);
}

/// A body with this message if it can be written, else an empty one.
fn written(message: &Message<'_>) -> Vec<u8> {
    let mut keyring = Keyring::plain();
    let mut buf = vec![];
    let mut frame = keyring.frame(&header(), 10_000, &mut buf);
    let _written = frame.push(message);
    frame.seal();
    keyring.open(crate::samples::cluster(), &mut buf).unwrap().body.to_vec()
}
