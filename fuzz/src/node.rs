//! Any calls of one node, in any order, at any times.

use std::net::SocketAddr;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use swim_core::{
    Addr, Config, DropReason, Epoch, Instant, Key, Local, Machine as _, Mode, Name, Node, Roster, State,
    StreamId, StreamInput, Transmit,
};

use crate::config::{Settings, configuration};
use crate::frames::{cluster, framed, keyring, suite};
use crate::memory::bounded;
use crate::peers::{Peers, drain};

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    /// Time passes, or goes back.
    Wait(u32),
    Back(u32),
    Datagram {
        from: u8,
        bytes: &'a [u8],
    },
    /// A body in a plain frame whose sum is right.
    Body {
        from: u8,
        body: &'a [u8],
    },
    /// What a body says, by somebody with the key, who speaks now.
    Say {
        from: u8,
        body: &'a [u8],
    },
    /// That once more.
    Again {
        from: u8,
    },
    Accept(u8),
    Stream {
        dialed: bool,
        number: u8,
        event: StreamEvent<'a>,
    },
    Timeout,
    Transmit,
    Drain,
    Join(u8),
    Leave,
    Set {
        key: &'a str,
        value: &'a [u8],
    },
    Remove(&'a str),
    Snapshot,
    Reconfigure(Settings),
    Keys(KeyOperation),
}

#[derive(Arbitrary, Debug)]
enum StreamEvent<'a> {
    Connected,
    Data(&'a [u8]),
    /// Like [`Operation::Say`].
    Say {
        from: u8,
        body: &'a [u8],
    },
    Written,
    Finished,
    Failed,
}

#[derive(Arbitrary, Debug)]
enum KeyOperation {
    Install { suite: u8, number: u8 },
    Use { suite: u8, number: u8 },
    Remove { suite: u8, number: u8 },
    SendPlain(u32),
    AcceptPlain(u32),
    Strict,
}

/// Events fold to the members, deadlines are in the future once they were handled, the bounds of the configuration hold,
/// and who did not show that it speaks now gets no more than it sent, whatever happens. The first byte says how frames are
/// sealed. Accepted if the node ever knew of another member.
#[must_use]
pub fn a_node_takes_anything(bytes: &[u8]) -> bool {
    let Some((&seal, bytes)) = bytes.split_first() else { return false };
    let mut input = Unstructured::new(bytes);
    let mut lab = Lab {
        node: Node::new(bounds(Config::lan()), local(0), keyring(seal), [1; 32], Instant::ZERO)
            .expect("valid"),
        now: Instant::ZERO,
        roster: Roster::new(),
        peers: Peers::new(),
        said: Vec::new(),
        accepted: false,
    };
    while let Ok(operation) = Operation::arbitrary(&mut input) {
        lab.carry_out(&operation);
        lab.check();
        if input.is_empty() {
            break;
        }
    }
    lab.accepted
}

const MEMBERS_MAX: u32 = 8;

fn bounds(config: Config) -> Config {
    let mut config = config;
    (config.max_members, config.max_events) = (MEMBERS_MAX, 16);
    config
}

struct Lab {
    node: Node,
    now: Instant,
    roster: Roster,
    peers: Peers,
    /// By somebody with the key, last.
    said: Vec<u8>,
    accepted: bool,
}

impl Lab {
    fn carry_out(&mut self, operation: &Operation<'_>) {
        let now = self.now;
        match *operation {
            Operation::Wait(millis) => self.now = now + Duration::from_millis(millis.into()),
            Operation::Back(millis) => {
                let back = u64::from(millis) * 1_000_000;
                self.now = Instant::from_nanos(now.as_nanos().saturating_sub(back));
            }
            Operation::Datagram { from, bytes } => self.datagram(from, bytes),
            Operation::Body { from, body } => self.datagram(from, &framed(body)),
            Operation::Say { from, body } => {
                let mut keyring = self.node.keyring().clone();
                self.said = self.peers.datagram(&mut keyring, from % 9, &addr(from), body);
                self.say(from);
            }
            Operation::Again { from } => self.say(from),
            Operation::Accept(number) => {
                let input = StreamInput::Accepted { from: addr(number) };
                self.node.handle_stream(now, StreamId::Accepted(number.into()), input);
            }
            Operation::Stream { dialed, number, ref event } => self.stream(dialed, number, event),
            Operation::Timeout => {
                bounded(0, || self.node.handle_timeout(now));
                self.drain();
                let next = self.node.poll_timeout();
                assert!(next.is_none_or(|next| next > now) || self.was_later(), "it does not spin");
            }
            Operation::Transmit => self.transmit(),
            Operation::Drain => self.drain(),
            Operation::Join(seed) => bounded(0, || self.node.join(now, &[addr(seed)])),
            Operation::Leave => bounded(0, || self.node.leave(now)),
            Operation::Set { key, value } => {
                let _refused = bounded(key.len() + value.len(), || self.node.set(now, key, value));
            }
            Operation::Remove(key) => {
                let _refused = bounded(key.len(), || self.node.remove(now, key));
            }
            Operation::Snapshot => {
                let snapshot = bounded(0, || self.node.snapshot());
                let keys = self.node.keyring().clone();
                let again = Node::restore(Config::lan(), local(0), keys, [2; 32], now, &snapshot);
                assert!(again.is_ok(), "its own snapshot");
            }
            Operation::Reconfigure(ref settings) => {
                let config = bounds(configuration(settings));
                let _refused = bounded(0, || self.node.reconfigure(now, config));
            }
            Operation::Keys(ref operation) => self.change_keys(operation),
        }
    }

