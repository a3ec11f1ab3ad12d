//! Ours.

use std::iter;

use swim_codec::{
    Addr, AddrRef, Claim, Epoch, Fingerprint, Headers, Incarnation, Key, Keyring, Message, Nonce, Ping,
    Sequence, Status, Suite,
};
use swim_core::{ClusterId, Config, Event, Fact, Instant, Local, Machine as _, Name, Node};

use crate::peer::{Calls, KNOWN, Peer, addr, number_at};

impl Peer for Node {
    fn start(number: u32, _: u32, seed: [u8; 32], now: Instant) -> Self {
        node(number, addr(number), Keyring::plain(), seed, now)
    }

    fn join(&mut self, now: Instant, seed: u32) {
        self.join(now, &[addr(seed)]);
    }

    fn knowing(members: u32) -> Self {
        quiet(members)
    }

    fn members(&self) -> usize {
        self.members().len()
    }

    fn buried(event: &Event) -> Option<u32> {
        let Fact::Failed { member, .. } = &event.fact else { return None };
        member.addr.as_ip().map(number_at)
    }

    fn calls(members: u32) -> Calls {
        let names: Vec<_> = (0..KNOWN).map(|i| name(1 + i * ((members - 1) / KNOWN))).collect();
        let known: Vec<_> = names.iter().map(claim).collect();
        Calls {
            ping: answering(quiet(members), &[]),
            known: answering(quiet(members), &known),
            fill: answering(knowing(members), &[]),
        }
    }

    fn table(members: u32) -> Box<dyn FnOnce()> {
        let names: Vec<_> = (1..members).map(name).collect();
        let mut node = Self::start(0, members, [1; 32], Instant::ZERO);
        let mut datagrams: Vec<_> = tellings(&names).collect();
        Box::new(move || {
            for datagram in &mut datagrams {
                node.handle_datagram(Instant::ZERO, &addr(1), datagram);
            }
            assert_eq!(Peer::members(&node), members as usize);
        })
    }
}

/// Member `number`, at that address.
pub(crate) fn node(number: u32, addr: Addr, keyring: Keyring, seed: [u8; 32], now: Instant) -> Node {
    let local = Local { cluster: cluster(), name: name(number), addr, epoch: Epoch::default() };
    let mut config = Config::lan();
    // One member makes all others known, at once.
    config.newcomers_per_minute = config.max_members;
    Node::new(config, local, keyring, seed, now).expect("within all bounds")
}

/// A keyring that all members have.
pub(crate) fn keyring(suite: Suite) -> Keyring {
    Keyring::sealed(Key::new(suite, [7; 32]))
}

/// Another member, as member 0 hears it.
pub(crate) struct Voice {
    keyring: Keyring,
    headers: Headers,
}

impl Voice {
    /// Member 1.
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self::of(1, keyring)
    }

    pub(crate) fn of(number: u32, keyring: Keyring) -> Self {
        Self {
            keyring,
            headers: Headers::new(cluster(), name(number).id(), Epoch::default(), Sequence::FIRST),
        }
    }

    /// A datagram with these.
    fn say(&mut self, messages: &[Message<'_>]) -> Vec<u8> {
        let header = self.headers.next(name(0).id().destination()).expect("2⁴⁸ are many");
        let mut buf = vec![];
        let mut frame = self.keyring.frame(&header, 65_000, &mut buf);
        assert!(messages.iter().all(|message| frame.push(message)));
        frame.seal();
        buf
    }

    /// A datagram with a ping of somebody who knows nobody.
    pub(crate) fn ping(&mut self) -> Vec<u8> {
        self.say(&[ping(Fingerprint::default())])
    }
}

fn ping(fingerprint: Fingerprint) -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint })
}

