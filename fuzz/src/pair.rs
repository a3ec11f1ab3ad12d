//! Two nodes and a table so simple that it must be right.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use swim_codec::{AddrRef, Claim, Epoch, Header, Incarnation, MemberId, Message, Name, Status};
use swim_core::{Config, Instant, Keyring, Machine as _, Node, State};

use crate::frames::{header, sealed};
use crate::memory::bounded;
use crate::node::{addr, local};

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
    }
    for node in [&forth, &back] {
        for (name, &(epoch, incarnation, state)) in &naive {
            // One who was gone already when it was first heard of is remembered without being shown.
            let Some(member) = node.member(name) else {
                assert!(state >= State::Dead, "{name} is {state:?} and not known");
                continue;
            };
            let life = (member.epoch().get(), member.incarnation().get());
            assert_eq!(life, (epoch, incarnation), "{name}");
            // No time passes here, so who was alive when word of its death came can still refute.
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
    let claim = Claim {
        name: &name(saying),
        addr: AddrRef::V4([127, 0, 0, 1], 2 + u16::from(saying.member % 4)),
        epoch: Epoch::new(epoch).expect("small"),
        incarnation: Incarnation::new(incarnation),
        status: status(saying),
    };
    let header = Header { sender: Name::new("eve").expect("short").id(), ..header() };
    let mut bytes = sealed(&mut Keyring::plain(), &header, &[Message::Claim(claim)]);
    bounded(bytes.len(), || node.handle_datagram(Instant::ZERO, &addr(200), &mut bytes));
}
