//! Any calls of one node, in any order, at any times.

use std::net::SocketAddr;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use swim_core::{
    Addr, ClusterId, Config, Epoch, Instant, Keyring, Local, Machine as _, Name, Node, Roster, State,
    StreamId, StreamInput,
};

use crate::message::framed;

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    /// Time passes, or goes back.
    Wait(u32),
    Back(u32),
    Datagram {
        from: u8,
        bytes: &'a [u8],
    },
    /// A body in a frame whose tag is right.
    Body {
        from: u8,
        body: &'a [u8],
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
}

#[derive(Arbitrary, Debug)]
enum StreamEvent<'a> {
    Connected,
    Data(&'a [u8]),
    Written,
    Finished,
    Failed,
}

/// Events fold to the members, deadlines are in the future once they were handled, and the bounds of the configuration
/// hold, whatever happens.
pub(crate) fn a_node_takes_anything(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let mut config = Config::lan();
    (config.max_members, config.max_events) = (8, 16);
    let mut lab = Lab {
        node: Node::new(config, local(0), Keyring::plain(), [1; 32], Instant::ZERO).expect("valid"),
        now: Instant::ZERO,
        roster: Roster::new(),
        buf: Vec::new(),
    };
    while let Ok(operation) = Operation::arbitrary(&mut input) {
        lab.carry_out(&operation);
        lab.check();
        if input.is_empty() {
            break;
        }
    }
}

struct Lab {
    node: Node,
    now: Instant,
    roster: Roster,
    buf: Vec<u8>,
}

impl Lab {
    fn carry_out(&mut self, operation: &Operation<'_>) {
        let (node, now) = (&mut self.node, self.now);
        match *operation {
            Operation::Wait(millis) => self.now = now + Duration::from_millis(millis.into()),
            Operation::Back(millis) => {
                let back = u64::from(millis) * 1_000_000;
                self.now = Instant::from_nanos(now.as_nanos().saturating_sub(back));
            }
            Operation::Datagram { from, bytes } => {
                node.handle_datagram(now, &addr(from), &mut bytes.to_vec());
            }
            Operation::Body { from, body } => node.handle_datagram(now, &addr(from), &mut framed(body)),
            Operation::Accept(number) => {
                let input = StreamInput::Accepted { from: addr(number) };
                node.handle_stream(now, StreamId::Accepted(number.into()), input);
            }
            Operation::Stream { dialed, number, ref event } => self.stream(dialed, number, event),
            Operation::Timeout => {
                node.handle_timeout(now);
                self.drain();
                let next = self.node.poll_timeout();
                assert!(next.is_none_or(|next| next > now) || self.was_later(), "it does not spin");
            }
            Operation::Transmit => drop(node.poll_transmit(&mut self.buf)),
            Operation::Drain => self.drain(),
            Operation::Join(seed) => node.join(now, &[addr(seed)]),
            Operation::Leave => node.leave(now),
            Operation::Set { key, value } => drop(node.set(now, key, value)),
            Operation::Remove(key) => drop(node.remove(now, key)),
            Operation::Snapshot => {
                let snapshot = node.snapshot();
                let again = Node::restore(Config::lan(), local(0), Keyring::plain(), [2; 32], now, &snapshot);
                assert!(again.is_ok(), "its own snapshot");
            }
        }
    }

    /// The node has seen a later time than the present one, by which its deadlines are.
    fn was_later(&self) -> bool {
        self.node.members().any(|member| member.since() > self.now)
    }

    fn stream(&mut self, dialed: bool, number: u8, event: &StreamEvent<'_>) {
        let number = number.into();
        let stream = if dialed { StreamId::Dialed(number) } else { StreamId::Accepted(number) };
        let mut data = Vec::new();
        let input = match event {
            StreamEvent::Connected => StreamInput::Connected,
            StreamEvent::Data(bytes) => {
                data.extend_from_slice(bytes);
                StreamInput::Data(&mut data)
            }
            StreamEvent::Written => StreamInput::Written,
            StreamEvent::Finished => StreamInput::Finished,
            StreamEvent::Failed => StreamInput::Failed,
        };
        self.node.handle_stream(self.now, stream, input);
    }

    fn drain(&mut self) {
        let mut sent = 0;
        while self.node.poll_transmit(&mut self.buf).is_some() {
            sent += 1;
            assert!(sent < 10_000, "no end of packets at one time");
        }
        while let Some(event) = self.node.poll_event() {
            if self.roster.fold(&event).is_err() {
                self.roster = Roster::of(&self.node);
            }
        }
        assert_eq!(self.roster, Roster::of(&self.node), "the events tell everything");
    }

    fn check(&self) {
        let members = self.node.members().count() + self.node.departed().count();
        assert!(members <= 8, "max_members");
        assert!(
            self.node.has_left()
                || self.node.local().state() == State::Alive
                || self.node.poll_timeout().is_some()
        );
    }
}

pub(crate) fn addr(port: u8) -> Addr {
    SocketAddr::from(([127, 0, 0, 1], 1 + u16::from(port))).into()
}

/// Member `number`: `bob` is number 0, to whom [`framed`] sends.
pub(crate) fn local(number: u8) -> Local {
    let name = if number == 0 { "bob".into() } else { format!("m{number}") };
    Local {
        cluster: ClusterId::from_name("fuzz"),
        name: Name::new(&name).expect("short"),
        addr: addr(number),
        epoch: Epoch::new(7).expect("small"),
    }
}
