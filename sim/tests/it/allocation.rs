//! B6: no call of a node costs much more memory than came in, whatever comes in.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::fault::Eavesdropper;
use sim::{Cluster, Link, Rng, Seed, StreamFaults};
use swim_core::{
    Addr, ClusterId, Config, DropReason, Epoch, Event, Instant, Keyring, Local, Machine, Name, Node,
    StreamId, StreamInput, Transmit,
};

const NODES: u16 = 6;
/// What a call may cost beside four times its input, in bytes.
const BASE: u64 = 64 << 10;

fn addr(number: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1000 + number)).into()
}

/// Makes a call that takes in so many bytes, and sees what it costs.
fn weigh<R>(input: usize, call: impl FnOnce() -> R) -> R {
    let mut answer = None;
    let used = allocation_counter::measure(|| answer = Some(call()));
    let bound = 4 * input as u64 + BASE;
    assert!(used.bytes_max <= bound, "{input} bytes cost {} bytes of memory", used.bytes_max);
    answer.expect("it ran")
}

/// A node whose every call is weighed, or somebody who dials nodes and announces more than it sends.
enum Member {
    Weighed(Box<Node>),
    Boaster(VecDeque<(Transmit, Vec<u8>)>),
}

/// Frames on streams begin with their length.
fn boast(length: u32) -> Vec<u8> {
    [length.to_be_bytes().as_slice(), &[0; 100]].concat()
}

impl Member {
    fn node(number: u16, seed: [u8; 32], now: Instant) -> Self {
        let name = Name::new(&format!("m{number}")).unwrap();
        let epoch = Epoch::new(1).unwrap();
        let local = Local { cluster: ClusterId::from_name("weighed"), name, addr: addr(number), epoch };
        let mut node = Node::new(Config::local(), local, Keyring::plain(), seed, now).unwrap();
        node.join(now, &[addr(0)]);
        Self::Weighed(Box::new(node))
    }

    fn boaster() -> Self {
        let dial = |number: u16| {
            let stream = StreamId::Dialed(u64::from(number));
            (Transmit::Connect { stream, to: addr(number % NODES) }, Vec::new())
        };
        Self::Boaster((0..4 * NODES).map(dial).collect())
    }
}

impl Machine for Member {
    type Event = Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        if let Self::Weighed(node) = self {
            weigh(datagram.len(), || node.handle_datagram(now, from, datagram));
        }
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        match self {
            Self::Weighed(node) => {
                let len = if let StreamInput::Data(bytes) = &input { bytes.len() } else { 0 };
                weigh(len, || node.handle_stream(now, stream, input));
            }
            Self::Boaster(outputs) => {
                if input == StreamInput::Connected {
                    let StreamId::Dialed(number) = stream else { return };
                    let length = if number % 2 == 0 { 4 << 20 } else { u32::MAX };
                    outputs.push_back((Transmit::Write { stream }, boast(length)));
                }
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Self::Weighed(node) = self {
            weigh(0, || node.handle_timeout(now));
        }
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        match self {
            Self::Weighed(node) => weigh(0, || node.poll_transmit(buf)),
            Self::Boaster(outputs) => outputs.pop_front().map(|(transmit, bytes)| {
                *buf = bytes;
                transmit
            }),
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        if let Self::Weighed(node) = self { node.poll_event() } else { None }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if let Self::Weighed(node) = self { node.poll_timeout() } else { None }
    }
}

#[test]
fn no_call_costs_much_more_memory_than_came_in() {
    for seed in 0..5 {
        println!("seed {seed}");
        let (mut cluster, heard) = (Cluster::new(seed), Eavesdropper::new());
        let mut rng = Rng::new(Seed::from(seed).child(99));
        cluster.network.add_rule(heard.clone());
        cluster.network.set_links(Link { loss: 0.1, ..Link::default() });
        cluster.network.set_streams(StreamFaults { reset: 0.05, piece: 500, ..StreamFaults::default() });
        for number in 0..NODES {
            cluster.add(addr(number), |seed, now| Member::node(number, seed, now));
        }
        cluster.run_for(Duration::from_secs(5));
        cluster.add(addr(NODES), |_, _| Member::boaster());
        for round in 0..200_u16 {
            let nodes: Vec<_> = cluster.machines().nodes().take(usize::from(NODES)).collect();
            let node = nodes[usize::from(round % NODES)];
            let value = vec![1; 512];
            cluster.with(node, |member, now| match member {
                Member::Weighed(node) => {
                    let key = format!("key-{}", round % 16);
                    weigh(value.len(), || node.set(now, &key, &value)).expect("it fits");
                }
                Member::Boaster(_) => {}
            });
            heard.replay(&mut cluster, &mut rng);
            heard.splice(&mut cluster, &mut rng);
            heard.misdirect(&mut cluster, &mut rng);
            cluster.run_for(Duration::from_millis(100));
        }
        let boasts: u64 = cluster.machines().iter().map(|(_, member)| too_long(member)).sum();
        assert!(boasts > 0, "nobody heard the boaster");
        assert_eq!(cluster.violation(), None);
    }
}

fn too_long(member: &Member) -> u64 {
    let Member::Weighed(node) = member else { return 0 };
    node.stats().dropped(DropReason::FrameTooLong)
}

#[test]
#[should_panic = "bytes of memory"]
fn a_call_that_costs_too_much_is_seen() {
    weigh(1_000, || vec![0_u8; 80_000].len());
}
