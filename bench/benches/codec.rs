//! Sealing and opening a frame, by suite and size: `cargo bench -p bench --bench codec`.

use std::fmt;

use divan::Bencher;
use divan::counter::BytesCount;
use swim_codec::{ClusterId, Epoch, Headers, Key, Keyring, Message, Name, Register, Sequence, Suite};

fn main() {
    divan::main();
}

/// How a frame is protected, and how many bytes it has.
#[derive(Clone, Copy)]
struct Case {
    suite: Option<Suite>,
    bytes: usize,
}

/// Bytes of a frame: the smallest, one with some news, a full datagram.
const SIZES: [usize; 3] = [64, 256, 1_400];
/// Of one register, in bytes.
const VALUE: usize = 400;

fn cases() -> impl Iterator<Item = Case> {
    let suites = [None].into_iter().chain(Suite::ALL.map(Some));
    suites.flat_map(|suite| SIZES.map(|bytes| Case { suite, bytes }))
}

#[divan::bench(args = cases())]
fn seal(bencher: Bencher<'_, '_>, case: Case) {
    let (mut keyring, mut headers, value) = (case.keyring(), headers(), vec![7; case.value()]);
    let mut buf = Vec::with_capacity(2_048);
    bencher.counter(BytesCount::new(case.bytes)).bench_local(|| {
        buf.clear();
        write(&mut keyring, &mut headers, &value, &mut buf);
        assert_eq!(buf.len(), case.bytes);
    });
}

#[divan::bench(args = cases())]
fn open(bencher: Bencher<'_, '_>, case: Case) {
    let (mut keyring, mut headers, value) = (case.keyring(), headers(), vec![7; case.value()]);
    let mut sealed = vec![];
    write(&mut keyring, &mut headers, &value, &mut sealed);
    // A seal that encrypts decrypts in place, so each time needs a copy.
    let frames = bencher.counter(BytesCount::new(case.bytes)).with_inputs(|| sealed.clone());
    frames.bench_local_refs(|frame| {
        let frame = keyring.open(cluster(), frame).expect("it is ours");
        assert!(frame.messages().all(|message| message.is_ok()));
    });
}

impl Case {
    fn keyring(self) -> Keyring {
        self.suite.map_or(Keyring::plain(), |suite| Keyring::sealed(Key::new(suite, [7; 32])))
    }

    /// Bytes of the values that make the frame as long as it shall be.
    fn value(self) -> usize {
        let len = |value: usize| {
            let mut buf = vec![];
            write(&mut self.keyring(), &mut headers(), &vec![7; value], &mut buf);
            buf.len()
        };
        (0..self.bytes).find(|&value| len(value) == self.bytes).expect("some value does")
    }
}

fn cluster() -> ClusterId {
    ClusterId::from_name("bench")
}

fn headers() -> Headers {
    Headers::new(cluster(), Name::new("a").expect("short").id(), Epoch::default(), Sequence::FIRST)
}

fn write(keyring: &mut Keyring, headers: &mut Headers, value: &[u8], buf: &mut Vec<u8>) {
    let header = headers.next(Name::new("b").expect("short").id().destination()).expect("2⁴⁸ are many");
    let mut frame = keyring.frame(&header, 1_400, buf);
    for value in value.chunks(VALUE) {
        let value = Some(value);
        let register = Register { owner: "a", epoch: Epoch::default(), key: "k", stamp: 1, value };
        assert!(frame.push(&Message::Register(register)));
    }
    frame.seal();
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suite = self.suite.map_or("plain", |suite| suite.as_str());
        write!(f, "{suite}, {} B", self.bytes)
    }
}
