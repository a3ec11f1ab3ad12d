//! Does all that can be done with keys, while an allocator looks for them in every block that is given back.
//!
//! It looks for the bytes of a key, for what HKDF makes of them, for the subkeys, and for the state of SHA-256 behind a
//! padded key, which is all that HMAC keeps of one.

mod watch;

use hkdf::Hkdf;
use sha2::Sha256;
use sha2::block_api::compress256;
use swim_codec::{Destination, Header, Sequence};
use swim_core::{
    ClusterId, Config, Epoch, Instant, Key, Keyring, Local, Machine, MemberId, Name, Node, Suite,
};
use watch::watched;

const SECRET: [u8; 32] = *b"\x93a secret that nothing else has\xd7";
const LIFE: u64 = 0x0123_4567_89ab;

fn main() {
    watch::seek(&derived(Suite::HmacSha256));
    assert_eq!(watched("a key is given back as it is", || drop(Vec::from(SECRET))), 1, "the watch sleeps");
    let mut found = 0;
    for suite in Suite::ALL {
        println!("{suite}");
        watch::seek(&derived(suite));
        found += watched("made, copied, printed and dropped", || {
            let key = key(suite);
            drop(key.clone());
            drop(format!("{key:?} {}", key.fingerprint()));
        });
        let text = format!("{suite}:{}\n", SECRET.map(|byte| format!("{byte:02x}")).concat());
        found += watched("read from text", || drop(text.parse::<Key>().expect("a key")));
        found += watched("installed, used and removed", || drop(rotated(suite)));
        found += watched("seals and opens", || exchange(suite));
        found += watched("in a node", || run(suite));
    }
    assert_eq!(found, 0, "secrets were given back as they are");
}

fn key(suite: Suite) -> Key {
    Key::new(suite, SECRET)
}

fn rotated(suite: Suite) -> Keyring {
    let mut keyring = Keyring::sealed(Key::new(suite, [1; 32]));
    let (first, watched) = (Key::new(suite, [1; 32]).id(), key(suite).id());
    for number in 2..8 {
        keyring.install(Key::new(suite, [number; 32])).expect("another key");
    }
    for _ in 0..2 {
        keyring.install(key(suite)).expect("another key");
        keyring.use_key(watched).expect("installed");
        drop(seal(&mut keyring, 1));
        drop(keyring.clone());
        keyring.use_key(first).expect("installed");
        keyring.remove(watched).expect("installed");
    }
    keyring
}

/// More senders than there is room for subkeys, and forgeries.
fn exchange(suite: Suite) {
    let (mut ours, mut theirs) = (Keyring::sealed(key(suite)), Keyring::sealed(key(suite)));
    for sender in 0..=u8::MAX {
        for life in 0..8 {
            let header = Header { sender: MemberId::from_bytes([sender; 8]), ..header(LIFE - life) };
            let mut frame = Vec::new();
            ours.frame(&header, 1_000, &mut frame).seal();
            theirs.open(cluster(), &mut frame.clone()).expect("their key");
            frame[20] ^= 1;
            theirs.open(cluster(), &mut frame).expect_err("forged");
        }
    }
}

fn seal(keyring: &mut Keyring, life: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    keyring.frame(&header(life), 1_000, &mut bytes).seal();
    bytes
}

fn run(suite: Suite) {
    let name = Name::new("alice").expect("short");
    let addr = std::net::SocketAddr::from(([127, 0, 0, 1], 7_000)).into();
    let local = Local { cluster: cluster(), name, addr, epoch: Epoch::new(LIFE).expect("below 2^48") };
    let mut node = Node::new(Config::lan(), local, Keyring::sealed(key(suite)), [1; 32], Instant::ZERO)
        .expect("a preset");
    node.handle_datagram(Instant::ZERO, &node.local().addr(), &mut seal(&mut Keyring::sealed(key(suite)), 1));
    let mut buf = Vec::new();
    while node.poll_transmit(&mut buf).is_some() {}
    drop(node.snapshot());
}

fn header(life: u64) -> Header {
    Header {
        cluster: cluster(),
        sender: MemberId::from_bytes([0; 8]),
        epoch: Epoch::new(life).expect("below 2^48"),
        sequence: Sequence::FIRST,
        destination: Destination::UNKNOWN,
    }
}

fn cluster() -> ClusterId {
    ClusterId::from_name("c")
}

/// All that must never be given back.
fn derived(suite: Suite) -> Vec<[u8; 32]> {
    let (prk, hkdf) = Hkdf::<Sha256>::extract(None, &SECRET);
    let prk = prk.into();
    let mut secrets = vec![SECRET, prk];
    for key in [SECRET, prk] {
        secrets.extend([padded(&key, 0x36), padded(&key, 0x5c)]);
        secrets.extend([behind(&key, 0x36), behind(&key, 0x5c)]);
    }
    if suite != Suite::HmacSha256 {
        let lives = (0..=u8::MAX).flat_map(|sender| (0..8).map(move |life| (sender, LIFE - life)));
        secrets.extend(lives.map(|(sender, life)| {
            let (mut subkey, cluster, epoch) = ([0; 32], cluster(), life.to_be_bytes());
            let info: [&[u8]; 5] =
                [b"swim ", suite.as_str().as_bytes(), cluster.as_bytes(), &[sender; 8], &epoch[2..]];
            hkdf.expand_multi_info(&info, &mut subkey).expect("32 bytes");
            subkey
        }));
    }
    secrets
}

fn padded(key: &[u8; 32], pad: u8) -> [u8; 32] {
    key.map(|byte| byte ^ pad)
}

/// The state of SHA-256 behind the first block of HMAC.
fn behind(key: &[u8; 32], pad: u8) -> [u8; 32] {
    const START: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    let (mut state, mut block) = (START, [pad; 64]);
    block[..32].copy_from_slice(&padded(key, pad));
    compress256(&mut state, &[block]);
    let mut bytes = [0; 32];
    bytes.chunks_exact_mut(4).zip(state).for_each(|(to, word)| to.copy_from_slice(&word.to_ne_bytes()));
    bytes
}