fn datagram(messages: &[Message<'_>]) -> Vec<u8> {
    Voice::new(Keyring::plain()).say(messages)
}

/// Member 1, who knows the same, sends a ping and these, and is answered.
fn answering(mut node: Node, messages: &[Message<'_>]) -> Box<dyn FnMut()> {
    let messages: Vec<_> = iter::once(ping(fingerprint(&mut node))).chain(messages.iter().copied()).collect();
    let (from, mut question, mut buf) = (addr(1), datagram(&messages), Vec::new());
    Box::new(move || {
        node.handle_datagram(Instant::ZERO, &from, &mut question);
        while node.poll_transmit(&mut buf).is_some() {}
    })
}

/// [`Calls::ping`] under HMAC-SHA256, for so many rounds; no datagram comes twice.
pub(crate) fn sealed(members: u32, rounds: u32) -> Box<dyn FnMut()> {
    let mut node = quiet(members);
    let ping = ping(fingerprint(&mut node));
    *node.keyring_mut() = keyring(Suite::HmacSha256);
    let mut voice = Voice::new(keyring(Suite::HmacSha256));
    let questions: Vec<_> = (0..rounds).map(|_| voice.say(&[ping])).collect();
    let (mut questions, from, mut buf) = (questions.into_iter(), addr(1), Vec::new());
    Box::new(move || {
        let Some(mut question) = questions.next() else { return };
        node.handle_datagram(Instant::ZERO, &from, &mut question);
        while node.poll_transmit(&mut buf).is_some() {}
    })
}

/// Of all that a node believes, as its answers say.
fn fingerprint(node: &mut Node) -> Fingerprint {
    node.handle_datagram(Instant::ZERO, &addr(1), &mut datagram(&[ping(Fingerprint::default())]));
    let mut buf = Vec::new();
    node.poll_transmit(&mut buf).expect("an answer");
    let answer = Keyring::plain().open(cluster(), &mut buf).expect("its own frame");
    let acks = answer.messages().flatten().filter_map(|message| match message {
        Message::Ack(ack) => Some(ack.fingerprint),
        _ => None,
    });
    acks.last().expect("an ack")
}

/// All of these members, in datagrams of the usual size.
fn tellings(names: &[Name]) -> impl Iterator<Item = Vec<u8>> {
    names.chunks(30).map(|some| datagram(&some.iter().map(claim).collect::<Vec<_>>()))
}

fn cluster() -> ClusterId {
    ClusterId::from_name("bench")
}

fn name(number: u32) -> Name {
    Name::new(&format!("node-{number}")).expect("short")
}

/// A node that has met all others at once, and has them all to tell.
fn knowing(members: u32) -> Node {
    let mut node = Node::start(0, members, [1; 32], Instant::ZERO);
    let names: Vec<_> = (1..members).map(name).collect();
    for mut datagram in tellings(&names) {
        node.handle_datagram(Instant::ZERO, &addr(1), &mut datagram);
        while node.poll_event().is_some() {}
    }
    assert_eq!(node.members().len(), members as usize);
    node
}

/// The same with nothing left to tell: somebody asked until the answers bore no news. No time passes, so nobody is
/// missed meanwhile.
fn quiet(members: u32) -> Node {
    let mut node = knowing(members);
    let (mut buf, mut bytes) = (vec![], usize::MAX);
    while bytes > QUIET_BYTES {
        node.handle_datagram(Instant::ZERO, &addr(1), &mut datagram(&[ping(Fingerprint::default())]));
        bytes = 0;
        while node.poll_transmit(&mut buf).is_some() {
            bytes += buf.len();
        }
    }
    node
}

/// An ack without news is smaller than this, one with news is not.
const QUIET_BYTES: usize = 130;

fn claim(name: &Name) -> Message<'_> {
    let number: u32 = name.as_str()[5..].parse().expect("a number");
    let [_, a, b, c] = number.to_be_bytes();
    Message::Claim(Claim {
        name: name.as_str(),
        addr: AddrRef::V4([10, a, b, c], 7_000),
        epoch: Epoch::default(),
        incarnation: Incarnation::default(),
        status: Status::Alive,
    })
}
