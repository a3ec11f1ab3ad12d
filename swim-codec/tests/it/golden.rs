//! Frames that never change. `docs/wire.md` shows them; `UPDATE=1 cargo test` writes them there.

use std::fmt::Write;
use std::{env, fs};

use swim_codec::{
    Ack, AddrRef, Bucket, Challenge, Claim, Cookie, Coordinate, Destination, Digest, Echo, Epoch,
    Fingerprint, Header, Key, Keyring, Message, Mode, Nack, Nonce, Ping, PingReq, Sequence, Status, Suite,
    Sync, Want,
};

use crate::samples::{claim, cluster, header, keyrings, keys, member, register, sealed, sealed_as};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/wire.md");
/// The sums of a digest: bucket 0 has `00010203`, bucket 1 `04050607`, and so on.
const SUMS: [u8; 512] = {
    let mut sums = [0; 512];
    let mut at = 0;
    while at < sums.len() {
        sums[at] = at.to_le_bytes()[0];
        at += 1;
    }
    sums
};
const OPENING: &str = "<!-- golden: ";

#[test]
fn the_page_about_the_wire_shows_the_frames_of_this_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let current = with_goldens(&page);
    if env::var_os("UPDATE").is_some() {
        fs::write(PAGE, current).unwrap();
    } else {
        assert_eq!(page, current, "docs/wire.md differs from the code; UPDATE=1 cargo test rewrites it");
    }
}

