//! What sealing and opening a frame costs, beside the bare algorithm over the same bytes.
//!
//! `cargo run --release -p swim-codec --example seal_cost` prints medians of five, in nanoseconds.
//!
//! `… seal_cost plain|hmac|chacha|aes BYTES OPERATION ROUNDS` does one thing many times, for a tool that counts
//! instructions. The operations are `write` (a frame that is not sealed), `seal` (and
//! write), `open`, `bare`, `wrong-first` and `wrong-last`: the last
//! two open a frame of which the first or the last byte of the tag is wrong, and must cost the same.

use std::hint::black_box;
use std::time::Instant;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{AesGcm, aead::consts::U12, aes::Aes256Enc};
use chacha20poly1305::ChaCha20Poly1305;
use crc::{CRC_32_ISCSI, Crc, Table};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use swim_codec::{
    ClusterId, Epoch, FrameWriter, HEADER_LEN, Header, Key, Keyring, Message, Name, Register, Sequence, Suite,
};

static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

const SEALS: [&str; 4] = ["plain", "hmac", "chacha", "aes"];
const KEY: [u8; 32] = [7; 32];

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print_times(),
        [seal, bytes, operation, rounds] => {
            let (bytes, rounds) = (bytes.parse().expect("bytes"), rounds.parse().expect("rounds"));
            let mut bench = Bench::new(seal, bytes);
            (0..rounds).for_each(|_| bench.run(operation));
        }
        _ => panic!("no arguments, or four"),
    }
}

fn print_times() {
    println!(
        "{:<8}{:>6}{:>8}{:>8}{:>8}{:>22}",
        "seal", "bytes", "seal", "open", "bare", "(seal + open) / 2 bare"
    );
    for seal in SEALS {
        for bytes in [64, 256, 1_400] {
            let mut bench = Bench::new(seal, bytes);
            let [writing, sealing, opening, bare] =
                ["write", "seal", "open", "bare"].map(|operation| median_ns(|| bench.run(operation)));
            let ratio = (sealing - writing + opening) / (2.0 * bare);
            println!(
                "{seal:<8}{bytes:>6}{writing:>8.0}{:>8.0}{opening:>8.0}{bare:>8.0}{ratio:>22.2}",
                sealing - writing
            );
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a tool that measures")]
fn median_ns(mut run: impl FnMut()) -> f64 {
    const ROUNDS: u32 = 20_000;
    let mut times = [0.0; 5].map(|_: f64| {
        let begun = Instant::now();
        (0..ROUNDS).for_each(|_| run());
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
    });
    times.sort_by(f64::total_cmp);
    times[2]
}

/// The algorithm of a seal by itself, set up.
enum Bare {
    Crc,
    Hmac(Hmac<Sha256>),
    ChaCha(ChaCha20Poly1305),
    Aes(Box<AesGcm<Aes256Enc, U12>>),
}

struct Bench {
    keyring: Keyring,
    bare: Bare,
    header: Header,
    /// The values of the registers that fill the body.
    values: Vec<Vec<u8>>,
    frame: Vec<u8>,
    buf: Vec<u8>,
}

impl Bench {
    fn new(seal: &str, bytes: usize) -> Self {
        let key = |suite| Keyring::sealed(Key::new(suite, KEY));
        let (keyring, bare) = match seal {
            "plain" => (Keyring::plain(), Bare::Crc),
            "hmac" => (key(Suite::HmacSha256), Bare::Hmac(Hmac::new(&[7; 64].into()))),
            "chacha" => (key(Suite::ChaCha20Poly1305), Bare::ChaCha(KeyInit::new(&KEY.into()))),
            "aes" => (key(Suite::Aes256Gcm), Bare::Aes(Box::new(KeyInit::new(&KEY.into())))),
            _ => panic!("one of {SEALS:?}"),
        };
        let name = |name| Name::new(name).expect("a name").id();
        let header = Header {
            cluster: ClusterId::from_name("cost"),
            sender: name("alice"),
            epoch: Epoch::new(1_700_000_000_000).expect("an epoch"),
            sequence: Sequence::FIRST,
            destination: name("bob").destination(),
        };
        let mut bench = Self { keyring, bare, header, values: vec![], frame: vec![], buf: vec![] };
        bench.fill(bytes);
        bench.seal();
        bench.frame = bench.buf.clone();
        assert_eq!(bench.frame.len(), bench.keyring.overhead() + bytes, "{bytes} bytes cannot be filled");
        bench
    }

    /// Finds registers that take exactly this many bytes.
    fn fill(&mut self, bytes: usize) {
        let budget = self.keyring.overhead() + bytes;
        let mut buf = vec![];
        let mut frame = self.keyring.frame(&self.header, budget, &mut buf);
        while frame.remaining() > 0 {
            let fits = (0..=512).rev().find(|&len| frame.push(&register(&vec![1; len])));
            self.values.push(vec![1; fits.expect("a length that fits")]);
        }
    }

    fn run(&mut self, operation: &str) {
        match operation {
            "write" => drop(black_box(self.write())),
            "seal" => self.seal(),
            "open" => assert!(self.open(None)),
            "wrong-first" => assert!(!self.open(Some(self.frame.len() - 16))),
            "wrong-last" => assert!(!self.open(Some(self.frame.len() - 1))),
            "bare" => self.bare(),
            _ => panic!("no such operation"),
        }
    }

    fn seal(&mut self) {
        self.write().seal();
        black_box(&self.buf);
    }

    /// Everything but the seal.
    fn write(&mut self) -> FrameWriter<'_> {
        self.buf.clear();
        let mut frame = self.keyring.frame(&self.header, usize::MAX, &mut self.buf);
        assert!(self.values.iter().all(|value| frame.push(&register(value))));
        frame
    }

    fn open(&mut self, wrong: Option<usize>) -> bool {
        self.buf.clear();
        self.buf.extend_from_slice(&self.frame);
        if let Some(at) = wrong {
            self.buf[at] ^= 1;
        }
        black_box(self.keyring.open(self.header.cluster, &mut self.buf)).is_ok()
    }

    /// Computing a tag, and encrypting; checking a tag, and decrypting, takes the same.
    fn bare(&mut self) {
        self.buf.clear();
        self.buf.extend_from_slice(&self.frame);
        let covered = self.buf.len() + HEADER_LEN - self.keyring.overhead();
        let (header, body) = self.buf[..covered].split_at_mut(HEADER_LEN);
        let nonce = header[20..32].try_into().expect("12 bytes");
        match &self.bare {
            Bare::Crc => {
                black_box(CRC_32C.checksum(&self.buf[..covered]));
            }
            Bare::Hmac(mac) => {
                black_box(mac.clone().chain_update(&self.buf[..covered]).finalize());
            }
            Bare::ChaCha(cipher) => {
                black_box(cipher.encrypt_inout_detached(nonce, header, body.into())).expect("short");
            }
            Bare::Aes(cipher) => {
                black_box(cipher.encrypt_inout_detached(nonce, header, body.into())).expect("short");
            }
        }
    }
}

fn register(value: &[u8]) -> Message<'_> {
    let epoch = Epoch::new(1_700_000_000_000).expect("an epoch");
    Message::Register(Register { owner: "bob", epoch, key: "role", stamp: 5, value: Some(value) })
}