    fn datagram(&mut self, from: u8, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        bounded(bytes.len(), || self.node.handle_datagram(self.now, &addr(from), &mut bytes));
    }

    /// Who is not believed to speak now is answered with no more than it sent.
    fn say(&mut self, from: u8) {
        self.drain();
        let (said, before) = (self.said.clone(), unproven(&self.node));
        self.datagram(from, &said);
        if unproven(&self.node) > before {
            let mut answer = 0;
            drain(&mut self.node, |node, transmit, bytes| {
                assert_eq!(*transmit, Transmit::Datagram { to: addr(from) });
                self.peers.hear(&mut node.keyring().clone(), transmit, bytes);
                answer += bytes.len();
            });
            assert!(answer <= said.len(), "{answer} bytes for {}", said.len());
        }
    }

    /// The node has seen a later time than the present one, by which its deadlines are.
    fn was_later(&self) -> bool {
        self.node.members().any(|member| member.since() > self.now)
    }

    fn stream(&mut self, dialed: bool, number: u8, event: &StreamEvent<'_>) {
        let stream = if dialed { StreamId::Dialed(number.into()) } else { StreamId::Accepted(number.into()) };
        let mut data = match *event {
            StreamEvent::Data(bytes) => bytes.to_vec(),
            StreamEvent::Say { from, body } => {
                let mut keyring = self.node.keyring().clone();
                self.peers.on_stream(&mut keyring, from % 9, stream, body)
            }
            _ => Vec::new(),
        };
        let came = data.len();
        let input = match event {
            StreamEvent::Connected => StreamInput::Connected,
            StreamEvent::Data(_) | StreamEvent::Say { .. } => StreamInput::Data(&mut data),
            StreamEvent::Written => StreamInput::Written,
            StreamEvent::Finished => StreamInput::Finished,
            StreamEvent::Failed => StreamInput::Failed,
        };
        bounded(came, || self.node.handle_stream(self.now, stream, input));
    }

    fn change_keys(&mut self, operation: &KeyOperation) {
        let key = |of, number| Key::new(suite(of), [number; 32]);
        let second = |second: u32| self.now.as_nanos().saturating_add(u64::from(second) * 1_000_000_000);
        let keyring = self.node.keyring_mut();
        let _done = match *operation {
            KeyOperation::Install { suite, number } => keyring.install(key(suite, number)).map(drop),
            KeyOperation::Use { suite, number } => keyring.use_key(key(suite, number).id()),
            KeyOperation::Remove { suite, number } => keyring.remove(key(suite, number).id()),
            KeyOperation::SendPlain(until) => keyring.set_mode(Mode::SendPlain { until: second(until) }),
            KeyOperation::AcceptPlain(until) => keyring.set_mode(Mode::AcceptPlain { until: second(until) }),
            KeyOperation::Strict => keyring.set_mode(Mode::Strict),
        };
    }

    fn transmit(&mut self) {
        let mut buf = Vec::new();
        if let Some(transmit) = bounded(0, || self.node.poll_transmit(&mut buf)) {
            self.peers.hear(&mut self.node.keyring().clone(), &transmit, &buf);
        }
    }

    fn drain(&mut self) {
        drain(&mut self.node, |node, transmit, bytes| {
            if matches!(transmit, Transmit::Datagram { .. }) {
                assert!(bytes.len() <= node.config().datagram_limit.into(), "datagram_limit");
            }
            self.peers.hear(&mut node.keyring().clone(), transmit, bytes);
        });
        while let Some(event) = self.node.poll_event() {
            if self.roster.fold(&event).is_err() {
                self.roster = Roster::of(&self.node);
            }
        }
        assert_eq!(self.roster, Roster::of(&self.node), "the events tell everything");
        assert!(!self.node.has_left() || self.node.poll_timeout().is_none(), "it is over");
    }

    fn check(&mut self) {
        let members = self.node.members().count() + self.node.departed().count();
        assert!(members <= MEMBERS_MAX as usize, "max_members");
        assert!(
            self.node.has_left()
                || self.node.local().state() == State::Alive
                || self.node.poll_timeout().is_some()
        );
        self.accepted |= members > 1;
    }
}

/// How often somebody did not show that it speaks now.
fn unproven(node: &Node) -> u64 {
    let reasons = [DropReason::Unproven, DropReason::EarlierLife, DropReason::TooOld, DropReason::Replayed];
    reasons.iter().map(|&reason| node.stats().dropped(reason)).sum()
}

pub(crate) fn addr(port: u8) -> Addr {
    SocketAddr::from(([127, 0, 0, 1], 1 + u16::from(port))).into()
}

/// Member `number`: `bob` is number 0, to whom all frames go.
pub(crate) fn local(number: u8) -> Local {
    let name = if number == 0 { "bob".into() } else { format!("m{number}") };
    Local {
        cluster: cluster(),
        name: Name::new(&name).expect("short"),
        addr: addr(number),
        epoch: Epoch::new(7).expect("small"),
    }
}
