//! Challenges: only who was challenged can answer, where it was challenged, and only soon.

use std::net::SocketAddr;

use proptest::prelude::*;
use swim_codec::{
    Addr, Challenge, Challenger, Cookie, Echo, Epoch, Fingerprint, Header, Message, Nonce, Ping, Sequence,
};

use crate::samples::{header, keyrings, member, sealed};

const PERIOD: u64 = 1_000;

fn challenger() -> Challenger {
    Challenger::new([3; 32])
}

fn addr(text: &str) -> Addr {
    text.parse::<SocketAddr>().unwrap().into()
}

#[test]
fn an_echo_is_right_in_the_period_of_its_challenge_and_the_next() {
    let from = addr("192.0.2.1:1");
    let cookie = challenger().cookie(PERIOD, None, &header(), &from);
    let right = [0, 1, 2, u64::MAX]
        .map(|later| challenger().is_right(cookie, PERIOD.wrapping_add(later), None, &header(), &from));
    assert_eq!(right, [true, true, false, false]);
}

#[test]
fn an_echo_of_somebody_else_or_from_elsewhere_is_wrong() {
    let addrs = [
        addr("192.0.2.1:1"),
        addr("192.0.2.2:1"),
        addr("192.0.2.1:2"),
        addr("[2001:db8::1]:1"),
        Addr::unix_path(b"alice").unwrap(),
        Addr::unix_abstract(b"alice").unwrap(),
    ];
    let headers = [
        header(),
        Header { sender: member("carol"), ..header() },
        Header { epoch: Epoch::new(header().epoch.get() + 1).unwrap(), ..header() },
    ];
    let places: Vec<_> = addrs.iter().flat_map(|addr| headers.iter().map(move |it| (addr, it))).collect();
    for (challenged, (from, header)) in places.iter().enumerate() {
        let cookie = challenger().cookie(PERIOD, None, header, from);
        for (answering, (from, header)) in places.iter().enumerate() {
            let right = challenger().is_right(cookie, PERIOD, None, header, from);
            assert_eq!(right, challenged == answering, "{from} {header:?}");
        }
    }
}

#[test]
fn an_echo_is_wrong_once_the_window_of_that_life_has_moved() {
    let (from, heard) = (addr("192.0.2.1:1"), [None, Some(Sequence::FIRST), Some(Sequence::MAX)]);
    for given in heard {
        let cookie = challenger().cookie(PERIOD, given, &header(), &from);
        for now in heard {
            assert_eq!(challenger().is_right(cookie, PERIOD, now, &header(), &from), given == now);
        }
    }
}

#[test]
fn an_address_is_the_same_however_it_is_written() {
    let cookie = challenger().cookie(PERIOD, None, &header(), &addr("192.0.2.1:1"));
    assert!(challenger().is_right(cookie, PERIOD, None, &header(), &addr("[::ffff:192.0.2.1]:1")));
}

#[test]
fn a_later_life_of_the_receiver_gives_other_challenges() {
    let from = addr("192.0.2.1:1");
    let cookie = challenger().cookie(PERIOD, None, &header(), &from);
    assert!(!Challenger::new([4; 32]).is_right(cookie, PERIOD, None, &header(), &from));
}

#[test]
fn a_challenge_fits_the_room_of_any_ping() {
    let nonce = Nonce::from_u64(1);
    let ping = Message::Ping(Ping { nonce, fingerprint: Fingerprint::from_u64(2) });
    let cookie = Cookie::from_bytes([3; 8]);
    for mut keyring in keyrings() {
        let room = sealed(&mut keyring, &[ping]).len();
        let mut buf = Vec::new();
        let mut frame = keyring.frame(&header(), room, &mut buf);
        assert!(frame.push(&Message::Challenge(Challenge { nonce, cookie })));
        assert_eq!(frame.remaining(), 0);
        frame.seal();
        // And an echo fits the room of the challenge.
        let mut echo = Vec::new();
        assert!(keyring.frame(&header(), buf.len(), &mut echo).push(&Message::Echo(Echo { cookie })));
    }
}

proptest! {
    #[test]
    fn a_guess_is_wrong(guess in any::<[u8; 8]>(), bit in 0..64usize) {
        let from = addr("192.0.2.1:1");
        let right = challenger().cookie(PERIOD, None, &header(), &from);
        let mut near = *right.as_bytes();
        near[bit / 8] ^= 1 << (bit % 8);
        for guess in [Cookie::from_bytes(guess), Cookie::from_bytes(near)] {
            prop_assert_eq!(challenger().is_right(guess, PERIOD, None, &header(), &from), guess == right);
        }
    }
}

#[test]
fn a_challenger_prints_no_secret() {
    assert_eq!(format!("{:?}", challenger()), "Challenger(..)");
}
