//! Keys that come and go, and what they open meanwhile.

use arbitrary::{Arbitrary, Unstructured};
use swim_codec::limits::{KEYS_MAX, PLAIN_MAX};
use swim_codec::{Key, Keyring, Mode};

use crate::frames::{cluster, header, sealed, suite};
use crate::memory::bounded;

#[derive(Arbitrary, Debug)]
enum Operation {
    Install(Called),
    Use(Called),
    Remove(Called),
    SetMode(Plain),
    /// In seconds.
    Advance(u32),
    /// A frame under this key comes in; a plain one.
    Open(Called),
    OpenPlain,
    /// A frame goes out.
    Seal,
}

/// A key by its number and its suite.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
struct Called {
    number: u8,
    suite: u8,
}

/// What is done with plain frames, until so many seconds from the beginning.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Plain {
    Send(u32),
    Accept(u32),
    Refuse,
}

/// What a keyring holds, and nothing of how it does so.
struct Model {
    /// The one that seals comes first.
    keys: Vec<Key>,
    mode: Mode,
    now: u64,
}

/// Whatever is done to it, a keyring with a key is a set with one that seals, and opens what its keys and its mode say.
/// Accepted if a frame was opened under a key that is not the one it began with.
#[must_use]
pub fn a_keyring_is_a_set_with_one_that_seals(bytes: &[u8]) -> bool {
    let mut input = Unstructured::new(bytes);
    let first = Called { number: 0, suite: 0 };
    let mut keyring = Keyring::sealed(first.key());
    let mut model = Model { keys: vec![first.key()], mode: Mode::Strict, now: 0 };
    let mut accepted = false;
    while let Ok(operation) = Operation::arbitrary(&mut input) {
        accepted |= model.carry_out(&operation, &mut keyring) && matches!(operation, Operation::Open(_));
        model.compare(&keyring);
        if input.is_empty() {
            break;
        }
    }
    accepted
}

impl Model {
    /// Answers whether it was done.
    fn carry_out(&mut self, operation: &Operation, keyring: &mut Keyring) -> bool {
        let (expected, done) = match *operation {
            Operation::Install(called) => {
                let key = called.key();
                let expected = self.keys.len() < KEYS_MAX && self.find(&key).is_none();
                (expected, bounded(0, || keyring.install(key.clone())).map(|_| self.keys.push(key)).is_ok())
            }
            Operation::Use(called) => {
                let (id, place) = (called.key().id(), self.find(&called.key()));
                let done = keyring.use_key(id).is_ok();
                if let Some(place) = place.filter(|_| done) {
                    self.keys.swap(0, place);
                }
                (place.is_some(), done)
            }
            Operation::Remove(called) => {
                let place = self.find(&called.key());
                let done = keyring.remove(called.key().id()).is_ok();
                if let Some(place) = place.filter(|_| done) {
                    self.keys.remove(place);
                }
                (place.is_some_and(|place| place > 0), done)
            }
            Operation::SetMode(plain) => {
                self.mode = plain.mode();
                (true, keyring.set_mode(self.mode).is_ok())
            }
            Operation::Advance(seconds) => {
                self.advance(u64::from(seconds) * SECOND);
                keyring.advance(self.now);
                (true, true)
            }
            Operation::Open(called) => {
                let key = called.key();
                let held = self.find(&key).is_some_and(|at| self.keys[at].fingerprint() == key.fingerprint());
                (held, opens(keyring, &mut Keyring::sealed(key)))
            }
            Operation::OpenPlain => (self.mode != Mode::Strict, opens(keyring, &mut Keyring::plain())),
            Operation::Seal => (true, self.reads(keyring)),
        };
        assert_eq!(done, expected, "{operation:?}");
        done
    }

    /// Keys with one id exclude each other.
    fn find(&self, key: &Key) -> Option<usize> {
        self.keys.iter().position(|known| known.id() == key.id())
    }

    fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
        let latest = self.now.saturating_add(PLAIN_MAX);
        self.mode = match self.mode {
            Mode::SendPlain { until } if until > self.now => Mode::SendPlain { until: until.min(latest) },
            Mode::AcceptPlain { until } if until > self.now => Mode::AcceptPlain { until: until.min(latest) },
            _ => Mode::Strict,
        };
    }

    /// Whether what it seals opens under the key that seals, and under no other.
    fn reads(&self, keyring: &mut Keyring) -> bool {
        let frame = sealed(keyring, &header(), &[]);
        assert_eq!(frame.len(), keyring.overhead());
        let mut readers: Vec<_> = self.keys.iter().cloned().map(Keyring::sealed).collect();
        readers.insert(0, Keyring::plain());
        let read: Vec<bool> =
            readers.iter_mut().map(|reader| reader.open(cluster(), &mut frame.clone()).is_ok()).collect();
        let sends_plain = matches!(self.mode, Mode::SendPlain { .. });
        assert_eq!(read.iter().position(|&read| read), Some(usize::from(!sends_plain)));
        read.iter().filter(|&&read| read).count() == 1
    }

    fn compare(&self, keyring: &Keyring) {
        let known: Vec<_> = keyring.keys().map(Key::fingerprint).collect();
        let mut expected: Vec<_> = self.keys.iter().map(Key::fingerprint).collect();
        assert_eq!(known.first(), expected.first());
        expected.sort_unstable();
        let mut sorted = known;
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(keyring.mode(), Some(self.mode));
    }
}

const SECOND: u64 = 1_000_000_000;

fn opens(keyring: &mut Keyring, sender: &mut Keyring) -> bool {
    let mut frame = sealed(sender, &header(), &[]);
    bounded(frame.len(), || keyring.open(cluster(), &mut frame).is_ok())
}

impl Called {
    fn key(self) -> Key {
        Key::new(suite(self.suite), [self.number; 32])
    }
}

impl Plain {
    fn mode(self) -> Mode {
        match self {
            Self::Send(seconds) => Mode::SendPlain { until: u64::from(seconds) * SECOND },
            Self::Accept(seconds) => Mode::AcceptPlain { until: u64::from(seconds) * SECOND },
            Self::Refuse => Mode::Strict,
        }
    }
}