#[test]
fn every_golden_frame_opens_to_its_messages() {
    for (title, messages) in goldens() {
        for mut keyring in keyrings() {
            let mut frame = sealed(&mut keyring, &messages);
            let read: Result<Vec<_>, _> = keyring.open(cluster(), &mut frame).unwrap().messages().collect();
            assert_eq!(read.as_ref(), Ok(&messages), "{title}");
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_rejected() {
    for_every_frame(|keyring, frame| {
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(keyring.open(cluster(), &mut flipped).is_err(), "bit {bit}");
        }
    });
}

#[test]
fn a_frame_cut_anywhere_is_rejected() {
    for_every_frame(|keyring, frame| {
        for end in 0..frame.len() {
            assert!(keyring.open(cluster(), &mut frame[..end].to_vec()).is_err(), "after {end} bytes");
        }
    });
}

#[test]
fn a_frame_with_a_byte_more_is_rejected() {
    for_every_frame(|keyring, frame| {
        for byte in 0..=u8::MAX {
            assert!(keyring.open(cluster(), &mut [frame, &[byte]].concat()).is_err());
        }
    });
}

/// One frame of every kind of message, address and status, by the title it has on the page.
fn goldens() -> Vec<(&'static str, Vec<Message<'static>>)> {
    let (nonce, fingerprint) =
        (Nonce::from_u64(0x0102_0304_0506_0708), Fingerprint::from_u64(0xf1f2_f3f4_f5f6_f7f8));
    let bob = |addr, status| Message::Claim(Claim { addr, status, ..claim("bob") });
    let by = member("carol");
    let cookie = Cookie::from_bytes([0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8]);
    let v4 = AddrRef::V4([192, 0, 2, 7], 7946);
    let v6 = AddrRef::V6([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], 7946);
    let coordinate = Coordinate {
        vector: [0.01, -0.02, 0.03, -0.04, 0.05, -0.06, 0.07, -0.08],
        height: 0.001,
        adjustment: -0.0005,
        error: 0.25,
    };
    vec![
        ("empty", vec![]),
        ("ping", vec![Message::Ping(Ping { nonce, fingerprint })]),
        ("ping-req", vec![Message::PingReq(PingReq { nonce, target: by })]),
        ("ack", vec![Message::Ack(Ack { nonce, fingerprint })]),
        ("nack", vec![Message::Nack(Nack { nonce })]),
        ("claim, IPv4, alive", vec![bob(v4, Status::Alive)]),
        ("claim, IPv6, suspect", vec![bob(v6, Status::Suspect { by })]),
        ("claim, Unix path, dead", vec![bob(AddrRef::UnixPath(b"/run/bob"), Status::Dead { by })]),
        ("claim, Unix abstract, left", vec![bob(AddrRef::UnixAbstract(b"bob"), Status::Left)]),
        ("register", vec![Message::Register(register("bob", "role", Some(b"db")))]),
        ("register, tombstone", vec![Message::Register(register("bob", "role", None))]),
        ("sync", vec![Message::Sync(Sync { fingerprint })]),
        ("digest", vec![Message::Digest(Digest { sums: &SUMS })]),
        ("want", vec![Message::Want(Want { buckets: Bucket::all().take(2).collect(), sums: &SUMS[..8] })]),
        ("coordinate", vec![Message::Ack(Ack { nonce, fingerprint }), Message::Coordinate(coordinate)]),
        ("challenge", vec![Message::Challenge(Challenge { nonce, cookie })]),
        ("echo", vec![Message::Echo(Echo { cookie })]),
        ("two messages", vec![Message::Ping(Ping { nonce, fingerprint }), bob(v4, Status::Alive)]),
    ]
}

/// With the header of the page and with one whose numbers are the largest there are, under every seal, against a
/// receiver that has keys of all suites and accepts plain frames.
fn for_every_frame(check: impl Fn(&mut Keyring, &[u8])) {
    let last =
        Header { epoch: Epoch::MAX, sequence: Sequence::MAX, destination: Destination::UNKNOWN, ..header() };
    let mut frames = 0;
    let goldens = goldens();
    for (messages, header) in goldens.iter().flat_map(|(_, it)| [(it, header()), (it, last)]) {
        for mut keyring in keyrings() {
            let frame = sealed_as(&mut keyring, &header, messages);
            check(&mut keyring, &frame);
            frames += 1;
        }
        for key in keys() {
            let mut receiver = Keyring::with_mode(key, Mode::AcceptPlain { until: 1 });
            for suite in Suite::ALL {
                receiver.install(Key::new(suite, [suite as u8; 32])).unwrap();
            }
            let frame = sealed_as(&mut receiver, &header, messages);
            check(&mut receiver, &frame);
            frames += 1;
        }
    }
    assert!(frames >= 100, "{frames}");
}

/// The page with the block behind every mark replaced by what the code gives now.
fn with_goldens(page: &str) -> String {
    let goldens = goldens();
    let mut parts = page.split(OPENING);
    let mut current = parts.next().unwrap().to_owned();
    let mut shown = Vec::new();
    for part in parts {
        let (title, rest) = part.split_once(" -->\n").expect("a mark ends its line");
        let (_, rest) = rest.split_once("```text\n").expect("a block follows a mark");
        let (_, rest) = rest.split_once("```\n").expect("a block ends");
        let (_, messages) = goldens.iter().find(|golden| golden.0 == title).expect(title);
        write!(current, "{OPENING}{title} -->\n```text\n{}```\n{rest}", drawn(messages)).unwrap();
        shown.push(title);
    }
    assert_eq!(shown, goldens.iter().map(|golden| golden.0).collect::<Vec<_>>(), "every frame, in order");
    current
}

fn drawn(messages: &[Message<'_>]) -> String {
    let seals = ["plain", "hmac", "chacha", "aes"].into_iter().zip(keyrings());
    seals
        .map(|(seal, mut keyring)| draw(seal, &sealed(&mut keyring, messages), keyring.overhead() - 36))
        .collect()
}

fn draw(seal: &str, frame: &[u8], tag_len: usize) -> String {
    let (header, rest) = frame.split_at(36);
    let (body, tag) = rest.split_at(rest.len() - tag_len);
    let fields = [0..2, 2..3, 3..4, 4..12, 12..20, 20..26, 26..32, 32..36].map(|at| hex(&header[at]));
    let mut text = format!("{seal:<6} header  {}\n", fields.join(" "));
    for line in body.chunks(32) {
        writeln!(text, "       body    {}", hex(line)).unwrap();
    }
    writeln!(text, "       tag     {}", hex(tag)).unwrap();
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_key_of_the_page_has_the_id_and_fingerprints_that_the_page_says() {
    let page = fs::read_to_string(PAGE).unwrap();
    for key in keys() {
        assert!(page.contains(&format!("its id is `{}`", key.id())));
        assert!(page.contains(&format!("| {} | `{}` |", key.suite(), key.fingerprint())));
    }
}
