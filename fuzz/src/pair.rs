//! Two nodes and a table so simple that it must be right. Who left says so when it is asked, and who is accused is silent.

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use swim_codec::{Ack, Claim, Epoch, Header, Incarnation, MemberId, Message, Name, Status};
use swim_core::{Addr, Config, Instant, Keyring, Machine as _, Node, State, Transmit};

use crate::frames::{cluster, header, sealed};
use crate::memory::bounded;
use crate::node::{addr, local};
use crate::peers::drain;

/// A claim about one of four members.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Saying {
    member: u8,
    epoch: u8,
    incarnation: u8,
    state: u8,
}

/// The greatest `(epoch, incarnation, state)` of each member, which is all that the claims of SWIM come down to.
type Naive = BTreeMap<String, (u64, u64, State)>;

/// Two nodes hear the same claims, one of them backwards, and each twice: both believe what the naive table says. Accepted
/// if there is anything to hear.
#[must_use]
pub fn two_nodes_agree_with_a_naive_table(bytes: &[u8]) -> bool {
    let mut input = Unstructured::new(bytes);
    let sayings: Vec<Saying> =
        (0..64).map_while(|_| Saying::arbitrary(&mut input).ok().filter(|_| !bytes.is_empty())).collect();
    let mut naive = Naive::new();
    for saying in &sayings {
        let known = naive.entry(name(*saying)).or_insert((0, 0, State::Alive));
        *known = (*known).max(rank(*saying));
    }
    let (mut forth, mut back) = (node(), node());
    for _ in 0..2 {
        sayings.iter().for_each(|saying| hear(&mut forth, *saying));
        sayings.iter().rev().for_each(|saying| hear(&mut back, *saying));
        part(&mut forth, &naive);
        part(&mut back, &naive);
    }
    stay_silent(&mut forth);
    stay_silent(&mut back);
    for node in [&forth, &back] {
        for (name, &(epoch, incarnation, state)) in &naive {
            // One who was gone already when it was first heard of is remembered without being shown.
            let Some(member) = node.member(name) else {
                assert!(state >= State::Dead, "{name} is {state:?} and not known");
                continue;
            };
            let life = (member.epoch().get(), member.incarnation().get());
            assert_eq!(life, (epoch, incarnation), "{name}");
            // Little time passes here, so who was alive when word of its death came can still refute.
            let doubts = state == State::Dead && member.state() == State::Suspect;
            assert!(doubts || member.state() == state, "{name} is {:?}, not {state:?}", member.state());
        }
    }
    !sayings.is_empty()
}

fn node() -> Node {
    Node::new(Config::lan(), local(0), Keyring::plain(), [1; 32], Instant::ZERO).expect("a preset")
}

fn name(saying: Saying) -> String {
    format!("m{}", 1 + saying.member % 4)
}

fn rank(saying: Saying) -> (u64, u64, State) {
    (u64::from(saying.epoch % 3) + 1, u64::from(saying.incarnation % 4), status(saying).state())
}

fn status(saying: Saying) -> Status {
    let by = MemberId::from_bytes([saying.state; 8]);
    match saying.state % 4 {
        0 => Status::Alive,
        1 => Status::Suspect { by },
        2 => Status::Dead { by },
        _ => Status::Left,
    }
}

/// Somebody whom nobody knows says so.
fn hear(node: &mut Node, saying: Saying) {
    let (epoch, incarnation, _) = rank(saying);
    let (name, at) = (name(saying), addr(1 + saying.member % 4));
    let said = claim(&name, &at, (epoch, incarnation), status(saying));
    tell(node, "eve", &addr(200), &[Message::Claim(said)]);
}

/// Who left by the naive table is asked whether it did.
fn part(node: &mut Node, naive: &Naive) {
    drain(node, |node, transmit, bytes| {
        let Transmit::Datagram { to } = transmit else { return };
        let Some(number) = (1..=4).find(|&number| addr(number) == *to) else { return };
        let name = format!("m{number}");
        let Some(&(epoch, incarnation, State::Left)) = naive.get(&name) else { return };
        for ack in acks(bytes) {
            let farewell = claim(&name, to, (epoch, incarnation), Status::Left);
            tell(node, &name, to, &[ack, Message::Claim(farewell)]);
        }
    });
}

/// As long as somebody is asked whether it is true what others say of it, and not so long that a probe fails.
fn stay_silent(node: &mut Node) {
    let end = Instant::ZERO + Duration::from_millis(760);
    while let Some(due) = node.poll_timeout().filter(|&due| due <= end) {
        node.handle_timeout(due);
        drain(node, |_, _, _| ());
    }
}

/// The answers to what a datagram asks.
fn acks(datagram: &[u8]) -> Vec<Message<'static>> {
    let (mut keyring, mut datagram) = (Keyring::plain(), datagram.to_vec());
    let frame = keyring.open(cluster(), &mut datagram).expect("a node sends frames that open");
    let answers = frame.messages().map_while(Result::ok).filter_map(|message| match message {
        Message::Ping(ping) => Some(Message::Ack(Ack { nonce: ping.nonce, fingerprint: ping.fingerprint })),
        _ => None,
    });
    answers.collect()
}

fn claim<'a>(name: &'a str, at: &'a Addr, (epoch, incarnation): (u64, u64), status: Status) -> Claim<'a> {
    Claim {
        name,
        addr: at.as_ref(),
        epoch: Epoch::new(epoch).expect("small"),
        incarnation: Incarnation::new(incarnation),
        status,
    }
}

fn tell(node: &mut Node, sender: &str, from: &Addr, messages: &[Message<'_>]) {
    let header = Header { sender: Name::new(sender).expect("short").id(), ..header() };
    let mut bytes = sealed(&mut Keyring::plain(), &header, messages);
    bounded(bytes.len(), || node.handle_datagram(Instant::ZERO, from, &mut bytes));
}
